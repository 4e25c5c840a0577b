/* One sandbox of the second engine: starting it, calling it, and every way out of it.
 *
 * Who may stop a guest, and how the races end:
 *
 *   guest thread                               stopper (deadline, cancel, a limit met in the host), holding `lock`
 *   ------------                               ------------------------------------------------------------------
 *   sets its epoch deadline to the next one    stop = reason (first wins); stopping = 1
 *   looks at `stopping`, enters the guest      writes stop_fd: waits of the host end
 *   guest code: epoch reached -> callback      next epoch
 *   callback: stopping -> trap, else goes on
 *   host call returns: stopping -> trap
 *
 * The stopper sets `stopping` before the epoch and the guest sets its deadline before it looks: one sees the other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/utf8.h"
#include "engine/jit/jit_internal.h"

/* ---- Stopping ---- */

static bool is_stopping(const cap_jit_instance *instance) {
    return __atomic_load_n(&instance->stopping, __ATOMIC_SEQ_CST) != 0;
}

void cap_jit_instance_stop(cap_jit_instance *instance, cap_stop reason, int32_t value) {
    const cap_jit *jit = instance->module->jit;
    pthread_mutex_lock(&instance->lock);
    if (instance->stop == CAP_STOP_NONE) {
        instance->stop = reason;
        instance->stop_value = value;
    }
    __atomic_store_n(&instance->stopping, 1, __ATOMIC_SEQ_CST);
    uint64_t one = 1;
    ssize_t ignored = write(instance->host.stop_fd, &one, sizeof one); /* EAGAIN: it is readable already */
    (void)ignored;
    jit->library->wasmtime_engine_increment_epoch(jit->engine);
    pthread_mutex_unlock(&instance->lock);
}

static void stop(void *sandbox, cap_stop reason, int32_t value) { cap_jit_instance_stop(sandbox, reason, value); }

static const cap_host_engine engine = {.stop = stop};

/* Another epoch began: this guest's or that of another instance of the same engine. */
static wasmtime_error_t *on_epoch(wasmtime_context_t *context, void *data, uint64_t *delta, wasmtime_update_deadline_kind_t *kind) {
    (void)context;
    const cap_jit_instance *instance = data;
    if (is_stopping(instance)) return instance->module->jit->library->wasmtime_error_new("stopped");
    *delta = 1;
    *kind = WASMTIME_UPDATE_DEADLINE_CONTINUE;
    return NULL;
}

/* ---- Host functions ---- */

/* One unit more than the limit is given to the store, so that nothing left means the limit was passed. Guest code looks at
 * its fuel at function entries and loop heads; between them it is compared at host calls and at the end, so that no effect
 * happens past the limit and the verdict is exact. */
static bool is_out_of_fuel(const cap_jit_instance *instance) {
    const cap_jit *jit = instance->module->jit;
    return jit->settings.fuel && cap_jit_instance_fuel(instance) > instance->fuel_limit;
}

static wasm_trap_t *on_import(void *environment, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t count) {
    (void)caller;
    const cap_jit_binding *binding = environment;
    cap_jit_instance *instance = binding->instance;
    const cap_host_function *function = binding->import->function;
    uint32_t answer = 0;
    if (is_out_of_fuel(instance)) cap_jit_instance_stop(instance, CAP_STOP_COMPUTE, 0);
    if (!is_stopping(instance)) answer = binding->import->shape(function->function, &instance->host, values);
    if (is_stopping(instance)) return instance->module->jit->library->wasmtime_trap_new("stopped", strlen("stopped"));
    if (count && function->signature[strlen(function->signature) - 1] != '>') values[0].i64 = (int64_t)answer;
    return NULL;
}

static int define(cap_jit_instance *instance, capsule_error **error) {
    const cap_jit_module *module = instance->module;
    const cap_jit_library *library = module->jit->library;
    size_t count = module->import_types.size;
    instance->bindings = calloc(count ? count : 1, sizeof *instance->bindings);
    if (!instance->bindings) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for imports");
    for (size_t i = 0; i < count; i++) {
        const cap_jit_import *import = &module->imports[i];
        const cap_host_function *function = import->function;
        instance->bindings[i] = (cap_jit_binding){.instance = instance, .import = import};
        bool again = false; /* a module may import one function several times */
        for (size_t k = 0; k < i && !again; k++) again = module->imports[k].function == function;
        if (again) continue;
        wasmtime_error_t *failure = library->wasmtime_linker_define_func_unchecked(
            instance->linker, function->module, strlen(function->module), function->name, strlen(function->name), import->type,
            on_import, &instance->bindings[i], NULL);
        if (failure) return cap_jit_library_error(library, failure, CAPSULE_FAULT, "cannot bind an import", error);
    }
    return 0;
}

/* ---- Making and freeing ---- */

