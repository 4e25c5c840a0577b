#include "task/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/hash.h"
#include "task/brought.h"

#define NS_PER_MS 1000000u
#define CANONICAL_MAX (2 * (size_t)CAP_POLICY_TEXT_MAX) /* bytes of a policy and grants in their canonical form */
#define ROWS_FIRST 64u                  /* room made with the first subtask's row */

/* ---- Attempts ---- */

cap_usage cap_usage_of(const cap_node *node) {
    return (cap_usage){.wall_ms = cap_wall_ms(),
                       .monotonic_ns = cap_clock_monotonic_ns(),
                       .cpu_ns = node->cpu_ns,
                       .fuel = node->fuel,
                       .output_bytes = node->output_bytes,
                       .file_calls = node->file_calls,
                       .denials = node->denials};
}

/* Room for a little more than is kept, so that the cut falls between characters. */
static char *copy_message(const char *message) { return message ? strndup(message, CAP_TRACE_MESSAGE_MAX + 4) : NULL; }

static void set_failure(cap_trace_outcome *outcome, const cap_verdict *verdict, const char *message) {
    outcome->error_type = verdict->error_type;
    outcome->message = verdict->error_type ? message : NULL;
    outcome->exited = verdict->error_type && strcmp(verdict->error_type, "exit") == 0;
    outcome->exit_code = verdict->exit_code;
}

void cap_record_attempt(cap_node *node, const cap_usage *before) {
    if (node->attempts == 1 && !node->verdict.error_type) return; /* the node's own row says it all */
    if (node->attempt_outcome_count == CAP_TRACE_ATTEMPTS_MAX || node->attempt_outcome_count + 1 != node->attempts) return;
    size_t count = node->attempt_outcome_count;
    cap_trace_outcome *outcomes = realloc(node->attempt_outcomes, (count + 1) * sizeof *outcomes);
    if (!outcomes) return;
    node->attempt_outcomes = outcomes;
    cap_usage now = cap_usage_of(node);
    outcomes[count] = (cap_trace_outcome){.started_at_ms = before->wall_ms,
                                          .duration_ms = (int64_t)((now.monotonic_ns - before->monotonic_ns) / NS_PER_MS),
                                          .cpu_ms = (int64_t)((now.cpu_ns - before->cpu_ns) / NS_PER_MS),
                                          .fuel_consumed = now.fuel - before->fuel,
                                          .output_bytes = now.output_bytes - before->output_bytes,
                                          .file_calls = now.file_calls - before->file_calls,
                                          .denials = now.denials - before->denials};
    set_failure(&outcomes[count], &node->verdict, node->verdict.error_type ? copy_message(node->verdict.message) : NULL);
    node->attempt_outcome_count++;
}

void cap_record_free_attempts(cap_trace_outcome *outcomes, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) free((char *)outcomes[i].message);
    free(outcomes);
}

/* ---- Policy ---- */

/* Digest of everything that bounds the node: the policy of its task and what the caller of the run gave or took. */
static void digest_policy(const cap_node *node, char ret_digest[CAP_HASH_TEXT]) {
    const cap_tree *tree = node->tree;
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, CANONICAL_MAX);
    ret_digest[0] = 0;
    const char *policy = cap_policy_canonical_text(node->task->policy);
    if (!policy) return;
    cap_buffer_add_text(&text, policy);
    cap_buffer_add_format(&text, "{\"output\":%llu,\"result\":%llu,\"subtasks\":%llu,\"tmp\":%llu,\"timeout_ns\":%llu,\"deterministic\":%d",
                          (unsigned long long)tree->output_limit, (unsigned long long)tree->result_limit,
                          (unsigned long long)tree->subtask_limit, (unsigned long long)tree->tmp_limit,
                          (unsigned long long)tree->timeout_ns, node->deterministic);
    cap_buffer_add_json_key(&text, "mounts");
    cap_grants_canonical(tree->mounts, tree->mount_count, &text);
    cap_buffer_add_text(&text, "}");
    if (!text.failed) cap_hash_bytes(text.data, text.length, ret_digest);
}

/* ---- Rows ---- */

/* What is known of a node before it runs; as of state "running". */
static cap_trace_row begin_row(const cap_node *node, const char *digest, int64_t started_at_ms) {
    const cap_policy *policy = node->task->policy;
    return (cap_trace_row){
        .id = node->id,
        .task = node->task->name,
        .file = cap_node_is_brought(node) ? node->program->name : cap_tree_file(node->tree),
        .language = node->program->guest->language,
        .state = "running",
        .policy_digest = digest[0] ? digest : NULL,
        .fuel_limit = policy->compute,
        .ram_limit = policy->ram,
        .timeout_ms = policy->timeout_ns == CAP_NO_LIMIT ? 0 : (int64_t)(policy->timeout_ns / NS_PER_MS),
        .outcome.started_at_ms = started_at_ms,
    };
}

static cap_trace_row end_row(const cap_node *node, const char *digest, int64_t started_at_ms) {
    cap_trace_row row = begin_row(node, digest, started_at_ms);
    row.state = cap_verdict_state(node->verdict.error_type);
    set_failure(&row.outcome, &node->verdict, node->verdict.message);
    row.outcome.duration_ms = (int64_t)(node->duration_ns / NS_PER_MS);
    row.outcome.cpu_ms = (int64_t)(node->cpu_ns / NS_PER_MS);
    row.outcome.fuel_consumed = node->fuel;
    row.outcome.output_bytes = node->output_bytes;
    row.outcome.file_calls = node->file_calls;
    row.outcome.denials = node->denials;
    row.ram_used = node->ram;
    row.result_bytes = node->verdict.value && !node->verdict.error_type ? strlen(node->verdict.value) : 0;
    row.ended_at_ms = node->ended_at_ms;
    row.attempts = node->attempts;
    row.attempt_outcomes = node->attempt_outcomes;
    row.attempt_outcome_count = node->attempts > 1 ? node->attempt_outcome_count : 0;
    return row;
}

