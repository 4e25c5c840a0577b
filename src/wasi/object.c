#include "wasi/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wasi/abi.h"
#include "wasi/errno_map.h"
#include "wasi/kernel.h"

/* What a system call's result means to a guest. */
static uint32_t answer(int result) { return result ? cap_wasi_errno(errno) : WASI_OK; }

static uint32_t answer_size(ssize_t size, size_t *ret_size) {
    *ret_size = size < 0 ? 0 : (size_t)size;
    return size < 0 ? cap_wasi_errno(errno) : WASI_OK;
}

static uint32_t answer_fd(int fd, cap_object *ret_object) {
    *ret_object = (cap_object){.fd = fd};
    return fd < 0 ? cap_wasi_errno(errno) : WASI_OK;
}

static cap_object hold(cap_memfs_node *node) {
    cap_memfs_hold(node);
    return (cap_object){.fd = -1, .node = node};
}

cap_object cap_object_of_mount(const cap_wasi_mount *mount) {
    if (mount->memory) return (cap_object){.fd = -1, .node = cap_memfs_root(mount->memory)};
    return (cap_object){.fd = mount->host_fd};
}

void cap_object_close(cap_object *object) {
    if (object->node) cap_memfs_let_go(object->node);
    if (object->fd >= 0) close(object->fd);
    *object = (cap_object)CAP_OBJECT_NONE;
}

/* ---- An open object ---- */

uint32_t cap_object_stat(const cap_object *object, struct stat *ret_status) {
    if (!object->node) return answer(fstat(object->fd, ret_status));
    cap_memfs_stat(object->node, ret_status);
    return WASI_OK;
}

uint32_t cap_object_set_times(const cap_object *object, const struct timespec times[2]) {
    if (!object->node) return answer(futimens(object->fd, times));
    cap_memfs_set_times(object->node, times);
    return WASI_OK;
}

uint32_t cap_object_read(const cap_object *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size) {
    if (!file->node) return answer_size(preadv(file->fd, vectors, count, (off_t)offset), ret_size);
    cap_memfs_read(file->node, vectors, count, offset, ret_size);
    return WASI_OK;
}

uint32_t cap_object_write(const cap_object *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size) {
    if (file->node) return cap_memfs_write(file->node, vectors, count, offset, ret_size);
    return answer_size(pwritev(file->fd, vectors, count, (off_t)offset), ret_size);
}

uint32_t cap_object_resize(const cap_object *file, uint64_t size) {
    return file->node ? cap_memfs_resize(file->node, size) : answer(ftruncate(file->fd, (off_t)size));
}

uint32_t cap_object_allocate(const cap_object *file, uint64_t offset, uint64_t length) {
    if (!file->node) return answer(fallocate(file->fd, 0, (off_t)offset, (off_t)length));
    struct stat status;
    cap_memfs_stat(file->node, &status);
    uint64_t end = offset + length;
    return end > (uint64_t)status.st_size ? cap_memfs_resize(file->node, end) : WASI_OK;
}

uint32_t cap_object_advise(const cap_object *file, uint64_t offset, uint64_t length, int advice) {
    return file->node ? WASI_OK : cap_wasi_errno(posix_fadvise(file->fd, (off_t)offset, (off_t)length, advice));
}

uint32_t cap_object_sync(const cap_object *object, bool data_only) {
    if (object->node) return WASI_OK;
    return answer(data_only ? fdatasync(object->fd) : fsync(object->fd));
}

uint32_t cap_object_set_append(const cap_object *file, bool append) {
    if (file->node) return WASI_OK; /* every write of ours asks for the end itself, and nobody else writes there */
    int flags = fcntl(file->fd, F_GETFL);
    if (flags < 0) return cap_wasi_errno(errno);
    return answer(fcntl(file->fd, F_SETFL, append ? flags | O_APPEND : flags & ~O_APPEND));
}

/* ---- Names in a directory ---- */

