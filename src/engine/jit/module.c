/* Compiling, and what a module imports and exports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "engine/jit/jit_internal.h"

#define NAME_SHOWN 100 /* bytes of a name in an error */

/* ---- The compiler ---- */

/* Part of the key of kept code: to be changed with what configure() does. */
#define CONFIGURATION "1"

void cap_jit_build(const cap_jit_settings *settings, char ret_text[CAP_JIT_BUILD_MAX]) {
    snprintf(ret_text, CAP_JIT_BUILD_MAX, "wasmtime %s configuration %s fuel %d deterministic %d", WASMTIME_VERSION,
             CONFIGURATION, settings->fuel, settings->deterministic);
}

/* What a module may use: all of WebAssembly 2.0 and what else needs no store of its own. Garbage-collected objects and
 * exceptions live outside the linear memory, where no limit of ours counts them. */
static void configure(const cap_jit_library *library, wasm_config_t *config, const cap_jit_settings *settings) {
    library->wasmtime_config_consume_fuel_set(config, settings->fuel);
    library->wasmtime_config_epoch_interruption_set(config, true);
    library->wasmtime_config_async_stack_size_set(config, CAP_JIT_STACK_BYTES); /* not used, but may not be less */
    library->wasmtime_config_max_wasm_stack_set(config, CAP_JIT_STACK_BYTES);
    library->wasmtime_config_cranelift_nan_canonicalization_set(config, settings->deterministic);
    library->wasmtime_config_wasm_relaxed_simd_deterministic_set(config, settings->deterministic);
    library->wasmtime_config_wasm_threads_set(config, false);
    library->wasmtime_config_shared_memory_set(config, false);
    library->wasmtime_config_wasm_gc_set(config, false);
    library->wasmtime_config_wasm_function_references_set(config, false);
    library->wasmtime_config_wasm_exceptions_set(config, false);
    library->wasmtime_config_wasm_memory64_set(config, false);
    library->wasmtime_config_wasm_multi_memory_set(config, false);
    library->wasmtime_config_wasm_component_model_set(config, false);
    cap_jit_memory_install(config, library);
}

int cap_jit_create(const char *path, const cap_jit_settings *settings, cap_jit **ret_jit, capsule_error **error) {
    const cap_jit_library *library = cap_jit_library_open(path, error);
    if (!library) return -1;
    cap_jit *jit = calloc(1, sizeof *jit);
    if (!jit) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the engine");
    jit->library = library;
    jit->settings = *settings;
    wasm_config_t *config = library->wasm_config_new();
    configure(library, config, settings);
    jit->engine = library->wasm_engine_new_with_config(config);
    if (!jit->engine) {
        free(jit);
        return cap_error_set(error, CAPSULE_UNSUPPORTED, "the engine for WebAssembly modules does not start");
    }
    *ret_jit = jit;
    return 0;
}

void cap_jit_free(cap_jit *jit) {
    if (!jit) return;
    jit->library->wasm_engine_delete(jit->engine);
    free(jit);
}

/* ---- Modules ---- */

static int adopt(cap_jit *jit, wasmtime_module_t *compiled, cap_jit_module **ret_module, capsule_error **error) {
    cap_jit_module *module = calloc(1, sizeof *module);
    if (!module) {
        jit->library->wasmtime_module_delete(compiled);
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a module");
    }
    module->jit = jit;
    module->module = compiled;
    jit->library->wasmtime_module_imports(compiled, &module->import_types);
    jit->library->wasmtime_module_exports(compiled, &module->export_types);
    *ret_module = module;
    return 0;
}

int cap_jit_module_compile(cap_jit *jit, const void *wasm, size_t length, cap_jit_module **ret_module, capsule_error **error) {
    wasmtime_module_t *compiled = NULL;
    wasmtime_error_t *failure = jit->library->wasmtime_module_new(jit->engine, wasm, length, &compiled);
    if (failure) return cap_jit_library_error(jit->library, failure, CAPSULE_BUILD, "not a valid WebAssembly module", error);
    return adopt(jit, compiled, ret_module, error);
}

int cap_jit_module_deserialize(cap_jit *jit, const void *code, size_t length, cap_jit_module **ret_module,
                               capsule_error **error) {
    wasmtime_module_t *compiled = NULL;
    wasmtime_error_t *failure = jit->library->wasmtime_module_deserialize(jit->engine, code, length, &compiled);
    if (failure) return cap_jit_library_error(jit->library, failure, CAPSULE_CORRUPT, "kept machine code", error);
    return adopt(jit, compiled, ret_module, error);
}

