#include "store/trees.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

/* The directory itself, never what a link of that name leads to; NULL with errno. */
static DIR *open_directory(int dir, const char *name) {
    cap_autoclose int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream) fd = -1;
    return stream;
}

/* The next entry that is neither "." nor ".."; NULL at the end. */
static const char *next_name(DIR *stream) {
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) return entry->d_name;
    return NULL;
}

static int remove_at(int dir, const char *name, unsigned depth) {
    if (unlinkat(dir, name, 0) == 0) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    if (depth >= CAP_TREE_DEPTH_MAX) return -1;
    cap_cleanup(close_directory) DIR *stream = open_directory(dir, name);
    if (!stream) return -1;
    for (const char *child; (child = next_name(stream));) remove_at(dirfd(stream), child, depth + 1);
    return unlinkat(dir, name, AT_REMOVEDIR);
}

int cap_tree_remove(int dir, const char *name) { return remove_at(dir, name, 0); }

static uint64_t allocated_at(int dir, const char *name, unsigned depth) {
    struct stat status;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return 0;
    uint64_t bytes = (uint64_t)status.st_blocks * 512;
    if (!S_ISDIR(status.st_mode) || depth >= CAP_TREE_DEPTH_MAX) return bytes;
    cap_cleanup(close_directory) DIR *stream = open_directory(dir, name);
    for (const char *child; stream && (child = next_name(stream));) bytes += allocated_at(dirfd(stream), child, depth + 1);
    return bytes;
}

uint64_t cap_tree_allocated(int dir, const char *name) { return allocated_at(dir, name, 0); }
