#include "task/import.h"

#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "task/load_failure.h"
#include "task/packages.h"

enum { MOUNTS_MAX = 3 };

/* One import while it runs. */
typedef struct job {
    capsule_program *program;
    const char *app_dir;
    cap_import *import;
    size_t input_capacity;
    bool lost; /* a file was found and could not be kept in mind */
    capsule_error *error;
    int status;
} job;

/* ---- What was looked up ---- */

/* Room for one more; false when there is none. */
static bool reserve_input(job *self, bool found) {
    cap_import *import = self->import;
    if (import->input_count >= (found ? 2 * CAP_IMPORT_INPUTS_MAX : CAP_IMPORT_INPUTS_MAX)) return false;
    if (import->input_count < self->input_capacity) return true;
    size_t capacity = self->input_capacity ? self->input_capacity * 2 : 64;
    cap_images_input *inputs = realloc(import->inputs, capacity * sizeof *inputs);
    if (!inputs) return false;
    import->inputs = inputs;
    self->input_capacity = capacity;
    return true;
}

/* Host path of a guest path whose look-ups count, caller frees; NULL: it is none, or memory is short. */
static char *host_path_of(const job *self, const char *guest_path) {
    const struct {
        const char *guest, *host;
    } roots[] = {{CAP_GUEST_APP, self->app_dir}, {CAP_GUEST_PACKAGES, self->program->packages.directory}};
    for (size_t i = 0; i < CAP_COUNT(roots); i++) {
        size_t length = strlen(roots[i].guest);
        char *path = NULL;
        if (!roots[i].host || strncmp(guest_path, roots[i].guest, length) != 0) continue;
        if (guest_path[length] != '/' && guest_path[length] != 0) continue;
        return asprintf(&path, "%s%s", roots[i].host, guest_path + length) < 0 ? NULL : path;
    }
    return NULL;
}

/* What was not there matters to the cache alone, and no more once that has lost count. What was there must also be
 * protected from the program: it is kept beyond that, or the import fails. */
static void on_lookup(void *context, const char *guest_path, bool found) {
    job *self = context;
    cap_import *import = self->import;
    if (!found && !import->inputs_complete) return;
    char *host_path = reserve_input(self, found) ? host_path_of(self, guest_path) : NULL;
    if (!host_path) {
        import->inputs_complete = false;
        self->lost |= found;
        return;
    }
    import->inputs[import->input_count++] = (cap_images_input){.host_path = host_path, .found = found};
}

/* ---- Failures ---- */

static int failed_call(const capsule_program *program, cap_sandbox *sandbox, const cap_outcome *outcome, uint64_t ram,
                       capsule_error **error) {
    const char *name = program->name;
    if (sandbox->load_failure)
        return cap_load_failure(sandbox->load_failure, name, (cap_wasi_impurity(sandbox->wasi) & CAP_IMPURE_FILES) || sandbox->environment_read, error);
    if (sandbox->reported && sandbox->kind == CAPSULE_REPORT_EXIT)
        return cap_error_set(error, CAPSULE_BUILD, "%s: the import ended with exit code %s", name, sandbox->text);
    if (sandbox->reported && sandbox->kind == CAPSULE_REPORT_NO_MEMORY)
        return cap_error_set(error, CAPSULE_BUILD, "%s: the import needs more than %llu bytes of memory", name, (unsigned long long)ram);
    if (sandbox->too_large)
        return cap_error_set(error, CAPSULE_BUILD, "%s: its tasks and options take more than %llu bytes", name,
                             (unsigned long long)CAP_TASKS_JSON_MAX);
    if (outcome->trap == CAP_TRAP_STOPPED && outcome->stop == CAP_STOP_TIMEOUT)
        return cap_error_set(error, CAPSULE_BUILD, "%s: the import did not end within %llu s", name,
                             (unsigned long long)(CAP_IMPORT_TIMEOUT_NS / 1000000000u));
    if (outcome->trap == CAP_TRAP_STOPPED && (outcome->stop == CAP_STOP_COMPUTE || outcome->stop == CAP_STOP_CPU))
        return cap_error_set(error, CAPSULE_BUILD, "%s: the import computes more than the class HIGH allows", name);
    if (outcome->trap == CAP_TRAP_STOPPED && outcome->stop == CAP_STOP_EXIT)
        return cap_error_set(error, CAPSULE_BUILD, "%s: the import ended with exit code %d", name, outcome->stop_value);
    if (outcome->trap == CAP_TRAP_STOPPED && outcome->stop == CAP_STOP_OUTPUT)
        return cap_error_set(error, CAPSULE_BUILD, "%s: the import prints without end", name);
    if (outcome->trap == CAP_TRAP_STOPPED && outcome->stop == CAP_STOP_FAULT)
        return cap_error_set(error, CAPSULE_MEMORY, "%s: the host could not go on during the import", name);
    if (outcome->trap == CAP_TRAP_STACK) return cap_error_set(error, CAPSULE_BUILD, "%s: the import used up the stack", name);
    if (cap_slot_growth_refused(sandbox->slot))
        return cap_error_set(error, CAPSULE_BUILD, "%s: the import needs more than %llu bytes of memory", name, (unsigned long long)ram);
    if (outcome->trap == CAP_TRAP_NONE)
        return cap_error_set(error, CAPSULE_CORRUPT, "%s: the interpreter reported no tasks", name);
    return cap_error_set(error, CAPSULE_BUILD, "%s: the interpreter aborted during the import (trap %d)", name, outcome->trap);
}

