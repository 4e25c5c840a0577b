/* What the C library tells about files, with the permissions that WASI does not have.
 *
 * The library's own functions answer a mode of type bits alone, and so a copied or archived file would be one that
 * nobody may read; and they say of everything that it may be written. These replace them: modes are those of ordinary
 * files (the JavaScript guest says the same), and the host is asked whether something can be changed. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

/* Names of the C library, which a reactor does not see in its headers. */
int __wasilibc_nocwd_fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags);
int __wasilibc_nocwd_faccessat(int directory, const char *path, int mode, int flags);

#define NS_PER_S 1000000000u

static mode_t mode_of(__wasi_filetype_t type) {
    switch (type) {
    case __WASI_FILETYPE_DIRECTORY: return S_IFDIR | 0755;
    case __WASI_FILETYPE_SYMBOLIC_LINK: return S_IFLNK | 0777;
    case __WASI_FILETYPE_REGULAR_FILE: return S_IFREG | 0644;
    case __WASI_FILETYPE_CHARACTER_DEVICE: return S_IFCHR | 0644;
    case __WASI_FILETYPE_BLOCK_DEVICE: return S_IFBLK | 0644;
    case __WASI_FILETYPE_SOCKET_DGRAM:
    case __WASI_FILETYPE_SOCKET_STREAM: return S_IFSOCK | 0644;
    default: return 0;
    }
}

static struct timespec time_of(__wasi_timestamp_t time) {
    return (struct timespec){.tv_sec = (time_t)(time / NS_PER_S), .tv_nsec = (long)(time % NS_PER_S)};
}

/* The answer of a call that returned `error` and, without one, `found`. */
static int answer(__wasi_errno_t error, const __wasi_filestat_t *found, struct stat *status) {
    if (error) {
        errno = error;
        return -1;
    }
    *status = (struct stat){
        .st_dev = found->dev,
        .st_ino = found->ino,
        .st_nlink = found->nlink,
        .st_mode = mode_of(found->filetype),
        .st_size = (off_t)found->size,
        .st_atim = time_of(found->atim),
        .st_mtim = time_of(found->mtim),
        .st_ctim = time_of(found->ctim),
    };
    return 0;
}

int fstat(int fd, struct stat *status) {
    __wasi_filestat_t found;
    __wasi_errno_t error = __wasi_fd_filestat_get(fd, &found);
    return answer(error, &found, status);
}

int __wasilibc_nocwd_fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags) {
    __wasi_lookupflags_t lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
    __wasi_filestat_t found;
    __wasi_errno_t error = __wasi_path_filestat_get(directory, lookup, path, &found);
    return answer(error, &found, status);
}

/* Whether the host would let a file or directory be changed: setting neither of its times needs what setting one does. */
static __wasi_errno_t ask_to_change(int directory, __wasi_lookupflags_t lookup, const char *path) {
    return __wasi_path_filestat_set_times(directory, lookup, path, 0, 0, 0) ? __WASI_ERRNO_ACCES : 0;
}

int __wasilibc_nocwd_faccessat(int directory, const char *path, int mode, int flags) {
    const __wasi_lookupflags_t lookup = __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
    __wasi_filestat_t found;
    __wasi_errno_t error;
    if ((mode & ~(F_OK | R_OK | W_OK | X_OK)) || (flags & ~AT_EACCESS)) {
        errno = EINVAL;
        return -1;
    }
    error = __wasi_path_filestat_get(directory, lookup, path, &found);
    if (!error && (mode & X_OK) && !(mode_of(found.filetype) & 0111)) error = __WASI_ERRNO_ACCES;
    if (!error && (mode & W_OK)) error = ask_to_change(directory, lookup, path);
    errno = error ? error : errno;
    return error ? -1 : 0;
}