uint32_t cap_object_stat_at(const cap_object *directory, const char *name, struct stat *ret_status) {
    if (!directory->node) return answer(fstatat(directory->fd, name, ret_status, AT_SYMLINK_NOFOLLOW));
    cap_memfs_node *found;
    uint32_t error = cap_memfs_find(directory->node, name, &found);
    if (!error) cap_memfs_stat(found, ret_status);
    return error;
}

uint32_t cap_object_set_times_at(const cap_object *directory, const char *name, const struct timespec times[2]) {
    if (!directory->node) return answer(utimensat(directory->fd, name, times, AT_SYMLINK_NOFOLLOW));
    cap_memfs_node *found;
    uint32_t error = cap_memfs_find(directory->node, name, &found);
    if (!error) cap_memfs_set_times(found, times);
    return error;
}

uint32_t cap_object_read_link(const cap_object *directory, const char *name, char *buffer, size_t room, size_t *ret_length) {
    if (directory->node) return cap_memfs_read_link(directory->node, name, buffer, room, ret_length);
    return answer_size(readlinkat(directory->fd, name, buffer, room), ret_length);
}

uint32_t cap_object_open_below(const cap_object *directory, const char *path, bool directories, cap_object *ret_object) {
    if (!directory->node) return answer_fd(cap_kernel_open_below(directory->fd, path, directories), ret_object);
    cap_memfs_node *found;
    uint32_t error = cap_memfs_find_path(directory->node, path, &found);
    if (error) return error;
    struct stat status;
    cap_memfs_stat(found, &status);
    if (directories && S_ISLNK(status.st_mode)) return WASI_ELOOP;
    if (directories && !S_ISDIR(status.st_mode)) return WASI_ENOTDIR;
    *ret_object = hold(found);
    return WASI_OK;
}

uint32_t cap_object_open_directory(const cap_object *directory, const char *name, cap_object *ret_directory) {
    if (directory->node) return cap_object_open_below(directory, name, true, ret_directory);
    return answer_fd(cap_kernel_open_name(directory->fd, name, O_RDONLY | O_DIRECTORY, 0), ret_directory);
}

uint32_t cap_object_open_file(const cap_object *directory, const char *name, int flags, cap_object *ret_file) {
    if (!directory->node) return answer_fd(cap_kernel_open_name(directory->fd, name, flags, 0666), ret_file);
    cap_memfs_node *file;
    uint32_t error = flags & O_CREAT ? cap_memfs_make_file(directory->node, name, &file)
                                     : cap_memfs_find(directory->node, name, &file);
    if (!error) *ret_file = hold(file);
    return error;
}

uint32_t cap_object_make_directory(const cap_object *directory, const char *name) {
    if (directory->node) return cap_memfs_make_directory(directory->node, name);
    return answer(mkdirat(directory->fd, name, 0777));
}

uint32_t cap_object_make_symlink(const cap_object *directory, const char *name, const char *target) {
    if (directory->node) return cap_memfs_make_symlink(directory->node, name, target);
    return answer(symlinkat(target, directory->fd, name));
}

uint32_t cap_object_remove(const cap_object *directory, const char *name, bool is_directory) {
    if (!directory->node) return answer(unlinkat(directory->fd, name, is_directory ? AT_REMOVEDIR : 0));
    return is_directory ? cap_memfs_remove_directory(directory->node, name) : cap_memfs_unlink(directory->node, name);
}

uint32_t cap_object_link(const cap_object *from, const char *old_name, const cap_object *to, const char *new_name) {
    if (from->node) return cap_memfs_link(from->node, old_name, to->node, new_name);
    return answer(linkat(from->fd, old_name, to->fd, new_name, 0));
}

uint32_t cap_object_rename(const cap_object *from, const char *old_name, const cap_object *to, const char *new_name) {
    if (from->node) return cap_memfs_rename(from->node, old_name, to->node, new_name);
    return answer(renameat(from->fd, old_name, to->fd, new_name));
}
