#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "blake3.h"
#include "store/files.h"
#include "store/hash.h"

typedef struct tree {
    blake3_hasher hasher;
    uint64_t files, bytes;
} tree;

static int skip_dots(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* strcmp whatever the locale, so that the hash is the same everywhere. */
static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* Lengths in front, so that no two trees give the same bytes. */
static void add(tree *self, const void *bytes, size_t length) {
    uint64_t size = length;
    blake3_hasher_update(&self->hasher, &size, sizeof size);
    blake3_hasher_update(&self->hasher, bytes, length);
}

static int add_directory(tree *self, int dir, unsigned depth);

static int add_content(tree *self, int dir, const char *name, const struct stat *status, unsigned depth) {
    char target[PATH_MAX], hash[CAP_HASH_TEXT];
    uint64_t bytes = 0;
    cap_autoclose int fd = -1;
    if (S_ISLNK(status->st_mode)) {
        ssize_t length = readlinkat(dir, name, target, sizeof target);
        if (length < 0) return -1;
        add(self, target, (size_t)length);
        return 0;
    }
    if (S_ISDIR(status->st_mode)) {
        fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -1 : add_directory(self, fd, depth + 1);
    }
    fd = cap_file_open(dir, name, false, NULL);
    if (fd < 0 || cap_hash_fd(fd, UINT64_MAX, hash, &bytes) < 0) return -1;
    add(self, hash, sizeof hash);
    self->files++;
    self->bytes += bytes;
    return 0;
}

static int add_entry(tree *self, int dir, const char *name, unsigned depth) {
    struct stat status;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    if (self->files >= CAP_HASH_TREE_FILES_MAX || depth >= CAP_HASH_TREE_DEPTH_MAX) {
        errno = EFBIG;
        return -1;
    }
    add(self, name, strlen(name));
    add(self, S_ISLNK(status.st_mode) ? "l" : S_ISDIR(status.st_mode) ? "d" : "f", 1);
    return add_content(self, dir, name, &status, depth);
}

static int add_directory(tree *self, int dir, unsigned depth) {
    struct dirent **entries = NULL;
    int count = scandirat(dir, ".", &entries, skip_dots, by_bytes), status = count < 0 ? -1 : 0;
    for (int i = 0; i < count; i++) {
        if (status == 0) status = add_entry(self, dir, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
    if (status == 0) add(self, "", 0); /* the end, so that a name's depth shows */
    return status;
}

int cap_hash_tree(int dir, char ret_text[CAP_HASH_TEXT], uint64_t *ret_files, uint64_t *ret_bytes) {
    tree self = {.files = 0};
    uint8_t hash[CAP_HASH_BYTES];
    blake3_hasher_init(&self.hasher);
    if (add_directory(&self, dir, 0) < 0) return -1;
    blake3_hasher_finalize(&self.hasher, hash, sizeof hash);
    cap_hash_to_text(hash, ret_text);
    if (ret_files) *ret_files = self.files;
    if (ret_bytes) *ret_bytes = self.bytes;
    return 0;
}
