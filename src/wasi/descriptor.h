/* The guest's descriptor table. A descriptor belongs to exactly one number (preview 1 has no dup), so everything it
 * holds, its file position included, is kept here and not in the kernel's open file. */
#ifndef CAP_WASI_DESCRIPTOR_H
#define CAP_WASI_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "wasi/mounts.h"
#include "wasi/object.h"

struct cap_wasi;
struct cap_listing;

typedef enum cap_descriptor_kind {
    CAP_DESCRIPTOR_FREE = 0,
    CAP_DESCRIPTOR_INPUT,     /* stdin */
    CAP_DESCRIPTOR_OUTPUT,    /* stdout, stderr: the run's output callback */
    CAP_DESCRIPTOR_FILE,      /* a regular file */
    CAP_DESCRIPTOR_DIRECTORY, /* of a mount, synthetic, or both */
    CAP_DESCRIPTOR_SOCKET
} cap_descriptor_kind;

typedef struct cap_descriptor {
    uint8_t kind;           /* cap_descriptor_kind */
    uint8_t filetype;       /* WASI_FILETYPE_* */
    uint8_t stream;         /* output: 1 or 2, wherever it was renumbered to */
    bool owned;             /* the object is closed with the descriptor */
    bool writable;          /* the object is open for writing, in a writable mount */
    bool frozen;            /* a protected file: its times stay too */
    bool preopen;           /* announced by fd_prestat_get */
    uint16_t flags;         /* WASI_FDFLAG_* */
    cap_object object;      /* streams and sockets: of the host; none: synthetic directory, output, empty stdin */
    uint64_t rights;
    uint64_t inheriting;
    uint64_t position;      /* files: next byte to read or write */
    const cap_wasi_mount *mount; /* NULL: synthetic, streams, sockets */
    const cap_mount_node *node;        /* directories at or above mount points, else NULL */
    char *guest_path;            /* directories: absolute, normal; owned. Below a preopened directory of its own: from that */
    struct cap_listing *listing; /* directories: what fd_readdir is going through; owned */
} cap_descriptor;

typedef struct cap_descriptors {
    cap_descriptor *entries; /* owned */
    uint32_t count;          /* entries allocated; those above are free */
    uint32_t limit;
} cap_descriptors;

/* Rights a descriptor of each type can hold. */
#define CAP_RIGHTS_FILE                                                                                            \
    (WASI_RIGHT_FD_DATASYNC | WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_FDSTAT_SET_FLAGS |           \
     WASI_RIGHT_FD_SYNC | WASI_RIGHT_FD_TELL | WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ADVISE |                        \
     WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_GET | WASI_RIGHT_FD_FILESTAT_SET_SIZE |                       \
     WASI_RIGHT_FD_FILESTAT_SET_TIMES | WASI_RIGHT_POLL_FD_READWRITE)
#define CAP_RIGHTS_DIRECTORY                                                                                       \
    (WASI_RIGHT_FD_FDSTAT_SET_FLAGS | WASI_RIGHT_FD_SYNC | WASI_RIGHT_FD_DATASYNC |                                \
     WASI_RIGHT_PATH_CREATE_DIRECTORY | WASI_RIGHT_PATH_CREATE_FILE | WASI_RIGHT_PATH_LINK_SOURCE |                \
     WASI_RIGHT_PATH_LINK_TARGET | WASI_RIGHT_PATH_OPEN | WASI_RIGHT_FD_READDIR | WASI_RIGHT_PATH_READLINK |       \
     WASI_RIGHT_PATH_RENAME_SOURCE | WASI_RIGHT_PATH_RENAME_TARGET | WASI_RIGHT_PATH_FILESTAT_GET |                \
     WASI_RIGHT_PATH_FILESTAT_SET_SIZE | WASI_RIGHT_PATH_FILESTAT_SET_TIMES | WASI_RIGHT_FD_FILESTAT_GET |         \
     WASI_RIGHT_FD_FILESTAT_SET_TIMES | WASI_RIGHT_PATH_SYMLINK | WASI_RIGHT_PATH_REMOVE_DIRECTORY |               \
     WASI_RIGHT_PATH_UNLINK_FILE)
#define CAP_RIGHTS_STREAM                                                                                          \
    (WASI_RIGHT_FD_FDSTAT_SET_FLAGS | WASI_RIGHT_FD_FILESTAT_GET | WASI_RIGHT_POLL_FD_READWRITE)
#define CAP_RIGHTS_SOCKET                                                                                          \
    (WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_FDSTAT_SET_FLAGS | WASI_RIGHT_FD_FILESTAT_GET |      \
     WASI_RIGHT_POLL_FD_READWRITE | WASI_RIGHT_SOCK_SHUTDOWN | WASI_RIGHT_SOCK_ACCEPT)

/* The table with 0, 1, 2 (streams) and, when there are mounts, 3 (preopen "/") and the preopened directories of their own.
 * 0, or -1 when memory is short or the limit is too low. */
int cap_descriptors_init(struct cap_wasi *wasi);
/* Closes everything. */
void cap_descriptors_free(struct cap_wasi *wasi);

/* The open descriptor `fd`, or NULL. Valid until the next cap_descriptor_add. */
cap_descriptor *cap_descriptor_at(struct cap_wasi *wasi, uint32_t fd);

/* The same when it has all of `rights`: 0; EBADF when it is not open or lacks FD_READ or FD_WRITE (as a descriptor
 * opened for the other direction does); ENOTCAPABLE for other rights. */
uint32_t cap_descriptor_get(struct cap_wasi *wasi, uint32_t fd, uint64_t rights, cap_descriptor **ret_descriptor);

/* Regular files only: EISDIR for directories, ESPIPE for streams and sockets. */
uint32_t cap_descriptor_file(struct cap_wasi *wasi, uint32_t fd, uint64_t rights, cap_descriptor **ret_descriptor);

/* Directories only: ENOTDIR for others. */
uint32_t cap_descriptor_directory(struct cap_wasi *wasi, uint32_t fd, uint64_t rights, cap_descriptor **ret_descriptor);

/* Marks the run impure when the directory's contents are not ours: before it is listed or described through its
 * descriptor, which needs no path (the preopen). */
void cap_descriptor_mark(struct cap_wasi *wasi, const cap_descriptor *directory);

/* The name of a preopened directory. */
const char *cap_descriptor_preopen_name(const cap_descriptor *descriptor);

/* Puts *descriptor at the lowest free number. 0; EMFILE at the limit; ENOMEM. On success the table owns what it
 * holds, on failure the caller still does. */
uint32_t cap_descriptor_add(struct cap_wasi *wasi, const cap_descriptor *descriptor, uint32_t *ret_fd);

/* True when another descriptor fits: asked before an open with effects. */
bool cap_descriptor_room(struct cap_wasi *wasi);

/* Closes what the descriptor holds and marks it free. */
void cap_descriptor_close(struct cap_wasi *wasi, cap_descriptor *descriptor);

/* Host's st_mode as a filetype. */
uint8_t cap_filetype_of_mode(uint32_t mode);

#endif
