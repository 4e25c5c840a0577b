#include "wasi/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wasi/wasi.h"

enum { ATTEMPTS = 16 }; /* openat2 answers EAGAIN when a rename raced with it: tried so often, then given up */

#define BENEATH (RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV)

static int openat2_retrying(int directory, const char *path, const struct open_how *how) {
    long fd = -1;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        fd = syscall(SYS_openat2, directory, path, how, sizeof *how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return (int)fd;
}

enum { UNKNOWN, PRESENT, REFUSED };

static int probe_openat2(void) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_DIRECTORY, .resolve = BENEATH};
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return UNKNOWN;
    int fd = openat2_retrying(root, ".", &how);
    int reason = fd < 0 ? errno : 0;
    close(root);
    if (fd < 0) return reason == EMFILE || reason == ENFILE || reason == ENOMEM ? UNKNOWN : REFUSED;
    close(fd);
    return PRESENT;
}

bool cap_kernel_has_openat2(void) {
    static atomic_int known; /* threads may probe twice, with the same answer; a moment's want is not remembered */
    int state = atomic_load_explicit(&known, memory_order_relaxed);
    if (state == UNKNOWN) {
        state = probe_openat2();
        atomic_store_explicit(&known, state, memory_order_relaxed);
    }
    return state == PRESENT;
}

bool cap_wasi_kernel_supported(const char **missing) {
    bool supported = cap_kernel_has_openat2();
    if (missing) *missing = supported ? NULL : "openat2";
    return supported;
}

int cap_kernel_open_below(int directory, const char *path, bool directories) {
    uint64_t flags = O_PATH | O_CLOEXEC | (directories ? O_DIRECTORY : 0);
    if (!cap_kernel_has_openat2()) return openat(directory, path, (int)flags | O_NOFOLLOW);
    struct open_how how = {.flags = flags, .resolve = BENEATH};
    if (directories)
        how.resolve |= RESOLVE_NO_SYMLINKS; /* with O_NOFOLLOW a link at the end would be ENOTDIR, not ELOOP */
    else
        how.flags |= O_NOFOLLOW;
    return openat2_retrying(directory, path, &how);
}

int cap_kernel_open_name(int directory, const char *name, int flags, unsigned mode) {
    flags |= O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    if (!cap_kernel_has_openat2()) return openat(directory, name, flags, mode);
    struct open_how how = {.flags = (uint64_t)(unsigned)flags,
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = BENEATH};
    return openat2_retrying(directory, name, &how);
}
