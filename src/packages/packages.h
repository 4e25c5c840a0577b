/* Packages of Python programs: from what a program asks for to a directory of installed pure-Python packages.
 *
 *   requirements   what is asked for: requirements.txt, pyproject.toml, [python] of capsule.toml; each line judged
 *   pip            the run of pip on the host
 *   failure        what pip reports and logs -> one error
 *   tree           what pip installed: nothing native, within the limits
 *   venv           the packages of an existing virtual environment instead
 *
 * A requirements file is hostile input: it came with the program. It may name packages, versions, markers and hashes, and
 * nothing else; where packages come from is the setting of the user who runs the program (PIP_INDEX_URL, pip.conf, ...).
 * Only wheels are installed, so no code of a package runs on the host. */
#ifndef CAP_PACKAGES_PACKAGES_H
#define CAP_PACKAGES_PACKAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "store/images.h"

#define CAP_PACKAGES_REQUIREMENTS_MAX 256u               /* requirements of one program */
#define CAP_PACKAGES_REQUIREMENT_BYTES_MAX (64u << 10)   /* bytes of one requirement, hashes included */
#define CAP_PACKAGES_FILE_BYTES_MAX (1u << 20)           /* bytes of one requirements file or pyproject.toml */
#define CAP_PACKAGES_INCLUDES_MAX 16u                    /* requirements files of one program */
#define CAP_PACKAGES_COUNT_MAX 256u                      /* packages installed */
#define CAP_PACKAGES_FILES_MAX 20000u                    /* files installed */
#define CAP_PACKAGES_BYTES_MAX (UINT64_C(256) << 20)     /* bytes installed */
#define CAP_PACKAGES_DEPTH_MAX 24u                       /* directories below each other */
#define CAP_PACKAGES_TIMEOUT_MS 300000u                  /* wall time of pip */

/* Who asks. All borrowed. */
typedef struct cap_packages_request {
    cap_images *images;
    const char *project_dir;   /* absolute and resolved */
    const char *program_dir;   /* of the main file; absolute and resolved */
    const char *python;        /* version of the guest's Python, like "3.13.5" */
    char *const *listed;       /* [python] packages, or NULL: files beside the program count */
    size_t listed_count;
    const char *venv;          /* [python] venv, or NULL */
    void (*note)(void *context, const char *path); /* a file that decides, before it is looked at */
    void (*progress)(void *context, const char *step); /* as of capsule_program_options */
    void *context;
} cap_packages_request;

/* Where they are. */
typedef struct cap_packages {
    char *directory; /* absolute; NULL: the program has none */
    char *identity;  /* tells two sets of packages apart, for cache keys */
    bool live;       /* somebody may change what is in it: a virtual environment */
    char *temporary; /* what goes with this when it is cleared; or NULL */
} cap_packages;

/* Finds the packages of a program, resolving and installing them when they are not in the cache. CAPSULE_BUILD for what
 * cannot be had, CAPSULE_CONFIG for a virtual environment that is none. */
int cap_packages_find(const cap_packages_request *request, cap_packages *ret_packages, capsule_error **error);
/* To be called when nothing uses the directory any more. */
void cap_packages_clear(cap_packages *packages);

#endif
