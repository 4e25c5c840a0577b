#include "packages/packages.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "packages/packages_internal.h"
#include "store/hash.h"
#include "store/resolved.h"
#include "store/unpacked.h"

#define FORMAT "capsule packages 1" /* another one for other rules of what is installed and how */

void cap_packages_clear(cap_packages *packages) {
    if (packages->temporary) cap_unpacked_remove(packages->temporary);
    free(packages->directory);
    free(packages->identity);
    free(packages->temporary);
    *packages = (cap_packages){0};
}

static int use_venv(const cap_packages_request *request, cap_packages *made, capsule_error **error) {
    made->live = true;
    if (cap_venv_find(request, &made->directory, error) < 0) return -1;
    made->identity = strdup(made->directory);
    return made->identity ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for packages");
}

static int make_key(const cap_requirements *requirements, const char *python, char ret_key[CAP_HASH_TEXT], capsule_error **error) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, (size_t)CAP_PACKAGES_REQUIREMENTS_MAX * 2 * CAP_PACKAGES_REQUIREMENT_BYTES_MAX);
    cap_buffer_add_format(&text, FORMAT "\n%s\n", python);
    for (size_t i = 0; i < requirements->count; i++) cap_buffer_add_format(&text, "%s\n", requirements->lines[i]);
    if (text.failed) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for packages");
    cap_hash_bytes(text.data, text.length, ret_key);
    return 0;
}

typedef struct making {
    const cap_packages_request *request;
    const cap_requirements *requirements;
} making;

/* Fills DIRECTORY/site. */
static int make(void *context, const char *directory, int site, capsule_error **error) {
    const making *self = context;
    char step[64];
    snprintf(step, sizeof step, "resolving %zu %s", self->requirements->count, self->requirements->count == 1 ? "package" : "packages");
    if (self->request->progress) self->request->progress(self->request->context, step);
    int status = cap_pip_install(self->requirements, self->request->python, directory, error);
    if (status == 0) status = cap_packages_check(site, error);
    if (self->request->progress) self->request->progress(self->request->context, NULL);
    return status;
}

static int resolve(const cap_packages_request *request, const cap_requirements *requirements, cap_packages *made, capsule_error **error) {
    char key[CAP_HASH_TEXT];
    cap_resolved found;
    making self = {request, requirements};
    if (make_key(requirements, request->python, key, error) < 0) return -1;
    if (cap_resolved_open(request->images, key, CAP_PACKAGES_TIMEOUT_MS, make, &self, &found, error) < 0) return -1;
    made->directory = found.site;
    made->temporary = found.temporary;
    made->identity = strdup(found.tree);
    return made->identity ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for packages");
}

int cap_packages_find(const cap_packages_request *request, cap_packages *ret_packages, capsule_error **error) {
    cap_cleanup(cap_packages_clear) cap_packages made = {0};
    cap_cleanup(cap_requirements_clear) cap_requirements requirements = {0};
    if (request->venv) {
        if (use_venv(request, &made, error) < 0) return -1;
    } else {
        if (cap_requirements_read(request, &requirements, error) < 0) return -1;
        if (requirements.count && resolve(request, &requirements, &made, error) < 0) return -1;
    }
    *ret_packages = made;
    made = (cap_packages){0};
    return 0;
}
