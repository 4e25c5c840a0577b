/* File primitives straight over WASI. Every function answers a value, or a negative WASI error number; the prelude
 * turns that into node's errors. Paths are relative to the one preopened directory, `/`.
 */
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#include "guest.h"

/* The runtime preopens `/` alone, right after the standard descriptors. */
#define ROOT_FD 3

/* Answered for a path when that directory does not exist, because the task was granted no files at all. Beyond WASI's
 * own numbers; prelude/node/errno.js knows it. */
#define NO_FILES_GRANTED 1000

/* Room for one round of fd_readdir; also above the longest entry (24 bytes and a name of 255). */
#define READDIR_BUFFER 16384

#define READLINK_MAX 4096

static JSValue answer(JSContext *cx, __wasi_errno_t error)
{
    return JS_NewInt32(cx, -(int32_t)error);
}

/* The answer of a function that takes paths. */
static JSValue path_answer(JSContext *cx, __wasi_errno_t error)
{
    return JS_NewInt32(cx, error == __WASI_ERRNO_BADF ? -NO_FILES_GRANTED : -(int32_t)error);
}

/* Two paths at most are ever needed by one call. */
struct paths {
    const char *first, *second;
};

static bool take_paths(JSContext *cx, struct paths *paths, JSValueConst first, JSValueConst second)
{
    size_t length;
    paths->second = NULL;
    paths->first = cap_string_utf8(cx, first, &length);
    if (paths->first && !JS_IsUndefined(second))
        paths->second = cap_string_utf8(cx, second, &length);
    if (paths->first && (paths->second || JS_IsUndefined(second)))
        return true;
    JS_FreeCString(cx, paths->first);
    return false;
}

static void drop_paths(JSContext *cx, struct paths *paths)
{
    JS_FreeCString(cx, paths->first);
    JS_FreeCString(cx, paths->second);
}

/* -- Descriptors -- */

enum { OPEN_READ = 1, OPEN_WRITE = 2, OPEN_NOFOLLOW = 4 };

static __wasi_rights_t rights_for(int32_t mode, int32_t oflags)
{
    const __wasi_rights_t common = __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET |
                                   __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_POLL_FD_READWRITE;
    const __wasi_rights_t reading = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR | __WASI_RIGHTS_FD_ADVISE;
    const __wasi_rights_t writing = __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE |
                                    __WASI_RIGHTS_FD_FILESTAT_SET_TIMES | __WASI_RIGHTS_FD_ALLOCATE |
                                    __WASI_RIGHTS_FD_SYNC | __WASI_RIGHTS_FD_DATASYNC;
    if (oflags & __WASI_OFLAGS_DIRECTORY)
        return common | reading | __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_PATH_FILESTAT_GET;
    return common | (mode & OPEN_READ ? reading : 0) | (mode & OPEN_WRITE ? writing : 0);
}

/* open(path, mode bits, WASI oflags, WASI fdflags) => descriptor */
static JSValue host_open(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    int32_t mode, oflags, fdflags;
    struct paths paths;
    if (JS_ToInt32(cx, &mode, argv[1]) < 0 || JS_ToInt32(cx, &oflags, argv[2]) < 0 ||
        JS_ToInt32(cx, &fdflags, argv[3]) < 0 || !take_paths(cx, &paths, argv[0], JS_UNDEFINED))
        return JS_EXCEPTION;
    __wasi_fd_t fd = 0;
    __wasi_lookupflags_t lookup = mode & OPEN_NOFOLLOW ? 0 : __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
    __wasi_errno_t error = __wasi_path_open(ROOT_FD, lookup, paths.first, (__wasi_oflags_t)oflags,
                                            rights_for(mode, oflags), 0, (__wasi_fdflags_t)fdflags, &fd);
    drop_paths(cx, &paths);
    return error ? path_answer(cx, error) : JS_NewInt32(cx, (int32_t)fd);
}

