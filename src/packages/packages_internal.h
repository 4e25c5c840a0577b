#ifndef CAP_PACKAGES_PACKAGES_INTERNAL_H
#define CAP_PACKAGES_PACKAGES_INTERNAL_H

#include "base/buffer.h"
#include "packages/packages.h"

/* What a program asks for, in normal form: "name[extra]>=1;marker --hash=sha256:...". */
typedef struct cap_requirements {
    char **lines; /* owned, each owned; sorted and unique after cap_requirements_read */
    size_t count, capacity;
} cap_requirements;

/* Everything the request asks for: [python] packages, else requirements.txt, else pyproject.toml beside the program. */
int cap_requirements_read(const cap_packages_request *request, cap_requirements *ret_requirements, capsule_error **error);
/* Judges one requirement and adds it. CAPSULE_BUILD, without the place. */
int cap_requirements_add(cap_requirements *requirements, const char *text, size_t length, capsule_error **error);
void cap_requirements_clear(cap_requirements *requirements);

/* The normal form of one requirement appended to *out. */
int cap_requirement_judge(const char *text, size_t length, cap_buffer *out, capsule_error **error);

/* Installs into the empty directory `site` of `directory`, using the latter for whatever pip needs besides. */
int cap_pip_install(const cap_requirements *requirements, const char *python, const char *directory, capsule_error **error);

/* What pip was about. */
typedef struct cap_pip_failure {
    const char *report; /* its standard error */
    const char *log;    /* its log, or "" */
} cap_pip_failure;
/* Turns it into an error that names the package, the version and why. Answers -1. */
int cap_pip_explain(const cap_pip_failure *failure, capsule_error **error);

/* Judges what was installed in the directory `site`, and removes what no sandbox has a use for: scripts. */
int cap_packages_check(int site, capsule_error **error);

/* The directory of packages of the virtual environment `venv` in the project; *ret_path is resolved, the caller's. */
int cap_venv_find(const cap_packages_request *request, char **ret_path, capsule_error **error);

#endif