static void free_row(cap_trace_row *row) {
    free((char *)row->id);
    free((char *)row->parent_id);
    free((char *)row->task);
    free((char *)row->file);
    free((char *)row->policy_digest);
    free((char *)row->limits);
    free((char *)row->envelope);
    free((char *)row->outcome.message);
    cap_record_free_attempts((cap_trace_outcome *)row->attempt_outcomes, row->attempt_outcome_count);
}

void cap_record_free_rows(cap_tree *tree) {
    for (size_t i = 0; i < tree->row_count; i++) free_row(&tree->rows[i]);
    free(tree->rows);
}

/* Under tree->lock. */
static int add_row(cap_tree *tree, const cap_trace_row *row) {
    if (tree->row_count == tree->row_capacity) {
        size_t capacity = tree->row_capacity ? tree->row_capacity * 2 : ROWS_FIRST;
        cap_trace_row *rows = realloc(tree->rows, capacity * sizeof *rows);
        if (!rows) return -1;
        tree->rows = rows;
        tree->row_capacity = capacity;
    }
    tree->rows[tree->row_count++] = *row;
    return 0;
}

static char *copy_text(const char *text) { return text ? strdup(text) : NULL; }

/* Makes the row own what it points to: it outlives its node, and the program when that was a brought one. The attempts go
 * with the row. */
static void own_row(cap_node *node, cap_trace_row *row) {
    row->id = strdup(row->id);
    row->task = strdup(row->task);
    row->file = strdup(row->file);
    row->parent_id = node->parent ? strdup(node->parent->id) : NULL;
    row->policy_digest = copy_text(row->policy_digest);
    row->limits = copy_text(row->limits);
    row->envelope = copy_text(row->envelope);
    row->outcome.message = copy_message(row->outcome.message);
    if (row->attempt_outcome_count > 0) {
        node->attempt_outcomes = NULL;
        node->attempt_outcome_count = 0;
    } else {
        row->attempt_outcomes = NULL;
    }
}

static int keep_row(cap_node *node, cap_trace_row *row) {
    cap_tree *tree = node->tree;
    own_row(node, row);
    pthread_mutex_lock(&tree->lock);
    int status = row->id ? add_row(tree, row) : -1;
    pthread_mutex_unlock(&tree->lock);
    if (status < 0) free_row(row);
    return status;
}

void cap_record_subtask(cap_node *node) {
    char digest[CAP_HASH_TEXT];
    digest_policy(node, digest);
    cap_trace_row row = end_row(node, digest, node->started_at_ms);
    keep_row(node, &row);
}

int cap_record_keep(cap_node *main, const char *limits, int64_t started_at_ms) {
    cap_tree *tree = main->tree;
    char digest[CAP_HASH_TEXT];
    digest_policy(main, digest);
    cap_trace_row row = end_row(main, digest, started_at_ms);
    row.limits = limits;
    row.envelope = main->envelope;
    if (keep_row(main, &row) < 0) return -1;
    row = tree->rows[tree->row_count - 1]; /* nothing of the tree runs any more: no lock */
    memmove(tree->rows + 1, tree->rows, (tree->row_count - 1) * sizeof *tree->rows);
    tree->rows[0] = row;
    return 0;
}

int cap_record_rows(cap_trace *trace, cap_tree *const *trees, size_t count, capsule_error **error) {
    size_t total = 0, filled = 0;
    for (size_t i = 0; i < count; i++) total += trees[i]->row_count;
    cap_autofree cap_trace_row *rows = calloc(total ? total : 1, sizeof *rows);
    if (!rows) return cap_error_set(error, CAPSULE_MEMORY, "trace database: out of memory");
    for (size_t i = 0; i < count; i++) {
        memcpy(rows + filled, trees[i]->rows, trees[i]->row_count * sizeof *rows);
        filled += trees[i]->row_count;
    }
    return cap_trace_write(trace, rows, total, error);
}

void cap_record_begin(const cap_node *main, const char *limits, int64_t started_at_ms) {
    char digest[CAP_HASH_TEXT];
    digest_policy(main, digest);
    cap_trace_row row = begin_row(main, digest, started_at_ms);
    row.limits = limits;
    cap_trace_write(main->tree->program->trace, &row, 1, NULL);
}

int cap_record_end(const cap_node *main, const char *limits, int64_t started_at_ms, capsule_error **error) {
    const cap_tree *tree = main->tree;
    char digest[CAP_HASH_TEXT];
    cap_autofree cap_trace_row *rows = calloc(tree->row_count + 1, sizeof *rows);
    if (!rows) return cap_error_set(error, CAPSULE_MEMORY, "trace database: out of memory");
    digest_policy(main, digest);
    rows[0] = end_row(main, digest, started_at_ms);
    rows[0].limits = limits;
    rows[0].envelope = main->envelope;
    if (tree->row_count) memcpy(rows + 1, tree->rows, tree->row_count * sizeof *rows);
    return cap_trace_write(tree->program->trace, rows, tree->row_count + 1, error);
}
