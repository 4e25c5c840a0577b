/* What the host side of an import sees of its guest: memory, the power to stop it, and the owner's contexts.
 *
 * Host functions have the signature `uint32_t f(cap_host *host, ...)` with uint32_t/uint64_t (float/double) parameters
 * as the guest's import declares them. They run on the guest's thread and native stack, with at least
 * CAP_HOST_STACK_RESERVE bytes of it left, in host mode: the watchdog does not revoke the memory meanwhile.
 * They never jump out: to end the guest they call cap_host_stop and return; the guest traps instead of continuing.
 * They never re-enter the guest.
 */
#ifndef CAP_ENGINE_HOST_H
#define CAP_ENGINE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#define CAP_HOST_STACK_RESERVE (256u * 1024u) /* bytes of native stack every host call may count on */
#define CAP_WASM_PAGE 65536u

/* Why a guest was made to stop. The first reason wins. */
typedef enum cap_stop {
    CAP_STOP_NONE = 0,
    CAP_STOP_EXIT,      /* proc_exit; the code is kept beside it */
    CAP_STOP_TIMEOUT,   /* wall clock */
    CAP_STOP_COMPUTE,   /* counter above its limit */
    CAP_STOP_CPU,       /* CPU seconds */
    CAP_STOP_CANCELLED, /* by the caller */
    CAP_STOP_OUTPUT,    /* stdout + stderr above the limit */
    CAP_STOP_RESULT,    /* result above its limit */
    CAP_STOP_DONE,      /* a final report that ends the run at once */
    CAP_STOP_FAULT      /* the host itself failed (out of memory, I/O error of its own) */
} cap_stop;

/* Guest linear memory. `size` only grows during a run (memory.grow, on the guest's own thread). */
typedef struct cap_memory cap_memory;
struct cap_memory {
    uint8_t *base;
    uint64_t size; /* bytes now readable, a multiple of CAP_WASM_PAGE */
    /* Makes a range inside it writable for the host, NULL when all of it always is. False: it cannot be. */
    bool (*open)(cap_memory *memory, uint64_t offset, uint64_t bytes);
};

/* What differs between the engines. */
typedef struct cap_host_engine {
    void (*stop)(void *sandbox, cap_stop reason, int32_t value); /* see cap_host_stop */
} cap_host_engine;

typedef struct cap_host cap_host;
struct cap_host {
    cap_memory *memory;
    struct cap_wasi *wasi; /* the run's WASI state */
    void *owner;           /* the run itself (src/task) */
    const cap_host_engine *engine;
    void *sandbox;            /* the engine's own: a cap_slot, a cap_jit_instance */
    const uint32_t *stopping; /* the engine's word: not 0 once a stop was asked for; read atomically */
    int stop_fd;              /* eventfd, readable once a stop was asked for: every wait of the host polls it too */
};

/* Asks the guest of `host` to end (from any thread; takes a lock, so not from a signal handler; first reason wins). On the guest's own thread
 * the guest traps as soon as the current host function returns. `value`: exit code for CAP_STOP_EXIT. */
void cap_host_stop(cap_host *host, cap_stop reason, int32_t value);

/* True once a stop was asked for: long host loops look at it. */
bool cap_host_stopping(const cap_host *host);

/* The two ways to guest memory: address of `count` items of `size` bytes at guest address `pointer`, or NULL when any
 * of them lies outside. 64-bit arithmetic; count x size cannot overflow for 32-bit inputs. A zero-length range inside
 * or at the end of memory is fine. No alignment is promised: copy with memcpy. What cap_memory_at answers can be read
 * alone, and must not be cast: the memory behind it may be write-protected. */
static inline const void *cap_memory_at(const cap_memory *memory, uint32_t pointer, uint32_t count, uint32_t size) {
    uint64_t bytes = (uint64_t)count * size;
    if (bytes > memory->size || (uint64_t)pointer > memory->size - bytes) return 0;
    return memory->base + pointer;
}

/* The same to be written, by the host or by a system call, until the guest runs again. */
static inline void *cap_memory_writable(cap_memory *memory, uint32_t pointer, uint32_t count, uint32_t size) {
    uint64_t bytes = (uint64_t)count * size;
    if (!cap_memory_at(memory, pointer, count, size)) return 0;
    if (memory->open && !memory->open(memory, pointer, bytes)) return 0;
    return memory->base + pointer;
}

/* One importable host function: module, name, signature like "iiI>i" (i = i32, I = i64, f = f32, F = f64; after
 * '>' the result, nothing for none), and the function. Tables end with a NULL module. */
typedef struct cap_host_function {
    const char *module;
    const char *name;
    const char *signature;
    void (*function)(void);
} cap_host_function;

#endif
