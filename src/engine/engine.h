/* The engine: modules, images, slots, calls, and the power to stop a guest.
 *
 *   cap_module   a guest's native code, loaded once, shared by all
 *   cap_image    linear memory as it was at some moment, a file that slots map copy-on-write
 *   cap_slot     one sandbox: 8 GiB of reserved addresses, an instance, a place to run
 *
 * A slot is used by one thread at a time, which must be one of cap_threads (it runs on a stack of ours). Only
 * cap_slot_stop and the watchdog touch it from elsewhere.
 */
#ifndef CAP_ENGINE_ENGINE_H
#define CAP_ENGINE_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/host.h"

#define CAP_SLOT_RESERVE (UINT64_C(8) << 30) /* 32-bit index + 32-bit offset stay below it */
#define CAP_STACK_BYTES (UINT64_C(60) << 20) /* native stack of a guest thread */
#define CAP_STACK_GUARD (UINT64_C(4) << 20)  /* inaccessible below it: wider than any frame of generated code */

/* ---- Modules ---- */

typedef struct cap_module cap_module;

/* Loads guest code from `path` and binds every import to one of `tables` (NULL-terminated list of tables); an import
 * that none offers, or with another signature, is an error. The caller has checked who may write the file. */
int cap_module_open(const char *path, const cap_host_function *const *tables, cap_module **ret_module,
                    capsule_error **error);
void cap_module_free(cap_module *module);
const char *cap_module_build(const cap_module *module); /* content hash of the code, for cache keys */
const char *cap_module_cpu(const cap_module *module);
uint32_t cap_module_initial_pages(const cap_module *module);
uint32_t cap_module_stack_pointer(const cap_module *module);

/* ---- Images ---- */

/* What slots of one image share, so that the next run of a slot is a reset and no mapping (source.h). */
typedef struct cap_image_source cap_image_source;

/* A mapped-to-be memory. The first `bytes` come from fd, the rest of `pages` is zero. */
typedef struct cap_image {
    int fd; /* borrowed by slots: must stay open as long as they use it */
    uint64_t bytes;
    uint32_t pages;         /* 64 KiB each */
    uint32_t stack_pointer; /* value of the guest's one mutable global */
    uint64_t monotonic_ns;  /* what the guest's monotonic and process clocks showed */
    uint64_t cpu_ns;
    cap_image_source *source; /* of this image; NULL: every load maps it */
} cap_image;

/* Of an image whose file does not change any more. NULL: out of memory, which costs no more than speed. It outlives the
 * image's fd; slots that were loaded from it hold a reference. */
cap_image_source *cap_image_source_create(const cap_image *image);
cap_image_source *cap_image_source_reference(cap_image_source *source);
void cap_image_source_free(cap_image_source *source); /* gives a reference back; NULL is fine */

/* ---- Slots ---- */

typedef struct cap_slot cap_slot;

/* Reserves the addresses of a sandbox. */
int cap_slot_create(cap_slot **ret_slot, capsule_error **error);
void cap_slot_free(cap_slot *slot);

/* Makes the slot a fresh sandbox: its memory is the image again, globals, counter and stop state are reset. ram_limit: most bytes of
 * linear memory. -1 with CAPSULE_MEMORY when the image alone is larger than ram_limit. */
int cap_slot_load(cap_slot *slot, const cap_module *module, const cap_image *image, uint64_t ram_limit,
                  capsule_error **error);

/* The source of the image the slot was last loaded from: loading it from there again is cheapest. */
const cap_image_source *cap_slot_source(const cap_slot *slot);
/* Whether this thread loaded it last: then what it wrote is likely in the caches of this thread's core. */
bool cap_slot_is_near(const cap_slot *slot);

/* What host functions of this slot get; its wasi and owner are the caller's to set before a call. */
cap_host *cap_slot_host(cap_slot *slot);

typedef enum cap_trap {
    CAP_TRAP_NONE = 0,
    CAP_TRAP_MEMORY,
    CAP_TRAP_UNREACHABLE,
    CAP_TRAP_ARITHMETIC,
    CAP_TRAP_CALL,
    CAP_TRAP_STACK,
    CAP_TRAP_STOPPED /* see stop */
} cap_trap;

