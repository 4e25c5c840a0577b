/* The one door to files: an object is a file or directory of the host's kernel or of the run's file system in memory, and
 * each function here is the same operation on either. On the host an operation on a name is the no-follow form of an *at
 * call with a single name; where it may lie is path.c's business, whether it may change open.c's, names.c's, metadata.c's.
 *
 * Functions answer a preview 1 errno; ELOOP and EXDEV of the kernel come through unchanged. */
#ifndef CAP_WASI_OBJECT_H
#define CAP_WASI_OBJECT_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "wasi/memfs.h"
#include "wasi/wasi.h"

/* Exactly one of the two, or none. Copies are the same object; one of them is closed, by who owns it. */
typedef struct cap_object {
    int fd;               /* the host's; -1: not there */
    cap_memfs_node *node; /* in memory, held by the owner; NULL: not there */
} cap_object;

#define CAP_OBJECT_NONE {.fd = -1}

static inline bool cap_object_exists(const cap_object *object) { return object->fd >= 0 || object->node; }

/* The top directory of a mount; the mount's, not to be closed. */
cap_object cap_object_of_mount(const cap_wasi_mount *mount);

void cap_object_close(cap_object *object);

/* ---- An open object ---- */
uint32_t cap_object_stat(const cap_object *object, struct stat *ret_status);
uint32_t cap_object_set_times(const cap_object *object, const struct timespec times[2]);
/* Files. A read is short at the end, a write when there is no more room. */
uint32_t cap_object_read(const cap_object *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size);
uint32_t cap_object_write(const cap_object *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size);
uint32_t cap_object_resize(const cap_object *file, uint64_t size);
/* Grows the file to the end of the range; on a disk the range has its blocks then. */
uint32_t cap_object_allocate(const cap_object *file, uint64_t offset, uint64_t length);
uint32_t cap_object_advise(const cap_object *file, uint64_t offset, uint64_t length, int advice); /* POSIX_FADV_* */
uint32_t cap_object_sync(const cap_object *object, bool data_only);
uint32_t cap_object_set_append(const cap_object *file, bool append);

/* ---- Names in a directory ---- */
uint32_t cap_object_stat_at(const cap_object *directory, const char *name, struct stat *ret_status);
uint32_t cap_object_set_times_at(const cap_object *directory, const char *name, const struct timespec times[2]);
/* EINVAL when it is no link. The target is not terminated and cut at `room`. */
uint32_t cap_object_read_link(const cap_object *directory, const char *name, char *buffer, size_t room, size_t *ret_length);
/* Opens for looking only what a path below leads to; as cap_kernel_open_below. */
uint32_t cap_object_open_below(const cap_object *directory, const char *path, bool directories, cap_object *ret_object);
uint32_t cap_object_open_directory(const cap_object *directory, const char *name, cap_object *ret_directory);
/* `flags` in open's terms, O_CREAT | O_EXCL to make the file. */
uint32_t cap_object_open_file(const cap_object *directory, const char *name, int flags, cap_object *ret_file);
uint32_t cap_object_make_directory(const cap_object *directory, const char *name);
uint32_t cap_object_make_symlink(const cap_object *directory, const char *name, const char *target);
uint32_t cap_object_remove(const cap_object *directory, const char *name, bool is_directory);
/* Both in one mount. */
uint32_t cap_object_link(const cap_object *from, const char *old_name, const cap_object *to, const char *new_name);
uint32_t cap_object_rename(const cap_object *from, const char *old_name, const cap_object *to, const char *new_name);

#endif
