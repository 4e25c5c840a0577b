/* What the files of the second engine share. */
#ifndef CAP_ENGINE_JIT_INTERNAL_H
#define CAP_ENGINE_JIT_INTERNAL_H

#include <pthread.h>

#include "engine/jit/jit.h"
#include "engine/jit/library.h"

struct cap_jit {
    const cap_jit_library *library;
    wasm_engine_t *engine;
    cap_jit_settings settings;
};

/* Calls a host function of one signature with a guest's values. */
typedef uint32_t cap_jit_shape(void (*function)(void), cap_host *host, const wasmtime_val_raw_t *values);

/* One import and what serves it. */
typedef struct cap_jit_import {
    const cap_host_function *function;
    cap_jit_shape *shape;
    const wasm_functype_t *type; /* of the module's import list */
} cap_jit_import;

struct cap_jit_module {
    cap_jit *jit;
    wasmtime_module_t *module;
    wasm_importtype_vec_t import_types;
    wasm_exporttype_vec_t export_types;
    cap_jit_import *imports; /* import_types.size of them, once bound */
};

/* A linear memory as wasmtime asks for it: the guest sees [base, base + size) of it.
 *
 *   mapping     base                base + size             base + reserved             mapping + length
 *   | guard ... | accessible ...... | inaccessible ........ | guard ................... |
 */
typedef struct cap_jit_memory {
    const cap_jit_library *library;
    cap_memory *seen; /* by host functions: base and size */
    uint8_t *mapping;
    size_t length, reserved;
    uint64_t limit;
    bool refused;  /* a growth, or the memory the module begins with */
    bool unmapped; /* the host has no addresses for it */
} cap_jit_memory;

/* One bound import of one instance. */
typedef struct cap_jit_binding {
    struct cap_jit_instance *instance;
    const cap_jit_import *import;
} cap_jit_binding;

struct cap_jit_instance {
    const cap_jit_module *module;
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    wasmtime_linker_t *linker;
    wasmtime_instance_t instance;
    cap_jit_binding *bindings;
    cap_memory memory;
    cap_jit_memory backing;
    cap_host host;
    uint64_t fuel_limit;
    pthread_mutex_t lock; /* serialises stoppers */
    uint32_t stop;        /* enum cap_stop; under the lock */
    int32_t stop_value;
    uint32_t stopping;    /* only by __atomic operations */
};

/* The signature of a function type as cap_host_function spells it, like "iI>i"; '?' for what is no number. */
#define CAP_JIT_SIGNATURE_MAX 64u
void cap_jit_signature(const cap_jit_library *library, const wasm_functype_t *type, char ret_text[CAP_JIT_SIGNATURE_MAX]);
/* How to call a host function of this signature; NULL: nobody has written that. */
cap_jit_shape *cap_jit_shape_find(const char *signature);

/* The memory of the instance that is being started on this thread. */
void cap_jit_memory_install(wasm_config_t *config, const cap_jit_library *library);
void cap_jit_memory_expect(cap_jit_memory *memory);

#endif
