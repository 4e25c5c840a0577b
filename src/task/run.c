/* capsule_run: one execution of a task as the caller sees it. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "task/record.h"
#include "task/result.h"

#define ARGV_MAX 4096u
#define TRACE_AFTER_NS UINT64_C(50000000) /* a run that lasts longer has a row of state "running" meanwhile */

struct capsule_run {
    cap_tree tree;
    cap_node *main;
    char **argv;
    char *limits; /* JSON of main's policy, for the trace; NULL without one and when it does not fit */
    int64_t started_at_ms;
    cap_timer begin;    /* writes the row "running" */
    bool begin_written; /* under the tree's lock */
    bool no_trace, executed;
};

/* ---- Preparing ---- */

static int copy_argv(capsule_run *run, const char *const *argv, capsule_error **error) {
    size_t count = 0;
    while (argv && argv[count]) count++;
    if (count > ARGV_MAX) return cap_error_set(error, CAPSULE_USAGE, "%zu arguments are too many, at most %u", count, ARGV_MAX);
    run->argv = calloc(count + 1, sizeof *run->argv);
    if (!run->argv) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for arguments");
    for (size_t i = 0; i < count; i++) {
        if (!cap_utf8_valid(argv[i], strlen(argv[i])))
            return cap_error_set(error, CAPSULE_USAGE, "argument %zu is not valid UTF-8", i + 1);
        if (!(run->argv[i] = strdup(argv[i]))) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for arguments");
    }
    run->tree.argv = (const char *const *)run->argv;
    return 0;
}

static int parse_mounts(capsule_run *run, const char *const *mounts, capsule_error **error) {
    size_t count = 0;
    while (mounts && mounts[count]) count++;
    if (count > CAP_GRANTS_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "%zu mounts are too many, at most %u", count, CAP_GRANTS_MAX);
    if (count == 0 || run->tree.program->ceiling.deny_files) return 0;
    run->tree.mounts = calloc(count, sizeof *run->tree.mounts);
    if (!run->tree.mounts) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for mounts");
    for (size_t i = 0; i < count; i++) {
        if (cap_parse_mount(mounts[i], &run->tree.mounts[i], error) < 0) return -1;
        run->tree.mount_count++;
        /* Refused before anything runs; the attempt opens it again. */
        cap_autoclose int fd = -1;
        if (cap_grant_open(&run->tree.mounts[i], run->tree.program->project_fd, &fd, error) < 0) return -1;
    }
    return 0;
}

/* Checks that `text` is JSON of the wanted kind and adds it as a member of the request. */
static int add_json(cap_buffer *request, const char *key, const char *text, const char *otherwise, char first,
                    capsule_error **error) {
    if (text) {
        yyjson_doc *doc = yyjson_read(text, strlen(text), YYJSON_READ_NUMBER_AS_RAW);
        yyjson_val *root = yyjson_doc_get_root(doc);
        bool fits = first == '[' ? yyjson_is_arr(root) : yyjson_is_obj(root);
        yyjson_doc_free(doc);
        if (!fits)
            return cap_error_set(error, CAPSULE_USAGE, "%s must be a JSON %s", key, first == '[' ? "array" : "object");
    }
    cap_buffer_add_json_key(request, key);
    cap_buffer_add_text(request, text ? text : otherwise);
    return 0;
}

static int make_request(const capsule_program *program, const capsule_run_options *options, const char *task, cap_buffer *request, capsule_error **error) {
    cap_buffer_init(request, CAP_REQUEST_MAX);
    cap_buffer_add_text(request, "{");
    cap_sandbox_add_callee(program, task, request);
    if (add_json(request, "args", options->arguments, "[]", '[', error) < 0) return -1;
    if (add_json(request, "kwargs", options->keywords, "{}", '{', error) < 0) return -1;
    cap_buffer_add_json_key(request, "argv");
    cap_buffer_add_text(request, "[");
    for (size_t i = 0; options->argv && options->argv[i]; i++) {
        if (i) cap_buffer_add_text(request, ",");
        cap_buffer_add_json_string(request, options->argv[i], strlen(options->argv[i]));
    }
    if (cap_buffer_add_text(request, "]}") < 0)
        return cap_error_set(error, CAPSULE_USAGE, "the arguments take more than %llu bytes", (unsigned long long)CAP_REQUEST_MAX);
    return 0;
}

static uint64_t limit_of(uint64_t given, uint64_t otherwise, uint64_t most) {
    uint64_t value = given ? given : otherwise;
    return value < most ? value : most;
}

