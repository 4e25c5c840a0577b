#include "process/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The kernel's numbers, written out because the headers of a distribution may be older than its kernel. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, RULE_PATH_BENEATH = 1, FLAG_VERSION = 1 };

#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_TRUNCATE (UINT64_C(1) << 14)

struct ruleset_attributes {
    uint64_t fs, net, scoped;
};

struct path_attributes {
    uint64_t access;
    int32_t fd;
} __attribute__((packed));

int cap_landlock_version(void) {
    long version = syscall(CREATE_RULESET, NULL, 0, FLAG_VERSION);
    return version > 0 ? (int)version : 0;
}

/* Rights that exist in a version: 13 in the first, then REFER, TRUNCATE, and (5) IOCTL_DEV. */
static uint64_t known_rights(int version) {
    unsigned count = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
    return (UINT64_C(1) << count) - 1;
}

static uint64_t rights_of(cap_landlock_access access) {
    switch (access) {
    case CAP_LANDLOCK_LIST: return FS_READ_DIR;
    case CAP_LANDLOCK_FILE: return FS_READ_FILE;
    case CAP_LANDLOCK_EXECUTE: return FS_EXECUTE | FS_READ_FILE;
    case CAP_LANDLOCK_WRITE: return FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE;
    default: return FS_READ_FILE | FS_READ_DIR;
    }
}

int cap_landlock_create(const cap_landlock_rule *rules, size_t count) {
    int version = cap_landlock_version();
    if (version == 0) {
        errno = ENOSYS;
        return -1;
    }
    struct ruleset_attributes attributes = {.fs = known_rights(version)};
    size_t size = sizeof attributes.fs;
    if (version >= 4) attributes.net = 3, size = 2 * sizeof attributes.fs; /* bind and connect of TCP */
    if (version >= 6) attributes.scoped = 3, size = sizeof attributes;     /* abstract sockets, signals */
    cap_autoclose int ruleset = (int)syscall(CREATE_RULESET, &attributes, size, 0); /* CLOEXEC by itself */
    if (ruleset < 0) return -1;
    for (size_t i = 0; i < count; i++) {
        struct path_attributes path = {.access = rights_of(rules[i].access) & attributes.fs, .fd = rules[i].fd};
        if (syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &path, 0) < 0) return -1;
    }
    return cap_steal_fd(ruleset);
}

int cap_landlock_enter(int ruleset) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
    return (int)syscall(RESTRICT_SELF, ruleset, 0);
}
