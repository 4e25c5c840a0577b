/* Arguments and environment. */
#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/state.h"
#include "wasi/wire.h"

static uint32_t store_sizes(cap_host *host, const cap_strings *strings, uint32_t ret_count, uint32_t ret_size) {
    uint32_t error = cap_wire_store32(host, ret_count, strings->count);
    return error ? error : cap_wire_store32(host, ret_size, strings->size);
}

/* The strings at `buffer`, and at `pointers` where each begins. */
static uint32_t store_strings(cap_host *host, const cap_strings *strings, uint32_t pointers, uint32_t buffer) {
    uint8_t *slots = cap_memory_writable(host->memory, pointers, strings->count, 4);
    uint8_t *bytes = cap_memory_writable(host->memory, buffer, strings->size, 1);
    if (!slots || !bytes) return WASI_EFAULT;
    uint32_t offset = 0;
    for (uint32_t i = 0; i < strings->count; i++) {
        cap_wire_put32(slots + 4 * (size_t)i, buffer + offset);
        offset += (uint32_t)strlen(strings->bytes + offset) + 1;
    }
    memcpy(bytes, strings->bytes, strings->size);
    return WASI_OK;
}

/* args_sizes_get: number of arguments, and bytes they take with their NULs. */
uint32_t cap_wasi_args_sizes_get(cap_host *host, uint32_t ret_count, uint32_t ret_size) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_ARGUMENTS);
    return store_sizes(host, &host->wasi->arguments, ret_count, ret_size);
}

/* args_get: the arguments. */
uint32_t cap_wasi_args_get(cap_host *host, uint32_t pointers, uint32_t buffer) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_ARGUMENTS);
    return store_strings(host, &host->wasi->arguments, pointers, buffer);
}

/* environ_sizes_get: number of variables, and bytes they take with their NULs. */
uint32_t cap_wasi_environ_sizes_get(cap_host *host, uint32_t ret_count, uint32_t ret_size) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_ENVIRONMENT);
    return store_sizes(host, &host->wasi->environment, ret_count, ret_size);
}

/* environ_get: the variables, as "NAME=value". */
uint32_t cap_wasi_environ_get(cap_host *host, uint32_t pointers, uint32_t buffer) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_ENVIRONMENT);
    return store_strings(host, &host->wasi->environment, pointers, buffer);
}
