/* Inside the file system in memory.
 *
 *     fs -- nodes: all of them, in a list, so that freeing needs no walk down a tree that a guest made deep
 *      \-- root
 *            entries, by name --> node --> pages        a regular file: a tree of 64 ways over pages, holes are NULL
 *                                      --> entries      a directory
 *                                      --> target       a symbolic link
 */
#ifndef CAP_WASI_MEMFS_INTERNAL_H
#define CAP_WASI_MEMFS_INTERNAL_H

#include "wasi/memfs.h"

#define CAP_MEMFS_WAYS 64u

typedef struct cap_memfs_branch {
    void *slots[CAP_MEMFS_WAYS]; /* branches, or on the lowest level pages */
} cap_memfs_branch;

/* Pages of a file. Height 0: the top is page 0 itself; height n: a branch over 64^n pages. */
typedef struct cap_memfs_pages {
    void *top;
    unsigned height;
} cap_memfs_pages;

typedef struct cap_memfs_name {
    char *text; /* owned */
    cap_memfs_node *node;
} cap_memfs_name;

/* Names of a directory, sorted bytewise. */
typedef struct cap_memfs_entries {
    cap_memfs_name *list;
    uint32_t count, capacity;
} cap_memfs_entries;

struct cap_memfs_node {
    cap_memfs *fs;
    cap_memfs_node *previous, *next; /* of all nodes */
    mode_t type;                     /* S_IFREG, S_IFDIR, S_IFLNK */
    uint32_t links;                  /* names; of a directory: its name, its "." and the ".." of those in it */
    uint32_t holders;
    uint64_t inode;
    uint64_t size; /* charged; a directory's is 0 */
    uint64_t accessed, modified, changed; /* ns */
    union {
        cap_memfs_pages pages;
        char *target; /* not terminated, `size` bytes */
        struct {
            cap_memfs_entries entries;
            cap_memfs_node *parent; /* NULL once it was removed; the root's is the root */
        };
    };
};

struct cap_memfs {
    cap_memfs_node root;
    uint64_t byte_limit, page_limit;
    uint32_t inode_limit;
    cap_memfs_usage used;
    uint64_t last_inode;
    cap_excess excess;
    cap_memfs_clock *clock;
    void *clock_context;
};

static inline uint64_t cap_memfs_now(const cap_memfs *fs) { return fs->clock(fs->clock_context); }

/* EDQUOT, remembered: `used` is what it would have been. */
uint32_t cap_memfs_refuse_bytes(cap_memfs *fs, uint64_t used);
uint32_t cap_memfs_refuse_inode(cap_memfs *fs);
/* A node without a name: 0, EDQUOT or ENOMEM. It is freed by cap_memfs_settle unless it gets one. */
uint32_t cap_memfs_node_make(cap_memfs *fs, mode_t type, cap_memfs_node **ret_node);
/* Frees a node that has neither names nor holders. */
void cap_memfs_settle(cap_memfs_node *node);

/* The page with that index, or NULL for a hole. */
uint8_t *cap_memfs_page(const cap_memfs_pages *pages, uint64_t index);
/* The same, made when it is a hole (zeros): 0, EDQUOT, ENOMEM. */
uint32_t cap_memfs_page_make(cap_memfs *fs, cap_memfs_pages *pages, uint64_t index, uint8_t **ret_page);
/* Frees all pages from `first` on. */
void cap_memfs_pages_cut(cap_memfs *fs, cap_memfs_pages *pages, uint64_t first);

/* Frees a directory's names (their texts; nodes are not touched). */
void cap_memfs_entries_free(cap_memfs_entries *entries);

#endif
