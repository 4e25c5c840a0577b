/* wasmtime's C interface, looked up in the shared library instead of linked. For src/engine/jit alone. */
#ifndef CAP_ENGINE_JIT_LIBRARY_H
#define CAP_ENGINE_JIT_LIBRARY_H

#include <wasmtime.h>

#include "base/error.h"

/* Every function that is used, and nothing else. */
#define CAP_JIT_FUNCTIONS(X)                                                                                        \
    X(wasm_byte_vec_delete)                                                                                         \
    X(wasm_config_new)                                                                                              \
    X(wasm_engine_delete)                                                                                           \
    X(wasm_engine_new_with_config)                                                                                  \
    X(wasm_exporttype_name)                                                                                         \
    X(wasm_exporttype_type)                                                                                         \
    X(wasm_exporttype_vec_delete)                                                                                   \
    X(wasm_externtype_as_functype_const)                                                                            \
    X(wasm_functype_delete)                                                                                         \
    X(wasm_functype_params)                                                                                         \
    X(wasm_functype_results)                                                                                        \
    X(wasm_importtype_module)                                                                                       \
    X(wasm_importtype_name)                                                                                         \
    X(wasm_importtype_type)                                                                                         \
    X(wasm_importtype_vec_delete)                                                                                   \
    X(wasm_trap_delete)                                                                                             \
    X(wasm_trap_message)                                                                                            \
    X(wasm_valtype_kind)                                                                                            \
    X(wasmtime_config_async_stack_size_set)                                                                         \
    X(wasmtime_config_consume_fuel_set)                                                                             \
    X(wasmtime_config_cranelift_nan_canonicalization_set)                                                           \
    X(wasmtime_config_epoch_interruption_set)                                                                       \
    X(wasmtime_config_host_memory_creator_set)                                                                      \
    X(wasmtime_config_max_wasm_stack_set)                                                                           \
    X(wasmtime_config_memory_init_cow_set)                                                                          \
    X(wasmtime_config_shared_memory_set)                                                                            \
    X(wasmtime_config_wasm_component_model_set)                                                                     \
    X(wasmtime_config_wasm_exceptions_set)                                                                          \
    X(wasmtime_config_wasm_function_references_set)                                                                 \
    X(wasmtime_config_wasm_gc_set)                                                                                  \
    X(wasmtime_config_wasm_memory64_set)                                                                            \
    X(wasmtime_config_wasm_multi_memory_set)                                                                        \
    X(wasmtime_config_wasm_relaxed_simd_deterministic_set)                                                          \
    X(wasmtime_config_wasm_threads_set)                                                                             \
    X(wasmtime_context_get_fuel)                                                                                    \
    X(wasmtime_context_set_epoch_deadline)                                                                          \
    X(wasmtime_context_set_fuel)                                                                                    \
    X(wasmtime_engine_increment_epoch)                                                                              \
    X(wasmtime_error_delete)                                                                                        \
    X(wasmtime_error_message)                                                                                       \
    X(wasmtime_error_new)                                                                                           \
    X(wasmtime_func_call)                                                                                           \
    X(wasmtime_instance_export_get)                                                                                 \
    X(wasmtime_linker_define_func_unchecked)                                                                        \
    X(wasmtime_linker_delete)                                                                                       \
    X(wasmtime_linker_instantiate)                                                                                  \
    X(wasmtime_linker_new)                                                                                          \
    X(wasmtime_module_delete)                                                                                       \
    X(wasmtime_module_deserialize)                                                                                  \
    X(wasmtime_module_exports)                                                                                      \
    X(wasmtime_module_imports)                                                                                      \
    X(wasmtime_module_new)                                                                                          \
    X(wasmtime_module_serialize)                                                                                    \
    X(wasmtime_store_context)                                                                                       \
    X(wasmtime_store_delete)                                                                                        \
    X(wasmtime_store_epoch_deadline_callback)                                                                       \
    X(wasmtime_store_limiter)                                                                                       \
    X(wasmtime_store_new)                                                                                           \
    X(wasmtime_trap_code)                                                                                           \
    X(wasmtime_trap_new)

#define CAP_JIT_MEMBER(name) __typeof__(name) *name;
typedef struct cap_jit_library {
    CAP_JIT_FUNCTIONS(CAP_JIT_MEMBER)
} cap_jit_library;
#undef CAP_JIT_MEMBER

/* The functions of the library at `path`, or of the one that is loaded already. NULL with *error CAPSULE_UNSUPPORTED. */
const cap_jit_library *cap_jit_library_open(const char *path, capsule_error **error);

/* Takes wasmtime's error: *error becomes "context: its text" in one line. Answers -1. */
int cap_jit_library_error(const cap_jit_library *library, wasmtime_error_t *failure, capsule_code code, const char *context,
                          capsule_error **error);

#endif
