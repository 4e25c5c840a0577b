/* An existing virtual environment of the project: a directory with pyvenv.cfg, whose packages lie in
 * lib/python3.X/site-packages. Like a granted directory it lies inside the project, wherever links lead. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "packages/packages_internal.h"
#include "store/files.h"

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

/* Resolved path of lib/NAME/site-packages; NULL when it is not there. */
static char *packages_of(const char *lib, const char *name) {
    cap_autofree char *path = NULL;
    struct stat status;
    if (asprintf(&path, "%s/%s/site-packages", lib, name) < 0) {
        path = NULL;
        return NULL;
    }
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? realpath(path, NULL) : NULL;
}

/* The one of the sandbox's Python when there is one, else the only one. */
static char *choose(const char *lib, const char *python) {
    char own[32] = "python";
    const char *minor = strchr(python, '.');
    size_t length = minor ? (size_t)(minor - python) + 1 + strcspn(minor + 1, ".") : strlen(python);
    if (length < sizeof own - sizeof "python") strncat(own, python, length);
    char *found = packages_of(lib, own);
    cap_cleanup(close_directory) DIR *stream = found ? NULL : opendir(lib);
    for (const struct dirent *entry; stream && (entry = readdir(stream));) {
        if (strncmp(entry->d_name, "python3", 7) != 0) continue;
        char *other = packages_of(lib, entry->d_name);
        if (other && found) { /* which one is meant cannot be told */
            free(other);
            free(found);
            return NULL;
        }
        if (other) found = other;
    }
    return found;
}

int cap_venv_find(const cap_packages_request *request, char **ret_path, capsule_error **error) {
    const char *venv = request->venv;
    cap_autofree char *wanted = venv[0] == '/' ? strdup(venv) : cap_path_join(request->project_dir, venv);
    cap_autofree char *resolved = wanted ? realpath(wanted, NULL) : NULL;
    if (!resolved) return cap_error_errno(error, CAPSULE_CONFIG, errno, "[python] venv \"%s\"", venv);
    if (!cap_path_inside(resolved, request->project_dir))
        return cap_error_set(error, CAPSULE_CONFIG, "[python] venv \"%s\" lies outside the project", venv);
    cap_autofree char *mark = cap_path_join(resolved, "pyvenv.cfg"), *lib = cap_path_join(resolved, "lib");
    if (!mark || !lib) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    request->note(request->context, mark);
    if (access(mark, F_OK) < 0)
        return cap_error_set(error, CAPSULE_CONFIG, "[python] venv \"%s\" is no virtual environment: it has no pyvenv.cfg", venv);
    cap_autofree char *found = choose(lib, request->python);
    if (!found)
        return cap_error_set(error, CAPSULE_CONFIG, "[python] venv \"%s\" has no directory lib/python3.X/site-packages, or several", venv);
    if (!cap_path_inside(found, request->project_dir))
        return cap_error_set(error, CAPSULE_CONFIG, "[python] venv \"%s\": its packages lie outside the project", venv);
    *ret_path = cap_steal(found);
    return 0;
}
