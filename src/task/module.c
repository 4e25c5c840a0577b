#include "task/module.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/policy.h"
#include "task/envelope.h"
#include "task/result.h"

#define VALUE_MAX 1024u /* bytes of an answer's JSON text */

/* What the execution came to, from the guest thread to the caller's. */
typedef struct execution {
    capsule_module *module;
    cap_verdict verdict;
    uint64_t fuel, ram, cpu_ns, duration_ns;
} execution;

/* ---- Handles ---- */

static void free_words(char **words) {
    for (size_t i = 0; words && words[i]; i++) free(words[i]);
    free(words);
}

void capsule_module_free(capsule_module *module) {
    if (!module) return;
    cap_jit_module_free(module->code);
    cap_jit_free(module->jit);
    cap_capture_clear(&module->capture);
    for (size_t i = 0; i < module->mount_count; i++) {
        close(module->mounts[i].host_fd);
        free((char *)module->mounts[i].preopen);
    }
    free_words(module->argv);
    free_words(module->environment);
    free(module->invoke);
    free(module->name);
    pthread_cond_destroy(&module->changed);
    pthread_mutex_destroy(&module->lock);
    capsule_runtime_free(module->runtime);
    free(module);
}

static void init_lock(capsule_module *module) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&module->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&module->lock, NULL);
}

int capsule_module_load(capsule_runtime *runtime, const char *path, const capsule_module_options *options,
                        capsule_module **ret_module, capsule_error **error) {
    capsule_module_options given = CAPSULE_MODULE_OPTIONS_INIT;
    if (options) memcpy(&given, options, options->size < sizeof given ? options->size : sizeof given);
    capsule_module *module = calloc(1, sizeof *module);
    if (!module) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a module");
    module->runtime = cap_runtime_reference(runtime);
    module->deadline_ns = UINT64_MAX;
    module->name = strdup(path);
    init_lock(module);
    int status = module->name ? cap_module_configure(module, &given, error)
                              : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a module");
    if (status == 0) status = cap_module_prepare(module, path, error);
    if (status < 0) {
        capsule_module_free(module);
        return -1;
    }
    cap_capture_init(&module->capture, module->output_limit);
    *ret_module = module;
    return 0;
}

void capsule_module_cancel(capsule_module *module) {
    pthread_mutex_lock(&module->lock);
    __atomic_store_n(&module->cancelled, true, __ATOMIC_SEQ_CST);
    if (module->instance) cap_jit_instance_stop(module->instance, CAP_STOP_CANCELLED, 0);
    pthread_mutex_unlock(&module->lock);
    cap_tokens_wake(&module->runtime->tokens);
}

/* ---- Output ---- */

/* Keeps and passes on what fits the limit; one byte more ends the guest. */
static int on_output(void *context, int stream, const void *bytes, size_t length) {
    capsule_module *module = context;
    uint64_t left = module->output_limit - module->output_bytes;
    size_t head = length <= left ? length : (size_t)left;
    int status = 0;
    module->output_bytes += head;
    if (!module->discard_output) cap_capture_add(&module->capture, stream, bytes, head);
    if (module->output && head) {
        int outer = cap_callback_stop_fd_set(cap_jit_instance_host(module->instance)->stop_fd);
        status = module->output(module->output_context, stream, bytes, head);
        cap_callback_stop_fd_set(outer);
    }
    if (head == length) return status;
    module->capture.truncated[stream - 1] = true;
    cap_jit_instance_stop(module->instance, CAP_STOP_OUTPUT, 0);
    return status;
}

static cap_wasi *make_wasi(capsule_module *module) {
    const cap_wasi_config config = {
        .mounts = module->mounts,
        .mount_count = module->mount_count,
        .argv = (const char *const *)module->argv,
        .envp = (const char *const *)module->environment,
        .stdin_fd = module->stdin_fd,
        .output = on_output,
        .output_context = module,
        .output_limit = CAP_OUTPUT_MAX, /* our own count is the limit */
        .protected_inodes = &module->file,
        .protected_count = 1,
        .implied_rights = true,
        .tmp_limit = module->tmp,
        .tmp_preopen = true,
        .random_seeded = module->seeded,
        .random_seed = module->seed,
        .clock_mode = module->clock_mode,
        .realtime_start_ns = module->clock_ns,
        .monotonic_start_ns = module->clock_ns,
        .steady_files = module->deterministic,
    };
    return cap_wasi_create(&config);
}

/* ---- Verdicts ---- */

