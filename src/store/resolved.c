#include "store/resolved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "store/images_internal.h"
#include "store/trees.h"

#define TREE "tree"
#define LOCK_ENDING ".lock"

enum { TREE_BYTES_MAX = 256, LOCK_PAUSE_NS = 20000000 };

/* ---- Whole ones ---- */

static int write_tree(int directory, const char *tree) {
    char text[TREE_BYTES_MAX], name[64];
    int length = snprintf(text, sizeof text, "%s %s\n", tree, cap_boot_id());
    cap_file_unique_name(TREE ".", name, sizeof name);
    cap_autoclose int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && cap_file_write(fd, text, (size_t)length) == 0 && renameat(directory, name, directory, TREE) == 0) return 0;
    int number = errno;
    unlinkat(directory, name, 0);
    errno = number;
    return -1;
}

static int hash_site(int directory, char ret_tree[CAP_HASH_TEXT]) {
    cap_autoclose int site = openat(directory, CAP_RESOLVED_SITE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return site < 0 ? -1 : cap_hash_tree(site, ret_tree, NULL, NULL);
}

/* Whether `key` is there and whole. Its time of last use becomes now. */
static bool is_whole(int base, const char *key, char ret_tree[CAP_HASH_TEXT]) {
    cap_autoclose int directory = openat(base, key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    cap_autofree char *text = directory < 0 ? NULL : cap_file_read(directory, TREE, false, TREE_BYTES_MAX, NULL);
    if (!text || strlen(text) < CAP_HASH_TEXT || text[CAP_HASH_TEXT - 1] != ' ') return false;
    memcpy(ret_tree, text, CAP_HASH_TEXT - 1);
    ret_tree[CAP_HASH_TEXT - 1] = 0;
    char *boot = text + CAP_HASH_TEXT, now[CAP_HASH_TEXT];
    boot[strcspn(boot, "\n")] = 0;
    if (strcmp(boot, cap_boot_id()) != 0) {
        if (hash_site(directory, now) < 0 || strcmp(now, ret_tree) != 0) return false;
        write_tree(directory, ret_tree);
    }
    futimens(directory, NULL);
    return true;
}

/* ---- One maker at a time ---- */

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The lock file, locked; whoever holds it removes it at the end, so one that has lost its name is no lock any more. */
static int take_lock(int base, const char *name, uint32_t timeout_ms, int *ret_fd, capsule_error **error) {
    int64_t deadline = now_ms() + timeout_ms;
    do {
        struct stat status;
        cap_autoclose int fd = openat(base, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot lock packages in the cache");
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            if (fstat(fd, &status) == 0 && status.st_nlink > 0) {
                *ret_fd = cap_steal_fd(fd);
                return 0;
            }
        } else if (errno != EWOULDBLOCK) {
            return cap_error_errno(error, CAPSULE_IO, errno, "cannot lock packages in the cache");
        } else {
            nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
        }
    } while (now_ms() < deadline);
    return cap_error_set(error, CAPSULE_BUILD, "another process has been resolving the same packages for %u s", timeout_ms / 1000);
}

/* ---- Making ---- */

/* Everything of `directory` but the packages goes. */
static int fill(const char *path, int directory, cap_resolved_make *make, void *context, char ret_tree[CAP_HASH_TEXT],
                capsule_error **error) {
    if (mkdirat(directory, CAP_RESOLVED_SITE, 0700) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot make a directory for packages");
    cap_autoclose int site = openat(directory, CAP_RESOLVED_SITE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (site < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot open a directory for packages");
    if (make(context, path, site, error) < 0) return -1;
    if (hash_site(directory, ret_tree) < 0 || write_tree(directory, ret_tree) < 0)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot keep packages");
    return 0;
}

/* Takes what is in the way, which is not whole, out of it. */
static int publish(int base, const char *temporary, const char *key) {
    cap_images_remove(base, key);
    return renameat(base, temporary, base, key);
}

static int make_in_cache(cap_images *images, int base, const char *place, const char *key, cap_resolved_make *make, void *context,
                         char ret_tree[CAP_HASH_TEXT], capsule_error **error) {
    char temporary[64];
    cap_autoclose int directory = cap_images_temporary_make(base, temporary, sizeof temporary, error);
    if (directory < 0) return -1;
    cap_autofree char *path = cap_path_join(place, temporary);
    int status = path ? fill(path, directory, make, context, ret_tree, error)
                      : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    if (status == 0 && publish(base, temporary, key) < 0)
        status = cap_error_errno(error, CAPSULE_IO, errno, "cannot publish packages in the cache");
    if (status < 0) {
        cap_tree_remove(base, temporary);
        return -1;
    }
    int programs = cap_images_programs(images, true, NULL);
    if (programs >= 0) cap_images_account(images, programs, cap_tree_allocated(base, key), 0);
    return 0;
}

static int make_locked(cap_images *images, int base, const char *place, const char *key, uint32_t timeout_ms, cap_resolved_make *make,
                       void *context, char ret_tree[CAP_HASH_TEXT], capsule_error **error) {
    char name[CAP_HASH_TEXT + sizeof LOCK_ENDING];
    cap_autoclose int lock = -1;
    snprintf(name, sizeof name, "%s" LOCK_ENDING, key);
    if (take_lock(base, name, timeout_ms, &lock, error) < 0) return -1;
    int status = is_whole(base, key, ret_tree) ? 0 : make_in_cache(images, base, place, key, make, context, ret_tree, error);
    unlinkat(base, name, 0);
    return status;
}

/* ---- Places ---- */

/* The resolved path of the directory of all packages; *ret_base is open. -1: the cache cannot be used. */
static char *open_base(cap_images *images, int *ret_base) {
    cap_autofree char *path = images->problem ? NULL : cap_path_join(images->directory, CAP_IMAGES_PACKAGES);
    if (!path || cap_directory_open_safe(path, true, ret_base, NULL) < 0) return NULL;
    return realpath(path, NULL);
}

static int open_in_cache(cap_images *images, int base, const char *place, const char *key, uint32_t timeout_ms,
                         cap_resolved_make *make, void *context, cap_resolved *made, capsule_error **error) {
    if (!is_whole(base, key, made->tree) &&
        make_locked(images, base, place, key, timeout_ms, make, context, made->tree, error) < 0)
        return -1;
    if (asprintf(&made->site, "%s/%s/" CAP_RESOLVED_SITE, place, key) >= 0) return 0;
    made->site = NULL;
    return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
}

static int open_temporary(cap_resolved_make *make, void *context, cap_resolved *made, capsule_error **error) {
    const char *base = secure_getenv("TMPDIR");
    cap_autofree char *path = cap_path_join(base && base[0] == '/' ? base : "/tmp", "capsule-packages-XXXXXX");
    if (!path || !mkdtemp(path)) return cap_error_errno(error, CAPSULE_IO, errno, "cannot make a directory for packages");
    cap_autoclose int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int status = directory < 0 ? cap_error_errno(error, CAPSULE_IO, errno, "cannot open a directory for packages")
                               : fill(path, directory, make, context, made->tree, error);
    made->site = status == 0 ? cap_path_join(path, CAP_RESOLVED_SITE) : NULL;
    if (made->site) {
        made->temporary = cap_steal(path);
        return 0;
    }
    cap_tree_remove(AT_FDCWD, path);
    return status < 0 ? -1 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
}

int cap_resolved_open(cap_images *images, const char *key, uint32_t timeout_ms, cap_resolved_make *make, void *context,
                      cap_resolved *ret_resolved, capsule_error **error) {
    cap_autoclose int base = -1;
    cap_autofree char *place = open_base(images, &base);
    *ret_resolved = (cap_resolved){0};
    return place ? open_in_cache(images, base, place, key, timeout_ms, make, context, ret_resolved, error)
                 : open_temporary(make, context, ret_resolved, error);
}
