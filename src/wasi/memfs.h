/* A file system in memory: the scratch directory of one run. It starts empty, belongs to the run's WASI state, is used by
 * the run's guest thread alone, and is gone with it. Directories, regular files (sparse), symbolic and hard links; what it
 * answers is what Linux answers for a directory of a disk.
 *
 * What it may hold is bounded whatever a guest does:
 *   - the sizes of its files and of the targets of its links together: `bytes` (a hole counts as what it stands for);
 *   - the memory behind files: as many pages of CAP_MEMFS_PAGE as `bytes` fill. The index of a sparse file adds at most
 *     five eighths of its pages to that;
 *   - nodes (files, directories, links; those still open after their last name is gone included), and names: `inodes` each.
 * All of it comes back when a file is cut or its last name and its last descriptor are gone. Past a limit: EDQUOT, and
 * cap_memfs_excess tells which. Memory that the host does not have is ENOMEM.
 *
 * A node is held by whoever keeps a pointer to it; one without names lives until it is let go. Functions answer a preview 1
 * errno. Names are single names, except where a path is said; "." is the directory itself. */
#ifndef CAP_WASI_MEMFS_H
#define CAP_WASI_MEMFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "wasi/excess.h"

#define CAP_MEMFS_PAGE 4096u                       /* bytes of file data kept or left out together */
#define CAP_MEMFS_FILE_MAX (UINT64_C(1) << 42)     /* bytes of one file; past it: EFBIG */

typedef struct cap_memfs cap_memfs;
typedef struct cap_memfs_node cap_memfs_node;

/* What clock files get their times from: ns since the epoch. */
typedef uint64_t cap_memfs_clock(void *context);

/* NULL when memory is short. */
cap_memfs *cap_memfs_create(uint64_t bytes, uint32_t inodes, cap_memfs_clock *clock, void *context);
/* Frees everything, held nodes included. NULL is fine. */
void cap_memfs_free(cap_memfs *fs);
cap_memfs_node *cap_memfs_root(cap_memfs *fs);

/* The last refusal with EDQUOT, of limit "tmp" (bytes) or "tmp_inodes". */
cap_excess cap_memfs_excess(const cap_memfs *fs);
/* What is held now: logical bytes, pages, nodes without the root, names. */
typedef struct cap_memfs_usage {
    uint64_t bytes, pages;
    uint32_t nodes, names;
} cap_memfs_usage;
cap_memfs_usage cap_memfs_used(const cap_memfs *fs);

void cap_memfs_hold(cap_memfs_node *node);
void cap_memfs_let_go(cap_memfs_node *node);

/* ---- Nodes ---- */
void cap_memfs_stat(const cap_memfs_node *node, struct stat *ret_status);
/* In utimensat's terms, UTIME_NOW and UTIME_OMIT included. */
void cap_memfs_set_times(cap_memfs_node *node, const struct timespec times[2]);
/* Copies out of a file, holes as zeros; *ret_size is short at its end. */
void cap_memfs_read(const cap_memfs_node *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size);
/* Writes what fits; an errno only when nothing did. */
uint32_t cap_memfs_write(cap_memfs_node *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size);
uint32_t cap_memfs_resize(cap_memfs_node *file, uint64_t size);

/* ---- Names in a directory ---- */
/* The node of that name, not held; links are not followed. ".." is the directory above (in one that was removed: itself). */
uint32_t cap_memfs_find(cap_memfs_node *directory, const char *name, cap_memfs_node **ret_node);
/* The same along a path of several names; a link on the way is ELOOP. */
uint32_t cap_memfs_find_path(cap_memfs_node *directory, const char *path, cap_memfs_node **ret_node);
/* Makes an empty file, not held: EEXIST when the name is taken. */
uint32_t cap_memfs_make_file(cap_memfs_node *directory, const char *name, cap_memfs_node **ret_file);
uint32_t cap_memfs_make_directory(cap_memfs_node *directory, const char *name);
uint32_t cap_memfs_make_symlink(cap_memfs_node *directory, const char *name, const char *target);
/* A link's target, not terminated, cut at `room`. EINVAL when it is no link. */
uint32_t cap_memfs_read_link(cap_memfs_node *directory, const char *name, char *buffer, size_t room, size_t *ret_length);
uint32_t cap_memfs_link(cap_memfs_node *from, const char *old_name, cap_memfs_node *to, const char *new_name);
uint32_t cap_memfs_rename(cap_memfs_node *from, const char *old_name, cap_memfs_node *to, const char *new_name);
uint32_t cap_memfs_unlink(cap_memfs_node *directory, const char *name);
uint32_t cap_memfs_remove_directory(cap_memfs_node *directory, const char *name);

/* Entry `index` in order of name; false past the last. */
bool cap_memfs_entry(const cap_memfs_node *directory, size_t index, const char **ret_name, cap_memfs_node **ret_node);

#endif