/* ---- The import itself, on a guest thread ---- */

static int drop_output(void *context, int stream, const void *bytes, size_t length) {
    (void)context, (void)stream, (void)bytes, (void)length; /* repeated by every run: printing is not pure */
    return 0;
}

static cap_wasi *make_wasi(job *self, cap_wasi_mount mounts[MOUNTS_MAX]) {
    capsule_program *program = self->program;
    size_t count = 0;
    if (program->guest->library_fd >= 0)
        mounts[count++] = (cap_wasi_mount){.guest_path = CAP_GUEST_LIB, .host_fd = program->guest->library_fd, .internal = true};
    if (program->app_fd >= 0)
        mounts[count++] = (cap_wasi_mount){
            .guest_path = CAP_GUEST_APP, .host_fd = program->app_fd, .internal = true, .program_only = true};
    if (program->packages_fd >= 0) mounts[count++] = cap_program_packages_mount(program);
    cap_wasi_config config = {
        .mounts = mounts,
        .mount_count = count,
        .output = drop_output,
        .lookup = on_lookup,
        .lookup_context = self,
        .monotonic_start_ns = program->guest->image.monotonic_ns,
        .cpu_start_ns = program->guest->image.cpu_ns,
        /* The same on every machine and at every time: so are tasks and options, and the image. */
        .clock_mode = CAP_WASI_CLOCK_STEPPING,
        .realtime_start_ns = CAP_WASI_CLOCK_ORIGIN_NS,
        .random_seeded = true,
        .random_seed = CAP_WASI_SEED_DEFAULT,
        .steady_files = true,
    };
    return cap_wasi_create(&config);
}

/* NULL: pure. */
static const char *impurity(const cap_sandbox *sandbox) {
    static const struct {
        uint32_t bit;
        const char *text;
    } causes[] = {
        {CAP_IMPURE_CLOCK, "the clock was read"},       {CAP_IMPURE_RANDOM, "entropy was drawn"},
        {CAP_IMPURE_ENVIRONMENT, "the environment was read"}, {CAP_IMPURE_ARGUMENTS, "the arguments were read"},
        {CAP_IMPURE_FILES, "files were looked for"},    {CAP_IMPURE_STDIN, "standard input was read"},
        {CAP_IMPURE_OUTPUT, "something was printed"},
    };
    if (sandbox->impure_reason) return sandbox->impure_reason;
    if (sandbox->environment_read) return "the environment was read";
    uint32_t bits = cap_wasi_impurity(sandbox->wasi);
    for (size_t i = 0; i < CAP_COUNT(causes); i++)
        if (bits & causes[i].bit) return causes[i].text;
    return bits ? "the host was asked for something that changes" : NULL;
}

