/* Linear memories of the second engine. They are made here and not by wasmtime, so that the limit is ours, that a refused
 * growth is known (it tells running out of memory from any other abort), and that host functions see where the memory is
 * without asking.
 *
 * wasmtime names no instance when it asks for a memory, but asks on the thread that starts it. */
#include <stdlib.h>
#include <sys/mman.h>

#include "engine/jit/jit_internal.h"

static __thread cap_jit_memory *expected;

void cap_jit_memory_expect(cap_jit_memory *memory) { expected = memory; }

static uint8_t *get(void *environment, size_t *ret_size, size_t *ret_capacity) {
    const cap_jit_memory *memory = environment;
    *ret_size = (size_t)memory->seen->size;
    *ret_capacity = memory->reserved;
    return memory->seen->base;
}

static int open_up_to(cap_jit_memory *memory, size_t size) {
    if (size > memory->limit || size > memory->reserved) {
        memory->refused = true;
        return -1;
    }
    size_t before = (size_t)memory->seen->size;
    if (size > before && mprotect(memory->seen->base + before, size - before, PROT_READ | PROT_WRITE) < 0) {
        memory->refused = true;
        return -1;
    }
    memory->seen->size = size;
    return 0;
}

static wasmtime_error_t *grow(void *environment, size_t size) {
    cap_jit_memory *memory = environment;
    return open_up_to(memory, size) == 0 ? NULL : memory->library->wasmtime_error_new("the memory limit is reached");
}

static void release(void *environment) {
    cap_jit_memory *memory = environment;
    munmap(memory->mapping, memory->length);
    memory->mapping = NULL;
    memory->seen->base = NULL; /* its size stays: it is what was used */
}

static wasmtime_error_t *make(void *environment, const wasm_memorytype_t *type, size_t least, size_t most, size_t reserved,
                              size_t guard, wasmtime_linear_memory_t *ret_memory) {
    (void)type;
    (void)most; /* wasmtime does not ask to grow beyond it */
    const cap_jit_library *library = environment;
    cap_jit_memory *memory = expected;
    if (!memory || memory->mapping) return library->wasmtime_error_new("one memory is all there is");
    memory->library = library;
    if (reserved < least) reserved = least;
    memory->reserved = reserved;
    memory->length = guard + reserved + guard;
    void *mapping = mmap(NULL, memory->length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    memory->unmapped = mapping == MAP_FAILED;
    if (memory->unmapped) return library->wasmtime_error_new("no addresses are left for the memory");
    memory->mapping = mapping;
    memory->seen->base = memory->mapping + guard;
    memory->seen->size = 0;
    if (open_up_to(memory, least) < 0) {
        release(memory);
        return library->wasmtime_error_new("the memory the module begins with is larger than the limit");
    }
    *ret_memory = (wasmtime_linear_memory_t){.env = memory, .get_memory = get, .grow_memory = grow, .finalizer = release};
    return NULL;
}

void cap_jit_memory_install(wasm_config_t *config, const cap_jit_library *library) {
    wasmtime_memory_creator_t creator = {.env = (void *)(uintptr_t)library, .new_memory = make};
    library->wasmtime_config_host_memory_creator_set(config, &creator);
    library->wasmtime_config_memory_init_cow_set(config, false); /* maps images into memories of its own making alone */
}
