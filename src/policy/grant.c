/* Opening a granted directory when a run starts.
 *
 * The kernel resolves the whole path beneath the project (openat2): no "..", no absolute symbolic link and no /proc link
 * leads out, and nothing can be swapped between check and use, because the descriptor is the grant. Relative links that
 * stay inside are fine, as in the reference. Crossing into another file system is allowed *here*: a data volume mounted
 * inside the project was put there by the operator, and only the operator can mount; inside the grant the WASI host
 * forbids it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "policy/grants.h"
#include "policy/policy.h"

#define RETRIES_MAX 32  /* EAGAIN: a rename raced with the resolution */
#define ANCESTORS_MAX 512 /* directories between a grant and its project, links resolved */

static int open_resolving(int project_fd, const char *path, uint64_t resolve) {
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve,
    };
    for (int attempt = 0; attempt < RETRIES_MAX; attempt++) {
        int fd = (int)syscall(SYS_openat2, project_fd, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return fd;
    }
    return -1;
}

static int open_beneath(int project_fd, const char *path) { return open_resolving(project_fd, path, 0); }

/* A filter may refuse the call with any error; then it refuses the project itself as well. */
static bool refuses_all(int project_fd) {
    cap_autoclose int fd = open_beneath(project_fd, ".");
    return fd < 0;
}

static int refuse(const char *path, int project_fd, int number, capsule_error **error) {
    if (refuses_all(project_fd))
        return cap_error_set(error, CAPSULE_CONFIG,
                             "cannot grant %s: the openat2 system call is refused here (kernel older than 5.6 or a "
                             "container's filter), and without it no files are given to a program",
                             path);
    switch (number) {
    case ENOENT: return cap_error_set(error, CAPSULE_CONFIG, "Path does not exist: %s", path);
    case ENOTDIR: return cap_error_set(error, CAPSULE_CONFIG, "Not a directory: %s", path);
    case EXDEV: return cap_error_set(error, CAPSULE_CONFIG, "Path escapes project directory: %s", path);
    default: return cap_error_errno(error, CAPSULE_CONFIG, number, "Cannot open %s", path);
    }
}

static bool same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* True when the directory is .capsule/sessions, where a link of that name is none. */
static bool is_sessions(int project_fd, const struct stat *directory) {
    struct stat sessions;
    return fstatat(project_fd, CAP_OWN_FOLDER "/" CAP_SESSIONS_FOLDER, &sessions, AT_SYMLINK_NOFOLLOW) == 0 && same_file(directory, &sessions);
}

/* True when the directory is the project's .capsule folder or lies in it, whatever links led there, unless it lies below
 * .capsule/sessions. */
static bool is_own(int project_fd, int fd) {
    struct stat own, root, here, below = {0}; /* below: the directory in `here` that was come from */
    if (fstatat(project_fd, CAP_OWN_FOLDER, &own, AT_SYMLINK_NOFOLLOW) < 0) return false;
    if (fstat(project_fd, &root) < 0 || fstat(fd, &here) < 0) return true;
    cap_autoclose int walked = -1;
    for (int steps = 0; steps < ANCESTORS_MAX; steps++) {
        if (same_file(&here, &own)) return steps < 2 || !is_sessions(project_fd, &below);
        if (same_file(&here, &root)) return false;
        below = here;
        int parent = openat(walked < 0 ? fd : walked, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (walked >= 0) close(walked);
        walked = parent;
        if (parent < 0 || fstat(parent, &here) < 0) return true;
    }
    return true;
}

/* Goes on to what lies below the granted directory. A program may have made links there, and what it cannot reach itself
 * it must not reach by passing on a directory: no link is followed, no other file system entered. */
static int descend(const cap_grant *grant, int *fd, capsule_error **error) {
    if (!grant->below) return 0;
    int inner = open_resolving(*fd, grant->below, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    int number = errno;
    close(*fd);
    *fd = inner;
    if (inner >= 0) return 0;
    if (number == ENOENT) return cap_error_set(error, CAPSULE_CONFIG, "Path does not exist: %s", grant->guest_path);
    if (number == ENOTDIR) return cap_error_set(error, CAPSULE_CONFIG, "Not a directory: %s", grant->guest_path);
    return cap_error_set(error, CAPSULE_CONFIG, "Cannot be passed on, a link or another file system is on the way: %s", grant->guest_path);
}

int cap_grant_open(const cap_grant *grant, int project_fd, int *ret_fd, capsule_error **error) {
    cap_autoclose int fd = open_beneath(project_fd, grant->host_path);
    if (fd < 0) return refuse(grant->host_path, project_fd, errno, error);
    if (descend(grant, &fd, error) < 0) return -1;
    if (is_own(project_fd, fd))
        return cap_error_set(error, CAPSULE_CONFIG, "Path belongs to Capsule itself: %s", grant->host_path);
    *ret_fd = cap_steal_fd(fd);
    return 0;
}