static int import_in(job *self, cap_sandbox *sandbox, uint64_t ram) {
    capsule_program *program = self->program;
    cap_import *import = self->import;
    cap_autobuffer cap_buffer request;
    cap_buffer_init(&request, CAP_REQUEST_MAX);
    if (cap_sandbox_load_request(program, NULL, &request) < 0)
        return cap_error_set(&self->error, CAPSULE_BUILD, "%s is too large", program->name);
    uint64_t compute = program->ceiling.compute < CAP_COMPUTE_HIGH ? program->ceiling.compute : CAP_COMPUTE_HIGH;
    cap_watch_limits limits = {cap_clock_monotonic_ns() + CAP_IMPORT_TIMEOUT_NS, compute / CAP_UNITS_PER_COUNT, CAP_NO_LIMIT, 0};
    cap_outcome outcome = {0};
    cap_watch_begin(program->runtime->watchdog, sandbox->slot, &limits);
    sandbox->loading = true;
    int status = cap_slot_call(sandbox->slot, "capsule_resume", NULL, 0, &outcome, &self->error);
    if (status == 0 && outcome.trap == CAP_TRAP_NONE)
        status = cap_sandbox_request(sandbox, "capsule_load", request.data, request.length, &outcome, &self->error);
    cap_watch_end(program->runtime->watchdog, sandbox->slot);
    if (status < 0) return -1;
    if (outcome.trap != CAP_TRAP_NONE || sandbox->load_failure || sandbox->reported || !sandbox->tasks)
        return failed_call(program, sandbox, &outcome, ram, &self->error);
    if (self->lost) return cap_error_set(&self->error, CAPSULE_BUILD, "%s: the import looks at too many files", program->name);
    const char *reason = impurity(sandbox);
    if (reason && !(import->impure_reason = strdup(reason))) /* without it the import would pass for a pure one */
        return cap_error_set(&self->error, CAPSULE_MEMORY, "out of memory for an import");
    import->tasks = cap_steal(sandbox->tasks);
    import->image = cap_slot_describe(sandbox->slot);
    import->image.monotonic_ns = cap_wasi_monotonic_now(sandbox->wasi);
    import->image.cpu_ns = cap_wasi_cpu_now(sandbox->wasi);
    return 0;
}

static int import_program(job *self) {
    capsule_program *program = self->program;
    uint64_t least = (uint64_t)program->guest->image.pages * CAP_WASM_PAGE;
    uint64_t ram = program->ceiling.ram < CAP_RAM_DEFAULT ? program->ceiling.ram : CAP_RAM_DEFAULT;
    if (ram < least) ram = least; /* what the interpreter needs is not the program's doing */
    cap_import *import = self->import;
    import->inputs_complete = true;
    import->runtime = program->runtime;
    if (cap_runtime_take_slot(program->runtime, program->guest->image.source, &import->slot, &self->error) < 0) return -1;
    if (cap_slot_load(import->slot, program->guest->module, &program->guest->image, ram, &self->error) < 0) return -1;
    cap_wasi_mount mounts[MOUNTS_MAX];
    cap_sandbox sandbox = {.slot = import->slot, .result_limit = CAP_REPORT_MAX, .environment = ""};
    sandbox.wasi = make_wasi(self, mounts);
    if (!sandbox.wasi) return cap_error_set(&self->error, CAPSULE_MEMORY, "out of memory for an import");
    cap_slot_host(import->slot)->wasi = sandbox.wasi;
    cap_slot_host(import->slot)->owner = &sandbox;
    int status = import_in(self, &sandbox, ram);
    cap_sandbox_clear(&sandbox);
    return status;
}

static void run(void *argument) {
    job *self = argument;
    self->status = import_program(self);
}

int cap_import_run(capsule_program *program, const char *app_dir, cap_import *ret_import, capsule_error **error) {
    *ret_import = (cap_import){0};
    job self = {.program = program, .app_dir = app_dir, .import = ret_import};
    int status = cap_threads_call(program->runtime->threads, run, &self, error);
    if (status == 0) {
        status = self.status;
        if (status < 0 && error)
            *error = self.error;
        else
            capsule_error_free(self.error);
    }
    if (status < 0) cap_import_clear(ret_import);
    return status;
}

void cap_import_clear(cap_import *import) {
    for (size_t i = 0; i < import->input_count; i++) free((char *)import->inputs[i].host_path);
    free(import->inputs);
    free(import->tasks);
    free(import->impure_reason);
    if (import->slot) cap_runtime_give_slot(import->runtime, import->slot);
    *import = (cap_import){0};
}