static int prepare(cap_jit_instance *instance, const cap_jit_limits *limits, capsule_error **error) {
    const cap_jit *jit = instance->module->jit;
    const cap_jit_library *library = jit->library;
    instance->host.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (instance->host.stop_fd < 0) return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot create an eventfd for a sandbox");
    instance->store = library->wasmtime_store_new(jit->engine, NULL, NULL);
    instance->linker = library->wasmtime_linker_new(jit->engine);
    instance->context = library->wasmtime_store_context(instance->store);
    library->wasmtime_store_limiter(instance->store, -1, CAP_JIT_TABLE_ELEMENTS, 1, CAP_JIT_TABLES, 1);
    library->wasmtime_store_epoch_deadline_callback(instance->store, on_epoch, instance, NULL);
    if (jit->settings.fuel) {
        instance->fuel_limit = limits->fuel;
        wasmtime_error_t *failure = library->wasmtime_context_set_fuel(instance->context, limits->fuel + 1);
        if (failure) return cap_jit_library_error(library, failure, CAPSULE_FAULT, "cannot set the fuel", error);
    }
    return define(instance, error);
}

int cap_jit_instance_create(const cap_jit_module *module, const cap_jit_limits *limits, cap_jit_instance **ret_instance,
                            capsule_error **error) {
    cap_jit_instance *instance = calloc(1, sizeof *instance);
    if (!instance) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a sandbox");
    instance->module = module;
    instance->host = (cap_host){.memory = &instance->memory, .engine = &engine, .sandbox = instance,
                                .stopping = &instance->stopping, .stop_fd = -1};
    instance->backing = (cap_jit_memory){.seen = &instance->memory, .limit = limits->ram};
    pthread_mutex_init(&instance->lock, NULL);
    if (prepare(instance, limits, error) < 0) {
        cap_jit_instance_free(instance);
        return -1;
    }
    *ret_instance = instance;
    return 0;
}

void cap_jit_instance_free(cap_jit_instance *instance) {
    if (!instance) return;
    const cap_jit_library *library = instance->module->jit->library;
    if (instance->linker) library->wasmtime_linker_delete(instance->linker);
    if (instance->store) library->wasmtime_store_delete(instance->store);
    if (instance->host.stop_fd >= 0) close(instance->host.stop_fd);
    pthread_mutex_destroy(&instance->lock);
    free(instance->bindings);
    free(instance);
}

cap_host *cap_jit_instance_host(cap_jit_instance *instance) { return &instance->host; }

/* ---- Ends ---- */

static cap_trap trap_of(wasmtime_trap_code_t code) {
    switch (code) {
    case WASMTIME_TRAP_CODE_STACK_OVERFLOW: return CAP_TRAP_STACK;
    case WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED: return CAP_TRAP_UNREACHABLE;
    case WASMTIME_TRAP_CODE_INTEGER_OVERFLOW:
    case WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO:
    case WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER: return CAP_TRAP_ARITHMETIC;
    case WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS:
    case WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL:
    case WASMTIME_TRAP_CODE_BAD_SIGNATURE:
    case WASMTIME_TRAP_CODE_NULL_REFERENCE: return CAP_TRAP_CALL;
    default: return CAP_TRAP_MEMORY;
    }
}

/* The head of a trap's message, which tells the guest's functions. */
static char *keep_trace(const cap_jit_library *library, const wasm_trap_t *trap) {
    wasm_byte_vec_t text;
    library->wasm_trap_message(trap, &text);
    size_t length = text.size < CAP_JIT_TRACE_MAX ? text.size : CAP_JIT_TRACE_MAX;
    while (length && (text.data[length - 1] == '\0' || text.data[length - 1] == '\n')) length--;
    char *trace = strndup(text.data, cap_utf8_cut(text.data, length));
    library->wasm_byte_vec_delete(&text);
    return trace;
}

/* Judges a failure or trap (at most one is not NULL; both are taken). -1: a failure that neither the guest's run nor a stop
 * is to blame for; its code is `blame`. */
static int conclude(cap_jit_instance *instance, wasmtime_error_t *failure, wasm_trap_t *trap, capsule_code blame,
                    cap_jit_outcome *ret_outcome, capsule_error **error) {
    const cap_jit_library *library = instance->module->jit->library;
    wasmtime_trap_code_t code = WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED;
    *ret_outcome = (cap_jit_outcome){0};
    bool spent = !is_stopping(instance) && is_out_of_fuel(instance);
    if (spent) cap_jit_instance_stop(instance, CAP_STOP_COMPUTE, 0);
    if (trap) library->wasmtime_trap_code(trap, &code);
    pthread_mutex_lock(&instance->lock); /* a stopper may be at it this moment */
    bool stopped = (failure || trap || spent) && instance->stop != CAP_STOP_NONE;
    ret_outcome->stop = (cap_stop)instance->stop;
    ret_outcome->stop_value = instance->stop_value;
    pthread_mutex_unlock(&instance->lock);
    if (stopped) {
        ret_outcome->trap = CAP_TRAP_STOPPED;
    } else if (trap) {
        ret_outcome->trap = trap_of(code);
        ret_outcome->trace = keep_trace(library, trap);
    } else if (failure && instance->backing.refused) {
        ret_outcome->trap = CAP_TRAP_MEMORY;
    } else if (failure) {
        if (instance->backing.unmapped) blame = CAPSULE_MEMORY;
        return cap_jit_library_error(library, failure, blame, "the module cannot be run", error);
    }
    if (trap) library->wasm_trap_delete(trap);
    if (failure) library->wasmtime_error_delete(failure);
    return 0;
}

