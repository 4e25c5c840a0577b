/* malloc for guests: Doug Lea's allocator over memory.grow, in place of the one in zig's C library.
 *
 * That one rounds every block up to a power of two and never joins free blocks: a warm Python took 25.6 MB with it and
 * takes 16.4 MB with this, and a list that grows to 33 MB would hold twice as much. Memory is what a task is limited
 * by, so this matters more than the last bit of speed.
 *
 * A guest compiles this file with dlmalloc's malloc.c (third_party/dlmalloc.ini) on its include path. The upstream file
 * keeps its own names, prefixed, so that the compiler does not take its inner calls for the malloc it knows. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "allocator.h"

#define WASM_PAGE 65536u

/* Linear memory only grows; a refusal is the task's memory limit. */
static void *grow_memory(ptrdiff_t bytes) {
    if (bytes < 0) return (void *)UINTPTR_MAX;
    size_t pages = ((size_t)bytes + WASM_PAGE - 1) / WASM_PAGE;
    size_t before = pages ? __builtin_wasm_memory_grow(0, pages) : __builtin_wasm_memory_size(0);
    return before == SIZE_MAX ? (void *)UINTPTR_MAX : (void *)(before * WASM_PAGE);
}

#define MORECORE grow_memory
#define MORECORE_CANNOT_TRIM 1
#define DEFAULT_GRANULARITY WASM_PAGE
#define HAVE_MMAP 0
#define MALLOC_ALIGNMENT 16
#define malloc_getpagesize WASM_PAGE
#define ABORT __builtin_trap()
#define LACKS_TIME_H 1
#define LACKS_UNISTD_H 1
#define LACKS_SYS_PARAM_H 1
#define NO_MALLINFO 1
#define NO_MALLOC_STATS 1
#define USE_DL_PREFIX 1
#define DLMALLOC_EXPORT static inline

static size_t dlmalloc_usable_size(void *block);
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <dlmalloc/malloc.c>
#pragma clang diagnostic pop

void *malloc(size_t size) { return dlmalloc(size); }
void free(void *block) { dlfree(block); }
void *calloc(size_t count, size_t size) { return dlcalloc(count, size); }
void *realloc(void *block, size_t size) { return dlrealloc(block, size); }
void *memalign(size_t alignment, size_t size) { return dlmemalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return dlmemalign(alignment, size); }
int posix_memalign(void **ret_block, size_t alignment, size_t size) { return dlposix_memalign(ret_block, alignment, size); }
size_t malloc_usable_size(void *block) { return dlmalloc_usable_size(block); }

/* Free blocks from here on are worth keeping: a run that allocates out of one stays in few pages. */
#define SEALED_MAX ((size_t)16384)

/* Size of the smallest free chunk among the larger ones, which are kept in trees; 0: none. */
static size_t smallest_in_trees(void) {
    if (!gm->treemap) return 0;
    bindex_t index;
    binmap_t bit = least_bit(gm->treemap);
    compute_bit2idx(bit, index);
    size_t smallest = SIZE_MAX;
    for (tchunkptr t = *treebin_at(gm, index); t; t = leftmost_child(t))
        if (chunksize(t) < smallest) smallest = chunksize(t);
    return smallest;
}

/* Size of the smallest free chunk; 0: none. */
static size_t smallest_free(void) {
    if (gm->smallmap) {
        bindex_t index;
        binmap_t bit = least_bit(gm->smallmap);
        compute_bit2idx(bit, index);
        return small_index2size(index);
    }
    size_t size = smallest_in_trees();
    return gm->dvsize && (!size || gm->dvsize < size) ? gm->dvsize : size;
}

void cap_heap_seal(size_t most) {
    for (size_t size; (size = smallest_free()) > 0 && size < SEALED_MAX && size <= most; most -= size)
        if (!dlmalloc(size - CHUNK_OVERHEAD)) return;
}
