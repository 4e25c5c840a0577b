/* What the trace keeps of a run: a row for main and for each subtask that was started, with what each attempt came to. */
#ifndef CAP_TASK_RECORD_H
#define CAP_TASK_RECORD_H

#include "task/tree.h"

/* What the attempts of a node used so far; the difference of two is one attempt. */
typedef struct cap_usage {
    int64_t wall_ms; /* time of day */
    uint64_t monotonic_ns, cpu_ns, fuel, output_bytes, file_calls, denials;
} cap_usage;

cap_usage cap_usage_of(const cap_node *node);
/* An attempt has ended, its verdict stands; `before` was taken when it began. On the node's own thread. */
void cap_record_attempt(cap_node *node, const cap_usage *before);
void cap_record_free_attempts(cap_trace_outcome *outcomes, uint32_t count);

/* A subtask is over: its row is kept until main's is written. Takes tree->lock; memory that is short costs the row. */
void cap_record_subtask(cap_node *node);
void cap_record_free_rows(cap_tree *tree);

/* A row of state "running" for main, from any thread. `limits`: its policy as JSON, or NULL; borrowed. */
void cap_record_begin(const cap_node *main, const char *limits, int64_t started_at_ms);
/* The rows of main and its subtasks, in one transaction. -1 with the reason. */
int cap_record_end(const cap_node *main, const char *limits, int64_t started_at_ms, capsule_error **error);
/* Keeps main's row before those of its subtasks, for cap_record_rows. Takes tree->lock. -1: out of memory. */
int cap_record_keep(cap_node *main, const char *limits, int64_t started_at_ms);
/* Writes rows that trees have kept, in one transaction; they stay the trees'. -1 with the reason. */
int cap_record_rows(cap_trace *trace, cap_tree *const *trees, size_t count, capsule_error **error);

#endif
