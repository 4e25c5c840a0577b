/* The second engine: wasmtime, for modules that are not ours. It checks by itself what the first engine does not: fuel and
 * epochs stop a guest that loops without touching memory.
 *
 *   cap_jit           compiler and settings, over the shared library
 *   cap_jit_module    a compiled module, its imports checked
 *   cap_jit_instance  one sandbox: store, linear memory, host functions bound
 *
 * The library is loaded when the first cap_jit is created and stays: nothing else of the process pays for it.
 *
 * An instance runs on a thread of cap_threads, whose signals are blocked and whose stack is ours; only
 * cap_jit_instance_stop touches it from elsewhere. Compiling belongs on such a thread too, because the compiler's own
 * threads inherit what is blocked there.
 */
#ifndef CAP_ENGINE_JIT_JIT_H
#define CAP_ENGINE_JIT_JIT_H

#include "engine/engine.h"

#define CAP_JIT_STACK_BYTES (UINT64_C(16) << 20) /* native stack of guest code; the rest of CAP_STACK_BYTES is the host's */
#define CAP_JIT_TABLE_ELEMENTS (INT64_C(1) << 20) /* of one table */
#define CAP_JIT_TABLES 8                          /* of one module */
#define CAP_JIT_TRACE_MAX (16u << 10)             /* bytes kept of a trap's stack trace */
#define CAP_JIT_VALUES_MAX 16u                    /* results of a function that can be called */
#define CAP_JIT_BUILD_MAX 96u                     /* bytes of cap_jit_build with its NUL */

typedef struct cap_jit_settings {
    bool fuel;          /* count fuel: code is compiled for it */
    bool deterministic; /* canonical NaNs, and what else WebAssembly leaves to the machine */
} cap_jit_settings;

typedef struct cap_jit cap_jit;

/* Loads the library at `path` when none was loaded yet; the caller has checked who may write it. CAPSULE_UNSUPPORTED when
 * it cannot be loaded. */
int cap_jit_create(const char *path, const cap_jit_settings *settings, cap_jit **ret_jit, capsule_error **error);
void cap_jit_free(cap_jit *jit);
/* What machine code depends on besides the module: version and settings. For cache keys. */
void cap_jit_build(const cap_jit_settings *settings, char ret_text[CAP_JIT_BUILD_MAX]);

typedef struct cap_jit_module cap_jit_module;

/* Compiles. CAPSULE_BUILD when the bytes are not a valid module. The cap_jit must outlive the module. */
int cap_jit_module_compile(cap_jit *jit, const void *wasm, size_t length, cap_jit_module **ret_module, capsule_error **error);
/* From what cap_jit_module_serialize gave; the caller vouches for the bytes. CAPSULE_CORRUPT when version or settings differ. */
int cap_jit_module_deserialize(cap_jit *jit, const void *code, size_t length, cap_jit_module **ret_module,
                               capsule_error **error);
/* Machine code to be kept; free(). */
int cap_jit_module_serialize(const cap_jit_module *module, char **ret_code, size_t *ret_length, capsule_error **error);
void cap_jit_module_free(cap_jit_module *module);

/* Binds every import to one of `tables` (NULL-terminated list of tables), by module, name and signature: CAPSULE_BUILD
 * names the first that none offers. Once, before an instance is made. */
int cap_jit_module_bind(cap_jit_module *module, const cap_host_function *const *tables, capsule_error **error);

/* What the module exports under a name. */
typedef enum cap_jit_export {
    CAP_JIT_NOTHING = 0,
    CAP_JIT_CALLABLE, /* a function without parameters, with numbers as results */
    CAP_JIT_OTHER     /* another function, a memory, ... */
} cap_jit_export;
cap_jit_export cap_jit_module_export(const cap_jit_module *module, const char *name);

typedef struct cap_jit_limits {
    uint64_t ram;  /* most bytes of linear memory */
    uint64_t fuel; /* with settings.fuel: units, one for about each instruction */
} cap_jit_limits;

typedef struct cap_jit_instance cap_jit_instance;

int cap_jit_instance_create(const cap_jit_module *module, const cap_jit_limits *limits, cap_jit_instance **ret_instance,
                            capsule_error **error);
void cap_jit_instance_free(cap_jit_instance *instance);
/* What host functions get; wasi and owner are the caller's to set before the start. */
cap_host *cap_jit_instance_host(cap_jit_instance *instance);

/* A number as a guest gives it. */
typedef struct cap_jit_value {
    char type; /* 'i', 'I', 'f', 'F' as in signatures */
    union {
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
    } of;
} cap_jit_value;

/* How a start or a call ended. */
typedef struct cap_jit_outcome {
    cap_trap trap;
    cap_stop stop;              /* when trap is CAP_TRAP_STOPPED; out of fuel is CAP_STOP_COMPUTE */
    int32_t stop_value;         /* exit code of CAP_STOP_EXIT */
    char *trace;                /* after other traps: where it happened, several lines; free(); NULL: not known */
    cap_jit_value values[CAP_JIT_VALUES_MAX]; /* results, when nothing trapped */
    size_t value_count;
} cap_jit_outcome;

/* Makes the memory and runs the module's start function. Once, before any call. CAPSULE_BUILD when it cannot be made, as
 * when its tables are too large. */
int cap_jit_instance_start(cap_jit_instance *instance, cap_jit_outcome *ret_outcome, capsule_error **error);
/* Calls an export that is CAP_JIT_CALLABLE. */
int cap_jit_instance_call(cap_jit_instance *instance, const char *name, cap_jit_outcome *ret_outcome, capsule_error **error);

/* Asks the guest to end, from any thread; first reason wins. See cap_host_stop. */
void cap_jit_instance_stop(cap_jit_instance *instance, cap_stop reason, int32_t value);

/* Used so far, at most one unit above the limit; 0 without settings.fuel. */
uint64_t cap_jit_instance_fuel(const cap_jit_instance *instance);
uint64_t cap_jit_instance_memory_bytes(const cap_jit_instance *instance); /* it never shrinks: the peak */
bool cap_jit_instance_growth_refused(const cap_jit_instance *instance);   /* memory would have passed the limit */

#endif