static void judge_stop(execution *e, const cap_jit_outcome *outcome) {
    const capsule_module *module = e->module;
    cap_verdict *verdict = &e->verdict;
    uint64_t ms = module->timeout_ns / 1000000u;
    switch (outcome->stop) {
    case CAP_STOP_EXIT:
        if (outcome->stop_value == 0) return;
        cap_verdict_fail(verdict, "exit", "exit code %d", outcome->stop_value);
        verdict->exit_code = outcome->stop_value;
        return;
    case CAP_STOP_TIMEOUT:
        cap_verdict_exceed(verdict, "timeout", "timeout", ms, ms, "timeout after %llums", (unsigned long long)ms);
        return;
    case CAP_STOP_COMPUTE:
        cap_verdict_exceed(verdict, "compute_exceeded", "fuel", module->fuel, module->fuel, "fuel limit of %llu units exceeded",
                           (unsigned long long)module->fuel);
        return;
    case CAP_STOP_OUTPUT:
        cap_verdict_exceed(verdict, "output_exceeded", "output", module->output_limit + 1, module->output_limit,
                           "output limit of %llu bytes exceeded", (unsigned long long)module->output_limit);
        return;
    case CAP_STOP_CANCELLED: cap_verdict_fail(verdict, "cancelled", "the execution was cancelled"); return;
    default: cap_verdict_fail(verdict, "host_fault", "the sandbox was stopped by a fault of the host"); return;
    }
}

static void judge_trap(execution *e, const cap_jit_instance *instance, const cap_jit_outcome *outcome) {
    static const char *const texts[] = {
        [CAP_TRAP_MEMORY] = "memory or table access out of bounds",
        [CAP_TRAP_UNREACHABLE] = "the module aborted",
        [CAP_TRAP_ARITHMETIC] = "invalid arithmetic",
        [CAP_TRAP_CALL] = "invalid indirect call",
    };
    cap_verdict *verdict = &e->verdict;
    if (outcome->trap == CAP_TRAP_STOPPED) {
        judge_stop(e, outcome);
    } else if (outcome->trap == CAP_TRAP_STACK) {
        cap_verdict_fail(verdict, "stack_exceeded", "the module used up its stack");
        verdict->limit = "stack";
    } else if (cap_jit_instance_growth_refused(instance)) {
        cap_verdict_exceed(verdict, "memory_exceeded", "ram", e->ram, e->module->ram, "memory limit of %llu bytes exceeded",
                           (unsigned long long)e->module->ram);
    } else {
        cap_verdict_fail(verdict, "trap", "%s", texts[outcome->trap]);
    }
    if (outcome->trace) verdict->traceback = strdup(outcome->trace);
}

/* A number in JSON, which has no infinities and no NaN. */
static void add_value(cap_buffer *out, const cap_jit_value *value) {
    double number = value->type == 'f' ? (double)value->of.f32 : value->of.f64;
    if (value->type == 'i')
        cap_buffer_add_format(out, "%d", value->of.i32);
    else if (value->type == 'I')
        cap_buffer_add_format(out, "%lld", (long long)value->of.i64);
    else if (!isfinite(number))
        cap_buffer_add_text(out, "null");
    else
        cap_buffer_add_format(out, "%.*g", value->type == 'f' ? 9 : 17, number);
}

static char *values_text(const cap_jit_outcome *outcome) {
    cap_buffer out;
    cap_buffer_init(&out, VALUE_MAX);
    if (outcome->value_count > 1) cap_buffer_add_text(&out, "[");
    for (size_t i = 0; i < outcome->value_count; i++) {
        if (i) cap_buffer_add_text(&out, ",");
        add_value(&out, &outcome->values[i]);
    }
    if (outcome->value_count > 1) cap_buffer_add_text(&out, "]");
    return outcome->value_count ? cap_buffer_take(&out) : NULL;
}

/* ---- The guest thread ---- */