static JSValue host_close(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    uint32_t fd;
    if (JS_ToUint32(cx, &fd, argv[0]) < 0)
        return JS_EXCEPTION;
    return answer(cx, __wasi_fd_close(fd));
}

/* The range [offset, offset + length) of a byte array, checked. The numbers first: converting one may run the program's
 * code, which may take the array's memory away. */
static bool take_range(JSContext *cx, JSValueConst *argv, uint8_t **ret_data, uint32_t *ret_length)
{
    size_t size;
    uint32_t offset;
    if (JS_ToUint32(cx, &offset, argv[1]) < 0 || JS_ToUint32(cx, ret_length, argv[2]) < 0)
        return false;
    uint8_t *data = JS_GetUint8Array(cx, &size, argv[0]);
    if (!data)
        return false;
    if (offset > size || *ret_length > size - offset) {
        JS_ThrowRangeError(cx, "offset and length exceed the buffer");
        return false;
    }
    *ret_data = data + offset;
    return true;
}

/* read(fd, bytes, offset, length, position or -1) => bytes read; magic 1: write */
static JSValue host_transfer(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv, int write)
{
    (void)self, (void)argc;
    uint32_t fd, length;
    int64_t position;
    uint8_t *data;
    if (JS_ToUint32(cx, &fd, argv[0]) < 0 || JS_ToInt64(cx, &position, argv[4]) < 0 ||
        !take_range(cx, argv + 1, &data, &length))
        return JS_EXCEPTION;
    __wasi_size_t count = 0;
    __wasi_errno_t error;
    if (write) {
        __wasi_ciovec_t part = {.buf = data, .buf_len = length};
        error = position < 0 ? __wasi_fd_write(fd, &part, 1, &count)
                             : __wasi_fd_pwrite(fd, &part, 1, (__wasi_filesize_t)position, &count);
    } else {
        __wasi_iovec_t part = {.buf = data, .buf_len = length};
        error = position < 0 ? __wasi_fd_read(fd, &part, 1, &count)
                             : __wasi_fd_pread(fd, &part, 1, (__wasi_filesize_t)position, &count);
    }
    return error ? answer(cx, error) : JS_NewInt64(cx, count);
}

static JSValue host_truncate(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    uint32_t fd;
    int64_t size;
    if (JS_ToUint32(cx, &fd, argv[0]) < 0 || JS_ToInt64(cx, &size, argv[1]) < 0)
        return JS_EXCEPTION;
    return answer(cx, __wasi_fd_filestat_set_size(fd, (__wasi_filesize_t)size));
}

static JSValue host_sync(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv, int data_only)
{
    (void)self, (void)argc;
    uint32_t fd;
    if (JS_ToUint32(cx, &fd, argv[0]) < 0)
        return JS_EXCEPTION;
    return answer(cx, data_only ? __wasi_fd_datasync(fd) : __wasi_fd_sync(fd));
}

/* -- Attributes -- */

/* [dev, ino, WASI file type, nlink, size, atime, mtime, ctime], the times as BigInt nanoseconds */
static JSValue stat_array(JSContext *cx, const __wasi_filestat_t *stat)
{
    JSValue values[8] = {
        JS_NewInt64(cx, (int64_t)stat->dev),        JS_NewInt64(cx, (int64_t)stat->ino),
        JS_NewInt32(cx, stat->filetype),            JS_NewInt64(cx, (int64_t)stat->nlink),
        JS_NewInt64(cx, (int64_t)stat->size),       JS_NewBigUint64(cx, stat->atim),
        JS_NewBigUint64(cx, stat->mtim),            JS_NewBigUint64(cx, stat->ctim),
    };
    return JS_NewArrayFrom(cx, 8, values);
}

/* stat(path, follow) => attributes */
static JSValue host_stat(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    struct paths paths;
    if (!take_paths(cx, &paths, argv[0], JS_UNDEFINED))
        return JS_EXCEPTION;
    __wasi_filestat_t stat;
    __wasi_lookupflags_t lookup = JS_ToBool(cx, argv[1]) ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0;
    __wasi_errno_t error = __wasi_path_filestat_get(ROOT_FD, lookup, paths.first, &stat);
    drop_paths(cx, &paths);
    return error ? path_answer(cx, error) : stat_array(cx, &stat);
}

