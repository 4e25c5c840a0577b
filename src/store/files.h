/* Small steps on files and directories that the store, the bundler and artifacts share. */
#ifndef CAP_STORE_FILES_H
#define CAP_STORE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"

/* Opens a regular file to read, never blocking on a FIFO: a descriptor, or -1 with errno (EISDIR for a directory,
 * EINVAL for anything else that is not a regular file). dir: AT_FDCWD or a directory. follow: symbolic links in the last
 * name are followed. ret_status may be NULL. */
int cap_file_open(int dir, const char *name, bool follow, struct stat *ret_status);

/* Whole content of a regular file of at most `maximum` bytes, NUL-terminated, caller frees; NULL with errno, EFBIG when
 * it is longer. */
char *cap_file_read(int dir, const char *name, bool follow, size_t maximum, size_t *ret_length);
/* The same from an open descriptor, from offset 0. */
char *cap_file_read_fd(int fd, size_t maximum, size_t *ret_length);

/* Writes everything: 0 or -1 with errno. */
int cap_file_write(int fd, const void *bytes, size_t length);

/* Whether a file may become so long: 0, or -1 with EFBIG. Beyond the process's limit (ulimit -f) a write is not only an
 * error but, unless the host has seen to it, the end of the process by SIGXFSZ; so it is asked before. */
int cap_file_size_allowed(uint64_t bytes);

/* A name that no other process makes up: prefix and 16 random digits. */
void cap_file_unique_name(const char *prefix, char *ret_name, size_t size);

/* Removes the directory `name` in `dir` with the files in it; directories within are left (then so is it). A symbolic
 * link in its place is never followed. Answers 0 or -1 with errno. */
int cap_directory_remove(int dir, const char *name);

/* Opens a directory that nobody but root and the user can have tampered with: it and every parent belong to root or the
 * user and are writable by nobody else; a parent may be world-writable when it is sticky. create: makes what is missing,
 * mode 0700. The path is taken as it is now, symbolic links resolved. Errors: CAPSULE_NOT_FOUND (missing, not create),
 * CAPSULE_CONFIG (not safe: the text names the directory and the reason), CAPSULE_IO. */
int cap_directory_open_safe(const char *path, bool create, int *ret_fd, capsule_error **error);

/* "b" below "a" with one '/' between; caller frees; NULL when memory is short. */
char *cap_path_join(const char *a, const char *b);
/* Whether `path` is `directory` or lies below it; both absolute and resolved. */
bool cap_path_inside(const char *path, const char *directory);

#endif
