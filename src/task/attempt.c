/* One attempt of a task: a fresh sandbox under the task's policy, from opening its grants to judging its end. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "task/brought.h"
#include "task/hints.h"
#include "task/packages.h"
#include "task/protect.h"
#include "task/record.h"

#define ENVIRONMENT_MAX (128u * 1024u) /* bytes of "K=V" texts, contracts "Limits" */

/* Directories opened for this attempt, and what stays as it is in those that can be written. */
typedef struct mounts {
    cap_wasi_mount list[CAP_WASI_MOUNTS_MAX];
    size_t count;
    cap_wasi_inode *protected_inodes; /* owned */
    size_t protected_count;
    cap_wasi_inode tree; /* nothing is changed below it, when has_tree */
    bool has_tree;
} mounts;

static void mounts_close(mounts *all) {
    free(all->protected_inodes);
    for (size_t i = 0; i < all->count; i++)
        if (!all->list[i].internal) close(all->list[i].host_fd);
}

static void add_internal(mounts *all, const char *guest_path, int fd, bool program_only) {
    if (fd < 0) return;
    all->list[all->count++] =
        (cap_wasi_mount){.guest_path = guest_path, .host_fd = fd, .internal = true, .program_only = program_only};
}

/* Opens one grant; a later one of the same guest path replaces the earlier (the caller's mounts come last). */
static int add_grant(mounts *all, const cap_grant *grant, const capsule_program *program, capsule_error **error) {
    const bool writing = program->ceiling.write_bytes > 0;
    cap_wasi_mount made = {.guest_path = grant->guest_path, .writable = grant->writable && writing, .host_fd = -1};
    if (cap_grant_open(grant, program->project_fd, &made.host_fd, error) < 0) return -1;
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].internal || strcmp(all->list[i].guest_path, made.guest_path) != 0) continue;
        close(all->list[i].host_fd);
        all->list[i] = made;
        return 0;
    }
    if (all->count == CAP_WASI_MOUNTS_MAX) {
        close(made.host_fd);
        return cap_error_set(error, CAPSULE_CONFIG, "more than %u mounts", CAP_WASI_MOUNTS_MAX);
    }
    all->list[all->count++] = made;
    return 0;
}

static int open_mounts(cap_node *node, mounts *all, capsule_error **error) {
    const capsule_program *program = node->tree->program;
    const cap_policy *policy = node->task->policy;
    const size_t mount_count = cap_node_is_brought(node) ? 0 : node->tree->mount_count;
    add_internal(all, CAP_GUEST_LIB, node->program->guest->library_fd, false);
    add_internal(all, CAP_GUEST_APP, node->program->app_fd, true);
    if (node->program->packages_fd >= 0) all->list[all->count++] = cap_program_packages_mount(node->program);
    size_t granted = policy->file_count + mount_count;
    const char *missing = NULL;
    if (granted && !cap_wasi_kernel_supported(&missing))
        return cap_error_set(error, CAPSULE_CONFIG, "files cannot be granted: this kernel or container refuses %s", missing);
    for (size_t i = 0; i < policy->file_count; i++)
        if (add_grant(all, &policy->files[i], program, error) < 0) return -1;
    for (size_t i = 0; i < mount_count; i++)
        if (add_grant(all, &node->tree->mounts[i], program, error) < 0) return -1;
    bool writing = false;
    for (size_t i = 0; i < all->count; i++) writing |= all->list[i].writable;
    if (!writing) return 0;
    if (cap_protect_list(program, &all->protected_inodes, &all->protected_count) < 0)
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for mounts");
    all->has_tree = cap_protect_tree(program, &all->tree);
    return 0;
}

/* A granted directory that is all of "/" and has a /tmp, or could make one, keeps its own. (One granted as /tmp itself
 * does in any case.) */
