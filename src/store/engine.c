#include "store/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"

#define LIBRARY "libwasmtime.so"

static int missing(const char *directory, capsule_error **error) {
    return cap_error_set(error, CAPSULE_UNSUPPORTED, "the engine for WebAssembly modules is not installed%s%s",
                         directory ? ": there is no " LIBRARY " in " : "", directory ? directory : "");
}

static int check_file(int directory, const char *path, capsule_error **error) {
    struct stat status;
    cap_autoclose int fd = cap_file_open(directory, LIBRARY, false, &status);
    if (fd < 0) return cap_error_errno(error, CAPSULE_UNSUPPORTED, errno, "the engine for WebAssembly modules: %s", path);
    if ((status.st_uid != 0 && status.st_uid != geteuid()) || (status.st_mode & (S_IWGRP | S_IWOTH)))
        return cap_error_set(error, CAPSULE_CONFIG, "%s can be written by others", path);
    return 0;
}

int cap_engine_find(const char *guests_dir, char **ret_path, capsule_error **error) {
    cap_autofree char *given = guests_dir ? cap_path_join(guests_dir, "../engine") : NULL;
    cap_autofree char *directory = given ? realpath(given, NULL) : NULL;
    cap_autofree char *path = directory ? cap_path_join(directory, LIBRARY) : NULL;
    cap_autoclose int fd = -1;
    if (!path || access(path, F_OK) < 0) return missing(given, error);
    if (cap_directory_open_safe(directory, false, &fd, error) < 0 || check_file(fd, path, error) < 0) return -1;
    *ret_path = cap_steal(path);
    return 0;
}
