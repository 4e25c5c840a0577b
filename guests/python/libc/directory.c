/* The working directory. WASI has none: the C library keeps its path and puts it before every relative one.
 *
 * Its own chdir() keeps the text it was given, so that every chdir("..") makes the path of the working directory longer
 * and a later one of a removed name breaks it; and it takes the empty path for the working directory, so that "" exists.
 * Here the path is that of the directory really entered, and the empty path names nothing, as elsewhere. Both functions
 * replace those of one file of the library. */
#define _GNU_SOURCE /* realpath(), PATH_MAX */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/libc-find-relpath.h>

/* The library's, read by its getcwd(). */
extern char *__wasilibc_cwd;

int chdir(const char *path) {
    static char *owned;
    char real[PATH_MAX];
    struct stat status;
    char *copy;
    if (!realpath(path, real) || stat(real, &status)) return -1;
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    copy = strdup(real + (real[0] == '/' && real[1] == '/'));
    if (!copy) {
        errno = ENOMEM;
        return -1;
    }
    __wasilibc_cwd = copy;
    free(owned);
    owned = copy;
    return 0;
}

/* Makes `*buffer` hold `size` bytes; false without memory. */
static int make_room(char **buffer, size_t *capacity, size_t size) {
    char *larger;
    if (*capacity >= size) return 1;
    larger = realloc(*buffer, size);
    if (!larger) return 0;
    *buffer = larger;
    *capacity = size;
    return 1;
}

/* `path` with the working directory before it, when it is relative; NULL without memory. Valid until the next call. */
static const char *absolute(const char *path) {
    static char *buffer;
    static size_t capacity;
    size_t length = strlen(__wasilibc_cwd), rest = strlen(path) + 1;
    if (path[0] == '/') return path;
    if (!make_room(&buffer, &capacity, length + 1 + rest)) return NULL;
    memcpy(buffer, __wasilibc_cwd, length);
    if (buffer[length - 1] != '/') buffer[length++] = '/';
    memcpy(buffer + length, path, rest);
    return buffer;
}

/* Every function of the library that takes a path asks here for the preopened directory to start from, and for the path
 * from there, copied to `*relative`, whose `*capacity` bytes grow when they may. */
int __wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative, size_t *capacity, int can_grow) {
    const char *whole = absolute(path), *rest;
    size_t size;
    int directory;
    if (!*path || !whole) {
        errno = *path ? ENOMEM : ENOENT;
        return -1;
    }
    directory = __wasilibc_find_abspath(whole, prefix, &rest);
    if (directory < 0) return -1;
    size = strlen(rest) + 1;
    if (size > *capacity && !can_grow) {
        errno = ERANGE;
        return -1;
    }
    if (!make_room(relative, capacity, size)) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(*relative, rest, size);
    return directory;
}