static bool has_own_tmp(const mounts *all) {
    struct stat status;
    for (size_t i = 0; i < all->count; i++) {
        const cap_wasi_mount *mount = &all->list[i];
        if (strcmp(mount->guest_path, "/") != 0) continue;
        if (mount->writable || fstatat(mount->host_fd, "tmp", &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
    }
    return false;
}

/* Bytes of the directory in memory; 0: none. */
static uint64_t tmp_limit(const cap_node *node, const mounts *all) {
    const uint64_t asked = node->tree->tmp_limit, ceiling = node->tree->program->ceiling.tmp_bytes;
    if (asked == CAPSULE_TMP_NONE) return 0;
    if (asked) return asked < ceiling ? asked : ceiling;
    return has_own_tmp(all) ? 0 : node->task->policy->tmp;
}

/* "K=V\0..." of the names the policy lets through. */
static int make_environment(cap_node *node, cap_buffer *out) {
    const cap_policy *policy = node->task->policy;
    cap_buffer_init(out, ENVIRONMENT_MAX);
    for (size_t i = 0; i < policy->environment_count; i++) {
        const char *value = cap_program_environment(node->tree->program, policy->environment[i]);
        if (!value) continue;
        cap_buffer_add_text(out, policy->environment[i]);
        cap_buffer_add_text(out, "=");
        cap_buffer_add(out, value, strlen(value) + 1);
    }
    return out->failed ? -1 : 0;
}

static int on_output(void *context, int stream, const void *bytes, size_t length) {
    return cap_tree_output(context, stream, bytes, length);
}

/* Virtual time, seeded randomness, files without a trace of the host. Another attempt draws other numbers, or it would
 * fail the same way, and its time goes on where the last one's ended. */
static void make_deterministic(cap_node *node, cap_wasi_config *config) {
    node->attempt_seed = node->attempts > 1 ? cap_wasi_seed_derive(node->seed, UINT64_MAX - 1 - node->attempts) : node->seed;
    node->children_started = 0;
    config->clock_mode = CAP_WASI_CLOCK_STEPPING;
    config->realtime_start_ns = node->realtime_ns;
    config->random_seeded = true;
    config->random_seed = node->attempt_seed;
    config->steady_files = true;
}

static cap_wasi *make_wasi(cap_node *node, const mounts *all, const cap_image *image, uint64_t cpu_base_ns) {
    const capsule_program *program = node->tree->program;
    const cap_ceiling *ceiling = &program->ceiling;
    cap_wasi_config config = {
        .mounts = all->list,
        .mount_count = all->count,
        .argv = cap_node_is_brought(node) ? NULL : node->tree->argv,
        .stdin_fd = cap_node_is_brought(node) ? 0 : node->tree->stdin_fd,
        .output = on_output,
        .output_context = node,
        .output_limit = CAP_OUTPUT_MAX, /* the tree's own count is the limit */
        .write_limit = ceiling->write_bytes == CAP_NO_LIMIT ? 0 : ceiling->write_bytes,
        .account = &node->tree->account,
        .tmp_limit = tmp_limit(node, all),
        .monotonic_start_ns = image->monotonic_ns,
        .cpu_start_ns = image->cpu_ns,
        .cpu_base_ns = cpu_base_ns,
        .protected_inodes = all->protected_inodes,
        .protected_count = all->protected_count,
        .protected_tree = all->has_tree ? &all->tree : NULL,
    };
    if (node->deterministic) make_deterministic(node, &config);
    return cap_wasi_create(&config);
}

static uint64_t thread_cpu_ns(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* The import again, for programs whose import is not pure. False: the attempt is over (failure, trap). */
static bool import_again(cap_node *node, cap_sandbox *sandbox, cap_outcome *outcome, capsule_error **error) {
    cap_autobuffer cap_buffer request;
    cap_buffer_init(&request, CAP_REQUEST_MAX);
    if (cap_sandbox_load_request(node->program, cap_node_is_brought(node) ? NULL : node->tree->argv, &request) < 0) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a request");
        return false;
    }
    sandbox->loading = true;
    int status = cap_sandbox_request(sandbox, "capsule_load", request.data, request.length, outcome, error);
    sandbox->loading = false;
    return status == 0 && outcome->trap == CAP_TRAP_NONE && !sandbox->load_failure && !sandbox->reported;
}

/* Calls what the node's program is run for. */
static int call_brought(cap_node *node, cap_sandbox *sandbox, cap_outcome *outcome, capsule_error **error) {
    cap_autobuffer cap_buffer request;
    cap_buffer_init(&request, CAP_REQUEST_MAX);
    if (cap_brought_request(node, sandbox->tasks, &request, error) < 0) return -1;
    return cap_sandbox_request(sandbox, "capsule_call", request.data, request.length, outcome, error);
}

/* Resume, import when needed, call. -1: the host failed. */
static int run_guest(cap_node *node, cap_sandbox *sandbox, cap_outcome *outcome, capsule_error **error) {
    if (cap_slot_call(sandbox->slot, "capsule_resume", NULL, 0, outcome, error) < 0) return -1;
    if (outcome->trap != CAP_TRAP_NONE) return 0;
    sandbox->evaluating = node->program->code != NULL;
    if (!node->program->pure && !sandbox->evaluating && !import_again(node, sandbox, outcome, error)) return *error ? -1 : 0;
    if (node->stream != node || !cap_node_is_brought(node))
        return cap_sandbox_request(sandbox, "capsule_call", node->request, node->request_length, outcome, error);
    return call_brought(node, sandbox, outcome, error);
}

/* Runs the guest in a loaded slot, watched; fills verdict and usage. cpu_base_ns: the thread's CPU clock before. */
static int run_watched(cap_node *node, cap_sandbox *sandbox, uint64_t cpu_base_ns, capsule_error **error) {
    capsule_runtime *runtime = node->tree->program->runtime;
    const cap_policy *policy = node->task->policy;
    cap_outcome outcome = {0};
    cap_watch_limits limits = {node->attempt_deadline_ns, policy->compute / CAP_UNITS_PER_COUNT, policy->cpu_ns, cpu_base_ns};
    cap_watch_begin(runtime->watchdog, sandbox->slot, &limits);
    cap_node_activate(node, sandbox->slot);
    int status = run_guest(node, sandbox, &outcome, error);
    cap_node_deactivate(node);
    cap_watch_end(runtime->watchdog, sandbox->slot);
    cap_subtasks_end(node);
    node->cpu_ns += thread_cpu_ns() - cpu_base_ns;
    node->fuel += cap_sandbox_fuel(sandbox, policy);
    uint64_t peak = cap_slot_memory_bytes(sandbox->slot);
    if (peak > node->ram) node->ram = peak;
    if (status == 0) cap_verdict_make(sandbox, &outcome, policy, &node->verdict);
    return status;
}

static int attempt(cap_node *node, mounts *all, capsule_error **error) {
    capsule_program *program = node->program;
    const cap_policy *policy = node->task->policy;
    const cap_image *image = &program->image;
    if ((uint64_t)image->pages * CAP_WASM_PAGE > policy->ram) {
        cap_verdict_fail(&node->verdict, "memory_exceeded", "ram limit of %llu bytes is below the %llu bytes that an empty task needs",
                         (unsigned long long)policy->ram, (unsigned long long)image->pages * CAP_WASM_PAGE);
        node->verdict.limit = "ram";
        node->verdict.used = (uint64_t)image->pages * CAP_WASM_PAGE;
        node->verdict.allowed = policy->ram;
        node->verdict.settled = true;
        cap_hint_limit(&node->verdict, policy, CAP_OPTION_RAM);
        return 0;
    }
    cap_autobuffer cap_buffer environment;
    if (make_environment(node, &environment) < 0)
        return cap_error_set(error, CAPSULE_CONFIG, "env_variables: the values take more than %u bytes", ENVIRONMENT_MAX);
    if (open_mounts(node, all, error) < 0) return -1;
    if (cap_node_is_brought(node) && cap_brought_translate(node, error) < 0) return -1;
    uint64_t now = cap_clock_monotonic_ns();
    uint64_t own = policy->timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + policy->timeout_ns;
    node->attempt_deadline_ns = own < node->deadline_ns ? own : node->deadline_ns;

    cap_sandbox sandbox = {
        .node = node,
        .result_limit = node->tree->result_limit,
        .output_limit = cap_node_output_limit(node),
        .environment = environment.data ? environment.data : "",
        .environment_length = environment.length,
    };
    int status = -1;
    if (cap_runtime_take_slot(program->runtime, image->source, &sandbox.slot, error) == 0 &&
        cap_slot_load(sandbox.slot, program->guest->module, image, policy->ram, error) == 0) {
        const uint64_t cpu = thread_cpu_ns();
        sandbox.wasi = node->wasi = make_wasi(node, all, image, cpu);
        cap_slot_host(sandbox.slot)->wasi = sandbox.wasi;
        cap_slot_host(sandbox.slot)->owner = &sandbox;
        status = sandbox.wasi ? run_watched(node, &sandbox, cpu, error)
                              : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a sandbox");
    }
    if (node->wasi) {
        node->elapsed_ns += cap_wasi_elapsed(node->wasi);
        node->realtime_ns += cap_wasi_elapsed(node->wasi);
        if (node->deterministic) node->worked_ns += cap_wasi_cpu_now(node->wasi) - image->cpu_ns;
        node->file_calls += cap_wasi_file_calls(node->wasi);
        node->denials += cap_wasi_denials(node->wasi);
        node->wasi = NULL;
    }
    cap_sandbox_clear(&sandbox);
    cap_runtime_give_slot(program->runtime, sandbox.slot);
    return status;
}

void cap_attempt_run(cap_node *node) {
    cap_autoerror capsule_error *error = NULL;
    mounts all = {0};
    const cap_usage before = cap_usage_of(node);
    if (attempt(node, &all, &error) < 0) cap_verdict_from_error(&node->verdict, error);
    cap_record_attempt(node, &before);
    mounts_close(&all);
}
