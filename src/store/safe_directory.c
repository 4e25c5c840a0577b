/* cap_directory_open_safe: a directory whose content can be trusted because only root and the user can change it.
 *
 * The path is resolved first and every directory on the resolved way is judged, so links on the way need no judgement of
 * their own: wherever they lead, what they lead to is ours or it is refused. Once judged safe, nobody else can swap a
 * directory of that way, so opening the resolved path afterwards races with nobody but the user. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"

static int judge(const char *path, bool last, capsule_error **error) {
    struct stat status;
    if (lstat(path, &status) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot look at %s", path);
    if (!S_ISDIR(status.st_mode)) return cap_error_set(error, CAPSULE_CONFIG, "%s is not a directory", path);
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return cap_error_set(error, CAPSULE_CONFIG, "%s belongs to another user (uid %ld)", path, (long)status.st_uid);
    bool writable = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (writable && (last || !(status.st_mode & S_ISVTX)))
        return cap_error_set(error, CAPSULE_CONFIG, "%s can be written by others (mode %04o): chmod go-w %s", path,
                             (unsigned)(status.st_mode & 07777), path);
    return 0;
}

/* Judges every directory of a resolved path; the last one strictly when `last`. Writes into path and restores it. */
static int judge_chain(char *path, bool last, capsule_error **error) {
    if (judge("/", last && path[1] == 0, error) < 0) return -1;
    for (char *end = path + 1; path[1] && *end;) {
        while (*end && *end != '/') end++;
        char kept = *end;
        *end = 0;
        int status = judge(path, last && kept == 0, error);
        *end = kept;
        if (status < 0) return -1;
        if (kept) end++;
    }
    return 0;
}

static char *absolute(const char *path) {
    if (path[0] == '/') return strdup(path);
    char here[PATH_MAX];
    return getcwd(here, sizeof here) ? cap_path_join(here, path) : NULL;
}

/* Makes the missing directories of `path`, after the existing part was judged: nothing is left in an unsafe place. */
static int make_missing(char *path, capsule_error **error) {
    bool made = false;
    for (char *end = path + 1;; end++) {
        if (*end && *end != '/') continue;
        char kept = *end;
        *end = 0;
        struct stat status;
        if (!made && stat(path, &status) < 0 && errno == ENOENT) {
            made = true;
            char *slash = strrchr(path, '/');
            cap_autofree char *parent = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
            cap_autofree char *resolved = parent ? realpath(parent, NULL) : NULL;
            if (!resolved) return cap_error_errno(error, CAPSULE_IO, errno, "cannot resolve %s", path);
            if (judge_chain(resolved, false, error) < 0) return -1;
        }
        if (made && mkdir(path, 0700) < 0 && errno != EEXIST)
            return cap_error_errno(error, CAPSULE_IO, errno, "cannot create %s", path);
        *end = kept;
        if (!kept) return 0;
    }
}

int cap_directory_open_safe(const char *path, bool create, int *ret_fd, capsule_error **error) {
    cap_autofree char *wanted = absolute(path);
    if (!wanted) return cap_error_errno(error, CAPSULE_IO, errno, "cannot resolve %s", path);
    if (create && make_missing(wanted, error) < 0) return -1;
    cap_autofree char *resolved = realpath(wanted, NULL);
    if (!resolved && errno == ENOENT) return cap_error_set(error, CAPSULE_NOT_FOUND, "%s does not exist", path);
    if (!resolved) return cap_error_errno(error, CAPSULE_IO, errno, "cannot resolve %s", path);
    if (judge_chain(resolved, true, error) < 0) return -1;
    int fd = open(resolved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot open %s", path);
    *ret_fd = fd;
    return 0;
}