/* fstat(fd) => attributes */
static JSValue host_fstat(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    uint32_t fd;
    if (JS_ToUint32(cx, &fd, argv[0]) < 0)
        return JS_EXCEPTION;
    __wasi_filestat_t stat;
    __wasi_errno_t error = __wasi_fd_filestat_get(fd, &stat);
    return error ? answer(cx, error) : stat_array(cx, &stat);
}

/* utimes(path or fd, follow, atime, mtime): BigInt nanoseconds */
static JSValue host_utimes(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    int64_t atime, mtime;
    const __wasi_fstflags_t flags = __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM;
    if (JS_ToBigInt64(cx, &atime, argv[2]) < 0 || JS_ToBigInt64(cx, &mtime, argv[3]) < 0)
        return JS_EXCEPTION;
    if (JS_IsNumber(argv[0])) {
        uint32_t fd;
        if (JS_ToUint32(cx, &fd, argv[0]) < 0)
            return JS_EXCEPTION;
        return answer(cx, __wasi_fd_filestat_set_times(fd, (uint64_t)atime, (uint64_t)mtime, flags));
    }
    struct paths paths;
    if (!take_paths(cx, &paths, argv[0], JS_UNDEFINED))
        return JS_EXCEPTION;
    __wasi_lookupflags_t lookup = JS_ToBool(cx, argv[1]) ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0;
    __wasi_errno_t error = __wasi_path_filestat_set_times(ROOT_FD, lookup, paths.first, (uint64_t)atime,
                                                          (uint64_t)mtime, flags);
    drop_paths(cx, &paths);
    return path_answer(cx, error);
}

/* -- Directories and names -- */

enum { NAME_MKDIR, NAME_RMDIR, NAME_UNLINK };

/* mkdir(path), rmdir(path), unlink(path) */
static JSValue host_name(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv, int what)
{
    (void)self, (void)argc;
    struct paths paths;
    if (!take_paths(cx, &paths, argv[0], JS_UNDEFINED))
        return JS_EXCEPTION;
    __wasi_errno_t error = what == NAME_MKDIR   ? __wasi_path_create_directory(ROOT_FD, paths.first)
                           : what == NAME_RMDIR ? __wasi_path_remove_directory(ROOT_FD, paths.first)
                                                : __wasi_path_unlink_file(ROOT_FD, paths.first);
    drop_paths(cx, &paths);
    return path_answer(cx, error);
}

enum { PAIR_RENAME, PAIR_LINK, PAIR_SYMLINK };

/* rename(from, to), link(from, to), symlink(target, path) */
static JSValue host_pair(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv, int what)
{
    (void)self, (void)argc;
    struct paths paths;
    if (!take_paths(cx, &paths, argv[0], argv[1]))
        return JS_EXCEPTION;
    __wasi_errno_t error = what == PAIR_RENAME ? __wasi_path_rename(ROOT_FD, paths.first, ROOT_FD, paths.second)
                           : what == PAIR_LINK ? __wasi_path_link(ROOT_FD, 0, paths.first, ROOT_FD, paths.second)
                                               : __wasi_path_symlink(paths.first, ROOT_FD, paths.second);
    drop_paths(cx, &paths);
    return path_answer(cx, error);
}

/* readlink(path) => target */
static JSValue host_readlink(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    struct paths paths;
    if (!take_paths(cx, &paths, argv[0], JS_UNDEFINED))
        return JS_EXCEPTION;
    uint8_t target[READLINK_MAX];
    __wasi_size_t length = 0;
    __wasi_errno_t error = __wasi_path_readlink(ROOT_FD, paths.first, target, sizeof(target), &length);
    drop_paths(cx, &paths);
    return error ? path_answer(cx, error) : JS_NewStringLen(cx, (const char *)target, length);
}

