/* malloc and its family, counted and made to fail. The C library calls them through the same names, so its own
 * allocations (of opendir, asprintf, dlopen, threads) are sites too. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "inject.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

long inject_memory_live(void) { return 0; }
bool inject_memory_available(void) { return false; }

#else

#pragma GCC visibility push(default) /* or libc would go on with its own */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);
void free(void *memory);
int posix_memalign(void **ret_memory, size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

static atomic_long live;

long inject_memory_live(void) { return atomic_load(&live); }
bool inject_memory_available(void) { return true; }

/* System calls are the sites when their supervisor is there (failed_call is not -1). */
static bool fails(void) {
    if (!inject || !atomic_load(&inject->armed) || atomic_load(&inject->failed_call) != -1) return false;
    if (atomic_fetch_add(&inject->counted, 1) + 1 != atomic_load(&inject->fail_at)) return false;
    errno = ENOMEM;
    return true;
}

static void *count(void *memory) {
    if (memory) atomic_fetch_add(&live, 1);
    return memory;
}

void *malloc(size_t size) { return fails() ? NULL : count(__libc_malloc(size)); }
void *calloc(size_t items, size_t size) { return fails() ? NULL : count(__libc_calloc(items, size)); }

void *realloc(void *old, size_t size) {
    if (!old) return malloc(size);
    if (size && fails()) return NULL;
    void *memory = __libc_realloc(old, size);
    if (!size) atomic_fetch_sub(&live, 1);
    return memory;
}

void free(void *memory) {
    if (memory) atomic_fetch_sub(&live, 1);
    __libc_free(memory);
}

void *memalign(size_t alignment, size_t size) { return fails() ? NULL : count(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **ret_memory, size_t alignment, size_t size) {
    void *memory = memalign(alignment, size);
    if (memory) *ret_memory = memory;
    return memory ? 0 : ENOMEM;
}

#pragma GCC visibility pop
#endif
