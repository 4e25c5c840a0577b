/* The mount table as a tree of guest names. A node exists for every mount point and for every directory that leads
 * to one; the root always exists. Walking a path down the tree finds the longest matching prefix.
 *
 *     mounts "/data", "/.capsule/lib"          (root)
 *                                             /      \
 *                                     .capsule        data*        * = carries a mount
 *                                        |
 *                                       lib*
 *
 * Mounts with a preopen name are trees of one node each, behind the others in `nodes`.
 *
 * The tree never changes during a run. Names on it cannot be removed, renamed or replaced by the guest (EBUSY), so a
 * descriptor that carries a node stays right.
 */
#ifndef CAP_WASI_MOUNTS_H
#define CAP_WASI_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wasi/wasi.h"

typedef struct cap_mount_node {
    const char *name;            /* not terminated; borrowed from the configuration's guest_path */
    size_t name_length;          /* 0: the root */
    const cap_wasi_mount *mount; /* NULL: only leads to mounts */
    struct cap_mount_node *parent;
    struct cap_mount_node *first_child;
    struct cap_mount_node *next_sibling; /* children in order of name */
    uint32_t inode;              /* of the synthetic directory: 1, 2, ... */
    bool internal;               /* not the root, and nothing but internal mounts at or below: seeing it is pure */
} cap_mount_node;

typedef struct cap_mounts {
    cap_mount_node *nodes; /* owned; nodes[0] is the root */
    size_t count;
    const cap_wasi_mount *mounts;
    size_t mount_count;
    bool has_tree;           /* there is a mount in the tree of nodes[0] */
    size_t first_preopen;    /* nodes from here on are preopened directories of their own */
} cap_mounts;

/* Builds the tree; the mounts are borrowed. The later of two mounts of one path wins. Without openat2 only internal
 * mounts and the one in memory are mounted. 0, or -1: memory, or a guest path that is not absolute and normal or exceeds
 * the path limits. */
int cap_mounts_init(cap_mounts *mounts, const cap_wasi_mount *table, size_t count);
void cap_mounts_free(cap_mounts *mounts);

/* The child of `node` called `name`, or NULL. `node` may be NULL. */
const cap_mount_node *cap_mount_node_child(const cap_mount_node *node, const char *name, size_t length);

/* The device number a guest sees: 1 for synthetic directories (NULL), 2 and up for mounts. One number per mount, so
 * that the host's numbering stays its own affair. */
uint64_t cap_mount_device(const cap_mounts *mounts, const cap_wasi_mount *mount);

/* True when no look-up below `mount` may find a component called `name`: ".capsule" in the operator's directories (the
 * project's cache and trace), in any spelling that some file system takes for it, names that begin with '.' in program mounts. */
bool cap_mount_hides(const cap_wasi_mount *mount, const char *name);

/* True when a guest may see an entry of that name and type: cap_mount_hides, and *.py files only in program mounts. */
bool cap_mount_shows(const cap_wasi_mount *mount, const char *name, uint8_t filetype);

/* True for names that may not be written, created, renamed or removed directly below a mount point: ".env",
 * ".env.*", "capsule.toml", in any spelling that some file system takes for them. */
bool cap_name_is_protected(const char *name);

#endif