int cap_jit_module_serialize(const cap_jit_module *module, char **ret_code, size_t *ret_length, capsule_error **error) {
    const cap_jit_library *library = module->jit->library;
    wasm_byte_vec_t bytes;
    wasmtime_error_t *failure = library->wasmtime_module_serialize(module->module, &bytes);
    if (failure) return cap_jit_library_error(library, failure, CAPSULE_FAULT, "machine code cannot be kept", error);
    char *copy = malloc(bytes.size ? bytes.size : 1);
    if (copy) memcpy(copy, bytes.data, bytes.size);
    *ret_length = bytes.size;
    library->wasm_byte_vec_delete(&bytes);
    if (!copy) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for machine code");
    *ret_code = copy;
    return 0;
}

void cap_jit_module_free(cap_jit_module *module) {
    if (!module) return;
    const cap_jit_library *library = module->jit->library;
    free(module->imports);
    library->wasm_importtype_vec_delete(&module->import_types);
    library->wasm_exporttype_vec_delete(&module->export_types);
    library->wasmtime_module_delete(module->module);
    free(module);
}

/* ---- Imports ---- */

static bool is_named(const wasm_name_t *name, const char *text) {
    return name && name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

/* Up to NAME_SHOWN bytes of a name, for "%.*s". */
static int shown(const wasm_name_t *name) { return name->size < NAME_SHOWN ? (int)name->size : NAME_SHOWN; }

static const cap_host_function *find(const cap_host_function *const *tables, const wasm_name_t *module, const wasm_name_t *name) {
    for (; *tables; tables++)
        for (const cap_host_function *function = *tables; function->module; function++)
            if (is_named(module, function->module) && is_named(name, function->name)) return function;
    return NULL;
}

static int refuse(const wasm_name_t *module, const wasm_name_t *name, const char *why, capsule_error **error) {
    return cap_error_set(error, CAPSULE_BUILD, "import %.*s.%.*s: %s", shown(module), module->data, shown(name), name->data, why);
}

static int bind(const cap_jit_library *library, const wasm_importtype_t *type, const cap_host_function *const *tables,
                cap_jit_import *ret_import, capsule_error **error) {
    const wasm_name_t *module = library->wasm_importtype_module(type), *name = library->wasm_importtype_name(type);
    const wasm_functype_t *function_type = library->wasm_externtype_as_functype_const(library->wasm_importtype_type(type));
    const cap_host_function *function = find(tables, module, name);
    char signature[CAP_JIT_SIGNATURE_MAX];
    if (!function && is_named(module, "wasi_unstable"))
        return refuse(module, name, "the draft before WASI preview 1; compile it for wasi_snapshot_preview1", error);
    if (!function) return refuse(module, name, "there is no such thing here; wasi_snapshot_preview1 is what a module may import", error);
    if (!function_type) return refuse(module, name, "is a function here", error);
    cap_jit_signature(library, function_type, signature);
    if (strcmp(signature, function->signature) != 0) return refuse(module, name, "has another signature here", error);
    *ret_import = (cap_jit_import){.function = function, .shape = cap_jit_shape_find(signature), .type = function_type};
    if (!ret_import->shape) return cap_error_set(error, CAPSULE_FAULT, "no caller for the signature %s", signature);
    return 0;
}

int cap_jit_module_bind(cap_jit_module *module, const cap_host_function *const *tables, capsule_error **error) {
    size_t count = module->import_types.size;
    module->imports = calloc(count ? count : 1, sizeof *module->imports);
    if (!module->imports) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for imports");
    for (size_t i = 0; i < count; i++)
        if (bind(module->jit->library, module->import_types.data[i], tables, &module->imports[i], error) < 0) return -1;
    return 0;
}

/* ---- Exports ---- */

static bool is_callable(const cap_jit_library *library, const wasm_externtype_t *type) {
    const wasm_functype_t *function = library->wasm_externtype_as_functype_const(type);
    char signature[CAP_JIT_SIGNATURE_MAX];
    if (!function || library->wasm_functype_results(function)->size > CAP_JIT_VALUES_MAX) return false;
    cap_jit_signature(library, function, signature);
    return signature[0] == '>' && !strchr(signature, '?');
}

cap_jit_export cap_jit_module_export(const cap_jit_module *module, const char *name) {
    const cap_jit_library *library = module->jit->library;
    for (size_t i = 0; i < module->export_types.size; i++) {
        const wasm_exporttype_t *type = module->export_types.data[i];
        if (!is_named(library->wasm_exporttype_name(type), name)) continue;
        return is_callable(library, library->wasm_exporttype_type(type)) ? CAP_JIT_CALLABLE : CAP_JIT_OTHER;
    }
    return CAP_JIT_NOTHING;
}
