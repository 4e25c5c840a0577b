#include "store/unpacked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "store/images_internal.h"
#include "store/trees.h"

/* ---- Comparing ---- */

static bool is_same_file(int directory, const cap_unpacked_file *file) {
    size_t length = 0;
    cap_autofree char *data = cap_file_read(directory, file->path, false, file->length, &length);
    return data && length == file->length && memcmp(data, file->data, length) == 0;
}

/* Whether `name` in `base` is whole. Its time of last use becomes now. */
static bool is_whole(int base, const char *name, const cap_unpacked_file *files, size_t count) {
    cap_autoclose int directory = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) return false;
    for (size_t i = 0; i < count; i++)
        if (!is_same_file(directory, &files[i])) return false;
    futimens(directory, NULL);
    return true;
}

/* ---- Making ---- */

static int write_file(int directory, const cap_unpacked_file *file) {
    cap_autofree char *path = strdup(file->path);
    if (!path) return -1;
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdirat(directory, path, 0700) < 0 && errno != EEXIST) return -1;
        *slash = '/';
    }
    cap_autoclose int fd = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? -1 : cap_file_write(fd, file->data, file->length);
}

static int write_files(int directory, const cap_unpacked_file *files, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (write_file(directory, &files[i]) < 0) return -1;
    return 0;
}

/* Takes what is in the way out of it. Another process may be quicker with a whole one: then that is used. */
static int publish(int base, const char *temporary, const char *key, const cap_unpacked_file *files, size_t count) {
    for (int attempt = 0; attempt < 8; attempt++) {
        if (renameat(base, temporary, base, key) == 0) return 0;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) return -1;
        if (is_whole(base, key, files, count)) return cap_tree_remove(base, temporary);
        char aside[64];
        cap_file_unique_name(CAP_IMAGES_TEMPORARY, aside, sizeof aside);
        if (renameat(base, key, base, aside) == 0) cap_tree_remove(base, aside);
    }
    return -1;
}

static int make(int base, const char *key, const cap_unpacked_file *files, size_t count, capsule_error **error) {
    char temporary[64];
    cap_autoclose int directory = cap_images_temporary_make(base, temporary, sizeof temporary, error);
    if (directory < 0) return -1;
    if (write_files(directory, files, count) == 0 && publish(base, temporary, key, files, count) == 0) return 0;
    int number = errno;
    cap_tree_remove(base, temporary);
    return cap_error_errno(error, CAPSULE_IO, number, "cannot unpack an artifact into the cache");
}

/* ---- Places ---- */

static int open_in_cache(cap_images *images, const char *key, const cap_unpacked_file *files, size_t count, char **ret_path,
                         capsule_error **error) {
    if (images->problem) return cap_error_set(error, CAPSULE_CONFIG, "image cache: %s", images->problem);
    cap_autofree char *path = cap_path_join(images->directory, CAP_IMAGES_ARTIFACTS);
    cap_autofree char *whole = path ? cap_path_join(path, key) : NULL;
    cap_autoclose int base = -1;
    if (!whole) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (cap_directory_open_safe(path, true, &base, error) < 0) return -1;
    if (!is_whole(base, key, files, count)) {
        if (make(base, key, files, count, error) < 0) return -1;
        int programs = cap_images_programs(images, true, NULL);
        if (programs >= 0) cap_images_account(images, programs, cap_tree_allocated(base, key), 0);
    }
    *ret_path = realpath(whole, NULL);
    return *ret_path ? 0 : cap_error_errno(error, CAPSULE_IO, errno, "cannot find an unpacked artifact");
}

static int open_temporary(const cap_unpacked_file *files, size_t count, char **ret_path, capsule_error **error) {
    const char *base = secure_getenv("TMPDIR");
    cap_autofree char *path = cap_path_join(base && base[0] == '/' ? base : "/tmp", "capsule-artifact-XXXXXX");
    if (!path || !mkdtemp(path)) return cap_error_errno(error, CAPSULE_IO, errno, "cannot make a directory for an artifact");
    cap_autoclose int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory >= 0 && write_files(directory, files, count) == 0) {
        *ret_path = cap_steal(path);
        return 0;
    }
    int number = errno;
    cap_unpacked_remove(path);
    return cap_error_errno(error, CAPSULE_IO, number, "cannot unpack an artifact");
}

int cap_unpacked_open(cap_images *images, const char *key, const cap_unpacked_file *files, size_t count, char **ret_path,
                      bool *ret_temporary, capsule_error **error) {
    cap_autoerror capsule_error *reason = NULL;
    *ret_temporary = false;
    if (open_in_cache(images, key, files, count, ret_path, &reason) == 0) return 0;
    *ret_temporary = true;
    if (open_temporary(files, count, ret_path, error) == 0) return 0;
    return cap_error_context(error, "%s", capsule_error_message(reason));
}

void cap_unpacked_remove(const char *path) { cap_tree_remove(AT_FDCWD, path); }
