/* A task call with all its attempts. */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "task/envelope.h"
#include "task/record.h"

int64_t cap_wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static cap_node *create(cap_tree *tree, cap_node *parent, capsule_program *program, const cap_task *task, char *request,
                        size_t length) {
    cap_node *node = calloc(1, sizeof *node);
    if (!node) {
        free(request);
        return NULL;
    }
    node->tree = tree;
    node->parent = parent;
    node->program = cap_program_reference(program);
    node->stream = parent && parent->program == program ? parent->stream : node;
    node->task = task;
    node->depth = parent ? parent->depth + 1 : 0;
    node->request = request;
    node->request_length = length;
    node->deadline_ns = parent ? parent->attempt_deadline_ns : UINT64_MAX;
    node->deterministic = tree->deterministic || task->policy->deterministic || (parent && parent->deterministic);
    node->seed = tree->seed;
    node->realtime_ns = CAP_WASI_CLOCK_ORIGIN_NS;
    if (parent && parent->deterministic) {
        node->seed = cap_wasi_seed_derive(parent->attempt_seed, parent->children_started++);
        node->realtime_ns = parent->realtime_ns + cap_wasi_elapsed(parent->wasi);
    }
    node->children_fd = -1; /* made with the first child */
    node->stop_fd = -1;
    cap_capture_init(&node->capture, tree->output_limit);
    cap_id_make(node->id);
    return node;
}

cap_node *cap_node_create(cap_tree *tree, cap_node *parent, const cap_task *task, char *request, size_t length) {
    return create(tree, parent, parent ? parent->program : tree->program, task, request, length);
}

cap_node *cap_node_create_own(cap_node *parent, capsule_program *program, cap_task own, char *request, size_t length) {
    cap_node *node = create(parent->tree, parent, program, &own, request, length);
    if (!node) {
        cap_task_clear(&own);
        return NULL;
    }
    node->own = own;
    node->task = &node->own;
    return node;
}

void cap_node_free(cap_node *node) {
    if (!node) return;
    cap_capture_clear(&node->capture);
    cap_verdict_clear(&node->verdict);
    cap_record_free_attempts(node->attempt_outcomes, node->attempt_outcome_count);
    if (node->children_fd >= 0) close(node->children_fd);
    free(node->children);
    for (size_t i = 0; i < node->retried_count; i++) free(node->retried[i].message);
    free(node->request);
    free(node->envelope);
    cap_task_clear(&node->own);
    capsule_program_free(node->program);
    free(node);
}

int cap_node_take_token(cap_node *node) {
    cap_tokens *tokens = &node->tree->program->runtime->tokens;
    /* The tree's flag is enough: whoever cancels one node alone waits for it, and it leaves at its first host call. */
    if (cap_tokens_take(tokens, node->deadline_ns, node->parent ? &node->cancelled : &node->tree->cancelled) == 0) return 0;
    bool late = cap_clock_monotonic_ns() >= node->deadline_ns;
    cap_verdict_clear(&node->verdict);
    if (!late)
        cap_node_fail_cancelled(node, &node->verdict);
    else
        cap_verdict_fail(&node->verdict, "timeout", node->parent ? "timeout: the deadline of the calling task passed"
                                                                 : "timeout: the caller's time was over before the task could start");
    return -1;
}

static void run_attempts(cap_node *node) {
    if (cap_node_take_token(node) < 0) return;
    do {
        cap_verdict_clear(&node->verdict);
        node->attempts++;
        cap_attempt_run(node);
    } while (cap_retry_prepare(node));
    cap_tokens_give(&node->tree->program->runtime->tokens);
}

static void announce(cap_node *node, const char *event) {
    cap_tree *tree = node->tree;
    if (!tree->event) return;
    cap_autobuffer cap_buffer json;
    cap_buffer_init(&json, CAP_REPORT_MAX);
    cap_buffer_add_format(&json, "{\"event\":\"%s\",\"id\":\"%s\",\"depth\":%u", event, node->id, node->depth);
    cap_buffer_add_json_key(&json, "task");
    cap_buffer_add_json_string(&json, node->task->name, strlen(node->task->name));
    if (strcmp(event, "end") == 0) {
        cap_buffer_add_format(&json, ",\"success\":%s,\"duration_ms\":%llu", node->verdict.error_type ? "false" : "true",
                              (unsigned long long)(node->duration_ns / 1000000u));
        if (node->verdict.error_type) {
            const char *message = node->verdict.message ? node->verdict.message : "";
            cap_buffer_add_format(&json, ",\"error_type\":\"%s\"", node->verdict.error_type);
            cap_buffer_add_json_key(&json, "message");
            cap_buffer_add_json_string(&json, message, strlen(message));
        }
    }
    if (cap_buffer_add_text(&json, "}") == 0) cap_callback_event(node, json.data);
}

static cap_execution describe(const cap_node *node) {
    const capsule_program *program = node->program;
    return (cap_execution){
        .verdict = &node->verdict,
        .capture = &node->capture,
        .task_name = node->task->name,
        .id = node->id,
        .language = program->guest->language,
        .snapshot = program->pure ? "program" : "language",
        .deterministic = node->deterministic,
        .attempts = node->attempts,
        .retried = node->retried,
        .retried_count = node->retried_count,
        .fuel = node->fuel,
        .ram = node->ram,
        .output_bytes = node->output_bytes,
        .cpu_ns = node->cpu_ns,
        .duration_ns = node->duration_ns,
    };
}

void cap_node_execute(cap_node *node) {
    node->started_at_ms = cap_wall_ms();
    uint64_t begin = cap_clock_monotonic_ns();
    cap_node_enter(node);
    announce(node, "start");
    run_attempts(node);
    node->duration_ns = cap_clock_monotonic_ns() - begin;
    node->ended_at_ms = cap_wall_ms();
    announce(node, "end");
    cap_node_leave(node);
    cap_node_seal(node);
}

/* A subtask of a deterministic parent is told of as that one may see it: its time and CPU time are virtual, and its
 * identifier comes from its seed. */
void cap_node_seal(cap_node *node) {
    char id[CAP_ID_BYTES];
    cap_execution execution = describe(node);
    if (node->parent && node->parent->deterministic) {
        cap_id_derive(node->seed, (node->realtime_ns - node->elapsed_ns) / 1000000u, id);
        execution.id = id;
        execution.duration_ns = node->elapsed_ns;
        execution.cpu_ns = node->worked_ns;
    }
    free(node->envelope);
    node->envelope = cap_envelope_make(&execution, NULL);
}