static int check_limits(const capsule_run_options *options, capsule_error **error) {
    if (options->output_limit > CAP_OUTPUT_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "output limit of %llu bytes is too large, at most %llu",
                             (unsigned long long)options->output_limit, (unsigned long long)CAP_OUTPUT_MAX);
    if (options->result_limit > CAP_RESULT_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "result limit of %llu bytes is too large, at most %llu",
                             (unsigned long long)options->result_limit, (unsigned long long)CAP_RESULT_MAX);
    if (options->tmp_limit > CAP_TMP_MAX && options->tmp_limit != CAPSULE_TMP_NONE)
        return cap_error_set(error, CAPSULE_CONFIG, "tmp limit of %llu bytes is too large, at most %llu",
                             (unsigned long long)options->tmp_limit, (unsigned long long)CAP_TMP_MAX);
    return 0;
}

/* A deterministic run is one of the program's twin. The trace goes on calling it what its user did. */
static int choose_twin(cap_tree *tree, const cap_task **task, bool deterministic, capsule_error **error) {
    capsule_program *twin;
    if (!deterministic && !(*task)->policy->deterministic) return 0;
    if (cap_program_twin(tree->program, &twin, error) < 0) return -1;
    const cap_task *same = cap_program_task(twin, (*task)->name);
    if (!same) return cap_error_set(error, CAPSULE_NOT_FOUND, "%s changed while it was loaded: it has no task \"%s\" any more",
                                    twin->name, (*task)->name);
    *task = same;
    tree->shown = tree->program;
    tree->program = cap_program_reference(twin);
    return 0;
}

static int prepare(capsule_run *run, const capsule_run_options *options, capsule_error **error) {
    capsule_program *program = run->tree.program;
    const char *name = options->task ? options->task : program->default_task;
    if (!name) return cap_error_set(error, CAPSULE_NOT_FOUND, "%s has no task and no main function", program->name);
    const cap_task *task = cap_program_task(program, name);
    if (!task) return cap_error_set(error, CAPSULE_NOT_FOUND, "no task named \"%s\" in %s", name, program->name);
    if (choose_twin(&run->tree, &task, options->deterministic, error) < 0) return -1;
    program = run->tree.program;
    if (check_limits(options, error) < 0 || copy_argv(run, options->argv, error) < 0) return -1;
    if (parse_mounts(run, options->mounts, error) < 0) return -1;
    cap_autobuffer cap_buffer request;
    if (make_request(program, options, name, &request, error) < 0) return -1;
    cap_tree *tree = &run->tree;
    const cap_ceiling *ceiling = &program->ceiling;
    tree->output_limit = limit_of(options->output_limit, CAP_OUTPUT_DEFAULT, ceiling->output_bytes);
    tree->result_limit = limit_of(options->result_limit, CAP_RESULT_DEFAULT, CAP_RESULT_MAX);
    tree->subtask_limit = limit_of(0, CAP_SUBTASKS_DEFAULT, ceiling->subtasks);
    tree->tmp_limit = options->tmp_limit;
    tree->stdin_fd = options->stdin_fd;
    tree->discard_output = options->discard_output;
    tree->deterministic = options->deterministic;
    tree->seed = options->seed ? options->seed : CAP_WASI_SEED_DEFAULT;
    tree->output = options->output;
    tree->output_context = options->output_context;
    tree->event = options->event;
    tree->event_context = options->event_context;
    tree->timeout_ns = options->timeout_ns;
    run->no_trace = options->no_trace;
    if (cap_callbacks_init(tree, error) < 0) return -1;
    if (!run->no_trace) {
        cap_buffer limits;
        cap_buffer_init(&limits, CAP_REPORT_MAX);
        cap_policy_to_json(task->policy, &limits);
        run->limits = cap_buffer_take(&limits);
    }
    size_t length = request.length;
    run->main = cap_node_create(tree, NULL, task, cap_buffer_take(&request), length);
    return run->main ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a run");
}

int capsule_run_create(capsule_program *program, const capsule_run_options *options, capsule_run **ret_run,
                       capsule_error **error) {
    capsule_run_options given = CAPSULE_RUN_OPTIONS_INIT;
    if (options) memcpy(&given, options, options->size < sizeof given ? options->size : sizeof given);
    capsule_run *run = calloc(1, sizeof *run);
    if (!run) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a run");
    cap_tree_init(&run->tree, program);
    if (prepare(run, &given, error) < 0) {
        capsule_run_free(run);
        return -1;
    }
    *ret_run = run;
    return 0;
}

/* ---- Executing ---- */

/* Leaves a trace of a run that lasts, in case the process does not live to its end. A failure is told at the end. */
static void record_begin(void *argument) {
    capsule_run *run = argument;
    cap_record_begin(run->main, run->limits, run->started_at_ms);
    pthread_mutex_lock(&run->tree.lock);
    run->begin_written = true;
    pthread_cond_broadcast(&run->tree.finished);
    pthread_mutex_unlock(&run->tree.lock);
}