/* Appends the whole entries of one round to `list` as name, type, name, type...; the cookie for the next round. */
static bool append_entries(JSContext *cx, JSValueConst list, uint32_t *count, const uint8_t *buffer, size_t used,
                           __wasi_dircookie_t *cookie)
{
    size_t at = 0;
    while (used - at >= sizeof(__wasi_dirent_t)) {
        __wasi_dirent_t entry;
        memcpy(&entry, buffer + at, sizeof(entry));
        if (entry.d_namlen > used - at - sizeof(entry))
            break;
        const char *name = (const char *)buffer + at + sizeof(entry);
        bool dots = (entry.d_namlen == 1 && name[0] == '.') || (entry.d_namlen == 2 && !memcmp(name, "..", 2));
        if (!dots &&
            (JS_SetPropertyUint32(cx, list, (*count)++, JS_NewStringLen(cx, name, entry.d_namlen)) < 0 ||
             JS_SetPropertyUint32(cx, list, (*count)++, JS_NewInt32(cx, entry.d_type)) < 0))
            return false;
        *cookie = entry.d_next;
        at += sizeof(entry) + entry.d_namlen;
    }
    return true;
}

/* readdir(fd) => [name, type, name, type...] without "." and ".." */
static JSValue host_readdir(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    uint32_t fd, count = 0;
    if (JS_ToUint32(cx, &fd, argv[0]) < 0)
        return JS_EXCEPTION;
    uint8_t *buffer = js_malloc(cx, READDIR_BUFFER);
    JSValue list = buffer ? JS_NewArray(cx) : JS_EXCEPTION;
    __wasi_dircookie_t cookie = __WASI_DIRCOOKIE_START, before;
    __wasi_size_t used = READDIR_BUFFER;
    __wasi_errno_t error = 0;
    while (!JS_IsException(list) && used == READDIR_BUFFER) {
        before = cookie;
        error = __wasi_fd_readdir(fd, buffer, READDIR_BUFFER, cookie, &used);
        if (error)
            break;
        if (!append_entries(cx, list, &count, buffer, used, &cookie)) {
            JS_FreeValue(cx, list);
            list = JS_EXCEPTION;
        }
        if (cookie == before)
            break;
    }
    js_free(cx, buffer);
    if (!error)
        return list;
    JS_FreeValue(cx, list);
    return answer(cx, error);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("open", 4, host_open),
    JS_CFUNC_DEF("close", 1, host_close),
    JS_CFUNC_MAGIC_DEF("read", 5, host_transfer, 0),
    JS_CFUNC_MAGIC_DEF("pwrite", 5, host_transfer, 1),
    JS_CFUNC_DEF("truncate", 2, host_truncate),
    JS_CFUNC_MAGIC_DEF("sync", 1, host_sync, 0),
    JS_CFUNC_MAGIC_DEF("datasync", 1, host_sync, 1),
    JS_CFUNC_DEF("stat", 2, host_stat),
    JS_CFUNC_DEF("fstat", 1, host_fstat),
    JS_CFUNC_DEF("utimes", 4, host_utimes),
    JS_CFUNC_MAGIC_DEF("mkdir", 1, host_name, NAME_MKDIR),
    JS_CFUNC_MAGIC_DEF("rmdir", 1, host_name, NAME_RMDIR),
    JS_CFUNC_MAGIC_DEF("unlink", 1, host_name, NAME_UNLINK),
    JS_CFUNC_MAGIC_DEF("rename", 2, host_pair, PAIR_RENAME),
    JS_CFUNC_MAGIC_DEF("link", 2, host_pair, PAIR_LINK),
    JS_CFUNC_MAGIC_DEF("symlink", 2, host_pair, PAIR_SYMLINK),
    JS_CFUNC_DEF("readlink", 1, host_readlink),
    JS_CFUNC_DEF("readdir", 1, host_readdir),
};

void cap_install_files(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