/* How a call ended. */
typedef struct cap_outcome {
    cap_trap trap;
    cap_stop stop;      /* when trap is CAP_TRAP_STOPPED */
    int32_t stop_value; /* exit code of CAP_STOP_EXIT */
    uint32_t value;     /* result of the export when nothing trapped */
} cap_outcome;

/* Calls an export with up to two i32 arguments. -1: there is no such export (or it has another signature). */
int cap_slot_call(cap_slot *slot, const char *name, const uint32_t *arguments, size_t count, cap_outcome *ret_outcome,
                  capsule_error **error);

/* Asks the guest to end, from any thread; first reason wins. See cap_host_stop. */
void cap_slot_stop(cap_slot *slot, cap_stop reason, int32_t value);

uint64_t cap_slot_meter(const cap_slot *slot);          /* the counter; only while the guest does not run */
uint64_t cap_slot_memory_bytes(const cap_slot *slot);   /* size of the linear memory; it never shrinks: the peak */
bool cap_slot_growth_refused(const cap_slot *slot);     /* a memory.grow met the limit */
/* What an image of the slot would be now, but for fd, bytes and clocks. */
cap_image cap_slot_describe(const cap_slot *slot);
/* Writes the memory as a flat sparse file and describes it in *ret_image (fd is not set). 0 or -1 with errno. */
int cap_slot_write_image(const cap_slot *slot, int fd, cap_image *ret_image);

/* ---- Threads ---- */

typedef struct cap_threads cap_threads;
/* Threads with guest stacks, made when needed and kept for reuse. */
cap_threads *cap_threads_create(void);
/* Waits for all jobs, then ends the threads. */
void cap_threads_free(cap_threads *threads);
/* Runs job(argument) on one of them; never waits for a free one. */
int cap_threads_run(cap_threads *threads, void (*job)(void *argument), void *argument, capsule_error **error);
/* Runs job(argument) and returns when it is done: on a stack of ours on this very thread where that is possible, which
 * saves two switches between threads, else on a thread of ours. A job never jumps out of itself. */
int cap_threads_call(cap_threads *threads, void (*job)(void *argument), void *argument, capsule_error **error);
/* This thread's priority was lowered (cap_watchdog_lower_after) and cannot be raised again. */
bool cap_thread_lowered(void);

/* Code of others (callbacks) may look at the bounds of its thread's stack: runs job(argument) on the stack the thread came
 * from when it is on one of ours by cap_threads_call, else right here. */
void cap_stack_call_outside(void (*job)(void *argument), void *argument);

/* ---- Timers ---- */

/* A timer calls `due` once, at `when_ns` (CLOCK_MONOTONIC) or soon after, on the watchdog's thread, under its lock: it only hands
 * work over. */
typedef struct cap_timer {
    struct cap_timer *next;
    uint64_t when_ns;
    void (*due)(struct cap_timer *timer);
} cap_timer;
typedef struct cap_watchdog cap_watchdog;
void cap_timer_start(cap_watchdog *watchdog, cap_timer *timer);
/* After this the timer is not called any more; true: it has been. */
bool cap_timer_stop(cap_watchdog *watchdog, cap_timer *timer);

/* ---- Watchdog ---- */

int cap_watchdog_create(cap_watchdog **ret_watchdog, capsule_error **error);
void cap_watchdog_free(cap_watchdog *watchdog);

/* From now on a watched thread that has computed for so long (CPU time, ns) goes on with a lower priority until the end of
 * its watch, so that what is short does not queue behind what is long: the kernel shares the cores between threads, and
 * run tokens do not. */
void cap_watchdog_lower_after(cap_watchdog *watchdog, uint64_t cpu_ns);

/* Limits of one run; UINT64_MAX where there is none. */
typedef struct cap_watch_limits {
    uint64_t deadline_ns; /* CLOCK_MONOTONIC */
    uint64_t compute;     /* units of the counter */
    uint64_t cpu_ns;      /* of the calling thread */
    uint64_t cpu_start_ns; /* what the thread's CPU clock showed when that began to count; 0: now */
} cap_watch_limits;

/* Watches the slot from now on, on behalf of the calling thread (whose CPU clock counts), until cap_watch_end. */
void cap_watch_begin(cap_watchdog *watchdog, cap_slot *slot, const cap_watch_limits *limits);
/* After this nobody but the calling thread touches the slot. */
void cap_watch_end(cap_watchdog *watchdog, cap_slot *slot);

uint64_t cap_clock_monotonic_ns(void);

#endif