/* ---- Running ---- */

/* True when the guest may be entered; false: it was stopped before. */
static bool enter(cap_jit_instance *instance, cap_jit_outcome *ret_outcome) {
    instance->module->jit->library->wasmtime_context_set_epoch_deadline(instance->context, 1);
    if (!is_stopping(instance)) return true;
    pthread_mutex_lock(&instance->lock);
    *ret_outcome = (cap_jit_outcome){.trap = CAP_TRAP_STOPPED, .stop = (cap_stop)instance->stop, .stop_value = instance->stop_value};
    pthread_mutex_unlock(&instance->lock);
    return false;
}

int cap_jit_instance_start(cap_jit_instance *instance, cap_jit_outcome *ret_outcome, capsule_error **error) {
    const cap_jit_library *library = instance->module->jit->library;
    wasm_trap_t *trap = NULL;
    if (!enter(instance, ret_outcome)) return 0;
    cap_jit_memory_expect(&instance->backing);
    wasmtime_error_t *failure = library->wasmtime_linker_instantiate(instance->linker, instance->context,
                                                                     instance->module->module, &instance->instance, &trap);
    cap_jit_memory_expect(NULL);
    return conclude(instance, failure, trap, CAPSULE_BUILD, ret_outcome, error);
}

static cap_jit_value value_of(const wasmtime_val_t *value) {
    switch (value->kind) {
    case WASMTIME_I32: return (cap_jit_value){.type = 'i', .of.i32 = value->of.i32};
    case WASMTIME_I64: return (cap_jit_value){.type = 'I', .of.i64 = value->of.i64};
    case WASMTIME_F32: return (cap_jit_value){.type = 'f', .of.f32 = value->of.f32};
    default: return (cap_jit_value){.type = 'F', .of.f64 = value->of.f64};
    }
}

/* How many results the callable export has. */
static size_t result_count(const cap_jit_module *module, const char *name) {
    const cap_jit_library *library = module->jit->library;
    for (size_t i = 0; i < module->export_types.size; i++) {
        const wasm_name_t *found = library->wasm_exporttype_name(module->export_types.data[i]);
        if (found->size != strlen(name) || memcmp(found->data, name, found->size) != 0) continue;
        const wasm_externtype_t *type = library->wasm_exporttype_type(module->export_types.data[i]);
        return library->wasm_functype_results(library->wasm_externtype_as_functype_const(type))->size;
    }
    return 0;
}

int cap_jit_instance_call(cap_jit_instance *instance, const char *name, cap_jit_outcome *ret_outcome, capsule_error **error) {
    const cap_jit_library *library = instance->module->jit->library;
    wasmtime_extern_t item;
    wasmtime_val_t results[CAP_JIT_VALUES_MAX];
    wasm_trap_t *trap = NULL;
    if (cap_jit_module_export(instance->module, name) != CAP_JIT_CALLABLE ||
        !library->wasmtime_instance_export_get(instance->context, &instance->instance, name, strlen(name), &item))
        return cap_error_set(error, CAPSULE_BUILD, "the module exports no function %.100s without parameters", name);
    if (!enter(instance, ret_outcome)) return 0;
    size_t count = result_count(instance->module, name);
    wasmtime_error_t *failure = library->wasmtime_func_call(instance->context, &item.of.func, NULL, 0, results, count, &trap);
    if (conclude(instance, failure, trap, CAPSULE_FAULT, ret_outcome, error) < 0) return -1;
    if (ret_outcome->trap != CAP_TRAP_NONE) return 0;
    for (size_t i = 0; i < count; i++) ret_outcome->values[i] = value_of(&results[i]);
    ret_outcome->value_count = count;
    return 0;
}

/* ---- Usage ---- */

uint64_t cap_jit_instance_fuel(const cap_jit_instance *instance) {
    const cap_jit *jit = instance->module->jit;
    uint64_t left = 0;
    if (!jit->settings.fuel) return 0;
    wasmtime_error_t *failure = jit->library->wasmtime_context_get_fuel(instance->context, &left);
    if (failure) jit->library->wasmtime_error_delete(failure);
    return instance->fuel_limit + 1 - left;
}

uint64_t cap_jit_instance_memory_bytes(const cap_jit_instance *instance) { return instance->memory.size; }
bool cap_jit_instance_growth_refused(const cap_jit_instance *instance) { return instance->backing.refused; }