static uint64_t thread_cpu_ns(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* From here on the instance can be stopped, and its time runs. */
static void expose(capsule_module *module, cap_jit_instance *instance) {
    uint64_t now = cap_clock_monotonic_ns();
    pthread_mutex_lock(&module->lock);
    module->instance = instance;
    module->deadline_ns = module->timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + module->timeout_ns;
    if (module->cancelled) cap_jit_instance_stop(instance, CAP_STOP_CANCELLED, 0);
    pthread_cond_broadcast(&module->changed);
    pthread_mutex_unlock(&module->lock);
}

static void hide(capsule_module *module) {
    pthread_mutex_lock(&module->lock);
    module->instance = NULL;
    module->deadline_ns = UINT64_MAX;
    pthread_mutex_unlock(&module->lock);
}

/* Start function, `_initialize`, and what is to be called. Each must return for the next to be called. */
static int run_guest(capsule_module *module, cap_jit_instance *instance, cap_jit_outcome *outcome, capsule_error **error) {
    bool reactor = cap_jit_module_export(module->code, "_initialize") == CAP_JIT_CALLABLE;
    bool command = !module->invoke && cap_jit_module_export(module->code, "_start") == CAP_JIT_CALLABLE;
    const char *last = command ? "_start" : module->invoke;
    if (cap_jit_instance_start(instance, outcome, error) < 0) return -1;
    if (outcome->trap == CAP_TRAP_NONE && reactor && !command) {
        if (cap_jit_instance_call(instance, "_initialize", outcome, error) < 0) return -1;
        outcome->value_count = 0;
    }
    if (outcome->trap == CAP_TRAP_NONE && last) return cap_jit_instance_call(instance, last, outcome, error);
    return 0;
}

static int run_watched(execution *e, cap_jit_instance *instance, capsule_error **error) {
    capsule_module *module = e->module;
    cap_jit_outcome outcome = {0};
    uint64_t cpu = thread_cpu_ns(), begin = cap_clock_monotonic_ns();
    expose(module, instance);
    int status = run_guest(module, instance, &outcome, error);
    hide(module);
    e->duration_ns = cap_clock_monotonic_ns() - begin;
    e->cpu_ns = thread_cpu_ns() - cpu;
    e->fuel = cap_jit_instance_fuel(instance);
    if (e->fuel > module->fuel) e->fuel = module->fuel; /* the same on every run, whatever the last step took */
    e->ram = cap_jit_instance_memory_bytes(instance);
    if (status == 0 && outcome.trap == CAP_TRAP_NONE)
        e->verdict.value = values_text(&outcome);
    else if (status == 0)
        judge_trap(e, instance, &outcome);
    free(outcome.trace);
    return status;
}

static int run_instance(execution *e, capsule_error **error) {
    capsule_module *module = e->module;
    const cap_jit_limits limits = {.ram = module->ram, .fuel = module->fuel};
    cap_jit_instance *instance = NULL;
    if (cap_jit_instance_create(module->code, &limits, &instance, error) < 0) return -1;
    cap_wasi *wasi = make_wasi(module);
    cap_jit_instance_host(instance)->wasi = wasi;
    cap_jit_instance_host(instance)->owner = module;
    int status = wasi ? run_watched(e, instance, error) : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a sandbox");
    cap_wasi_free(wasi);
    cap_jit_instance_free(instance);
    return status;
}

static void execute_job(void *argument) {
    execution *e = argument;
    capsule_module *module = e->module;
    cap_autoerror capsule_error *error = NULL;
    if (cap_tokens_take(&module->runtime->tokens, UINT64_MAX, &module->cancelled) < 0) {
        cap_verdict_fail(&e->verdict, "cancelled", "the execution was cancelled");
    } else {
        if (run_instance(e, &error) < 0) cap_verdict_from_error(&e->verdict, error);
        cap_tokens_give(&module->runtime->tokens);
    }
    pthread_mutex_lock(&module->lock);
    module->done = true;
    pthread_cond_broadcast(&module->changed);
    pthread_mutex_unlock(&module->lock);
}

/* ---- The caller's thread, which keeps the deadline ---- */

static void wait_until_done(capsule_module *module) {
    bool late = false;
    pthread_mutex_lock(&module->lock);
    while (!module->done) {
        uint64_t deadline = module->deadline_ns;
        if (late || deadline == UINT64_MAX) {
            pthread_cond_wait(&module->changed, &module->lock);
        } else if (cap_clock_monotonic_ns() >= deadline) {
            late = true;
            cap_jit_instance_stop(module->instance, CAP_STOP_TIMEOUT, 0);
        } else {
            struct timespec at = {.tv_sec = (time_t)(deadline / 1000000000u), .tv_nsec = (long)(deadline % 1000000000u)};
            pthread_cond_timedwait(&module->changed, &module->lock, &at);
        }
    }
    pthread_mutex_unlock(&module->lock);
}

static int make_result(execution *e, capsule_result **ret_result, capsule_error **error) {
    const capsule_module *module = e->module;
    capsule_result *result = calloc(1, sizeof *result);
    if (!result) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a result");
    cap_id_make(result->id);
    result->verdict = e->verdict;
    result->duration_ns = e->duration_ns;
    e->verdict = (cap_verdict){0};
    const cap_execution told = {
        .verdict = &result->verdict,
        .capture = &module->capture,
        .task_name = module->argv[0] ? module->argv[0] : module->name,
        .id = result->id,
        .language = "wasm",
        .deterministic = module->deterministic,
        .attempts = 1,
        .fuel = e->fuel,
        .ram = e->ram,
        .output_bytes = module->output_bytes,
        .cpu_ns = e->cpu_ns,
        .duration_ns = e->duration_ns,
    };
    result->envelope = cap_envelope_make(&told, NULL);
    if (!result->envelope) {
        capsule_result_free(result);
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the envelope of a module");
    }
    *ret_result = result;
    return 0;
}

int capsule_module_execute(capsule_module *module, capsule_result **ret_result, capsule_error **error) {
    execution e = {.module = module};
    if (module->executed) return cap_error_set(error, CAPSULE_USAGE, "a module can be executed once");
    module->executed = true;
    if (cap_threads_run(module->runtime->threads, execute_job, &e, error) < 0) return -1;
    wait_until_done(module);
    int status = make_result(&e, ret_result, error);
    cap_verdict_clear(&e.verdict);
    return status;
}