/* On the watchdog's thread, which must not wait for a database. */
static void hand_over_begin(cap_timer *timer) {
    capsule_run *run = (capsule_run *)(void *)((char *)timer - offsetof(capsule_run, begin));
    if (cap_threads_run(run->tree.program->runtime->threads, record_begin, run, NULL) == 0) return;
    pthread_mutex_lock(&run->tree.lock);
    run->begin_written = true; /* as far as it will be */
    pthread_mutex_unlock(&run->tree.lock);
}

static void begin_timer(capsule_run *run) {
    run->begin = (cap_timer){.when_ns = cap_clock_monotonic_ns() + TRACE_AFTER_NS, .due = hand_over_begin};
    cap_timer_start(run->tree.program->runtime->watchdog, &run->begin);
}

/* After this nobody writes the row "running". */
static void end_timer(capsule_run *run) {
    if (!cap_timer_stop(run->tree.program->runtime->watchdog, &run->begin)) return;
    pthread_mutex_lock(&run->tree.lock);
    while (!run->begin_written) pthread_cond_wait(&run->tree.finished, &run->tree.lock);
    pthread_mutex_unlock(&run->tree.lock);
}

/* The rows of main and its subtasks, in one transaction. A trace that cannot be written is told as an event. */
static void record(capsule_run *run) {
    cap_autoerror capsule_error *error = NULL;
    if (cap_record_end(run->main, run->limits, run->started_at_ms, &error) == 0 || !run->tree.event) return;
    cap_autobuffer cap_buffer json;
    cap_buffer_init(&json, CAP_REPORT_MAX);
    cap_buffer_add_text(&json, "{\"event\":\"warning\"");
    cap_buffer_add_json_key(&json, "message");
    const char *message = capsule_error_message(error);
    cap_buffer_add_json_string(&json, message, strlen(message));
    if (cap_buffer_add_text(&json, "}") < 0) return;
    cap_node_enter(run->main); /* a reader who stalls ends with the run, even now */
    cap_callback_event(run->main, json.data);
    cap_node_leave(run->main);
}

static void run_main(void *argument) {
    capsule_run *run = argument;
    cap_node_execute(run->main);
}

/* Executes main. Most runs end before a row "running" would be written, and do not pay for it. */
static int execute(capsule_run *run, capsule_error **error) {
    capsule_runtime *runtime = run->tree.program->runtime;
    run->started_at_ms = cap_wall_ms();
    if (!run->no_trace) begin_timer(run);
    int status = cap_threads_call(runtime->threads, run_main, run, error);
    if (!run->no_trace) end_timer(run);
    if (status < 0) return -1;
    if (!run->main->envelope) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the envelope of a run");
    if (!run->no_trace) record(run);
    return 0;
}

static uint64_t later(uint64_t now, uint64_t delay) { return delay > UINT64_MAX - now ? UINT64_MAX : now + delay; }

/* Moves what the caller may ask for out of the finished node. */
static void take_result(cap_node *node, capsule_result *result) {
    result->verdict = node->verdict;
    result->envelope = cap_steal(node->envelope);
    result->duration_ns = node->duration_ns;
    memcpy(result->id, node->id, sizeof result->id);
    node->verdict = (cap_verdict){0};
}

int capsule_run_execute(capsule_run *run, capsule_result **ret_result, capsule_error **error) {
    if (run->executed) return cap_error_set(error, CAPSULE_USAGE, "a run can be executed once");
    run->executed = true;
    if (run->tree.timeout_ns) run->main->deadline_ns = later(cap_clock_monotonic_ns(), run->tree.timeout_ns);
    capsule_result *result = calloc(1, sizeof *result);
    if (!result) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a result");
    if (execute(run, error) < 0) {
        free(result);
        return -1;
    }
    take_result(run->main, result);
    *ret_result = result;
    return 0;
}

void capsule_run_cancel(capsule_run *run) { cap_tree_stop(&run->tree, CAP_STOP_CANCELLED); }

void capsule_run_free(capsule_run *run) {
    if (!run) return;
    cap_node_free(run->main);
    for (size_t i = 0; run->argv && run->argv[i]; i++) free(run->argv[i]);
    free(run->argv);
    free(run->limits);
    cap_tree_clear(&run->tree);
    free(run);
}

int capsule_program_call(capsule_program *program, const capsule_run_options *options, capsule_result **ret_result,
                         capsule_error **error) {
    capsule_run *run = NULL;
    if (capsule_run_create(program, options, &run, error) < 0) return -1;
    int status = capsule_run_execute(run, ret_result, error);
    capsule_run_free(run);
    return status;
}
