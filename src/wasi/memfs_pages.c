/* The pages of sparse files: a tree that is as high as the file is long, with nothing where nothing was written. */
#include <stdlib.h>
#include <string.h>

#include "wasi/abi.h"
#include "wasi/memfs_internal.h"

enum { WAY_BITS = 6 };

/* Which slot of a branch at `level` (1: just above pages) leads to page `index`. */
static unsigned slot_of(uint64_t index, unsigned level) {
    return (unsigned)(index >> (WAY_BITS * (level - 1))) & (CAP_MEMFS_WAYS - 1);
}

/* Whether a tree of that height has a place for page `index`. */
static bool reaches(unsigned height, uint64_t index) { return index >> (WAY_BITS * height) == 0; }

uint8_t *cap_memfs_page(const cap_memfs_pages *pages, uint64_t index) {
    if (!reaches(pages->height, index)) return NULL;
    void *at = pages->top;
    for (unsigned level = pages->height; at && level; level--) at = ((cap_memfs_branch *)at)->slots[slot_of(index, level)];
    return at;
}

/* Makes the tree high enough. Only a tree that holds something needs branches for that. */
static uint32_t raise(cap_memfs_pages *pages, uint64_t index) {
    while (!reaches(pages->height, index)) {
        if (pages->top) {
            cap_memfs_branch *branch = calloc(1, sizeof *branch);
            if (!branch) return WASI_ENOMEM;
            branch->slots[0] = pages->top;
            pages->top = branch;
        }
        pages->height++;
    }
    return WASI_OK;
}

/* Branches that end up without a page when memory runs out on the way stay: the next cut takes them. */
uint32_t cap_memfs_page_make(cap_memfs *fs, cap_memfs_pages *pages, uint64_t index, uint8_t **ret_page) {
    *ret_page = cap_memfs_page(pages, index);
    if (*ret_page) return WASI_OK;
    if (fs->used.pages >= fs->page_limit) return cap_memfs_refuse_bytes(fs, (fs->used.pages + 1) * CAP_MEMFS_PAGE);
    uint32_t error = raise(pages, index);
    if (error) return error;
    void **at = &pages->top;
    for (unsigned level = pages->height; level; level--) {
        if (!*at && !(*at = calloc(1, sizeof(cap_memfs_branch)))) return WASI_ENOMEM;
        at = &((cap_memfs_branch *)*at)->slots[slot_of(index, level)];
    }
    *at = calloc(1, CAP_MEMFS_PAGE);
    if (!*at) return WASI_ENOMEM;
    fs->used.pages++;
    *ret_page = *at;
    return WASI_OK;
}

static bool is_empty(const cap_memfs_branch *branch) {
    for (unsigned i = 0; i < CAP_MEMFS_WAYS; i++)
        if (branch->slots[i]) return false;
    return true;
}

/* Frees what lies below *at, a branch at `level` or (0) a page, from page `first` of it on, and *at when nothing is left. */
static void cut(cap_memfs *fs, void **at, unsigned level, uint64_t first) {
    if (!*at) return;
    if (level) {
        cap_memfs_branch *branch = *at;
        const uint64_t each = UINT64_C(1) << (WAY_BITS * (level - 1)); /* pages of one slot */
        for (uint64_t slot = first / each; slot < CAP_MEMFS_WAYS; slot++)
            cut(fs, &branch->slots[slot], level - 1, slot == first / each ? first % each : 0);
        if (first && !is_empty(branch)) return;
    } else {
        if (first) return;
        fs->used.pages--;
    }
    free(*at);
    *at = NULL;
}

void cap_memfs_pages_cut(cap_memfs *fs, cap_memfs_pages *pages, uint64_t first) {
    if (!reaches(pages->height, first)) return;
    cut(fs, &pages->top, pages->height, first);
    if (!pages->top) pages->height = 0;
}
