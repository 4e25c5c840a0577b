/* A tree: the main task of one run and all its subtasks, with what they share: output, budget, cancellation, trace rows.
 *
 *   capsule_run -- cap_tree -- cap_node (main) -- cap_node (subtask) -- ...
 *
 * A node is one task call with all its attempts. It runs on a guest thread of its own and is freed by its parent after
 * it finished; a node never outlives its parent: when a task ends, what it started is cancelled and waited for.
 */
#ifndef CAP_TASK_TREE_H
#define CAP_TASK_TREE_H

#include "task/capture.h"
#include "task/envelope.h"
#include "task/verdict.h"

#define CAP_DEPTH_MAX 16u          /* levels of subtasks below main */
#define CAP_SUBTASKS_DEFAULT 10000u
#define CAP_SUBTASK_BYTES_MAX (UINT64_C(512) << 20) /* arguments and envelopes of one tree's subtasks, until read */
#define CAP_BROUGHT_OUTPUT_MAX (UINT64_C(1) << 20) /* stdout and stderr of a brought program and its subtasks */
#define CAP_OUTPUT_DEFAULT (UINT64_C(16) << 20)
#define CAP_OUTPUT_MAX (UINT64_C(1) << 30)
#define CAP_RESULT_DEFAULT (UINT64_C(16) << 20)
#define CAP_RESULT_MAX (UINT64_C(256) << 20)
#define CAP_ID_BYTES 27u             /* 26 characters and the NUL */

typedef struct cap_tree {
    capsule_program *program;
    capsule_program *shown; /* the program as its user knows it, when `program` is its twin; else NULL */
    cap_grant *mounts; /* from the caller, for every task */
    size_t mount_count;
    const char *const *argv;
    uint64_t output_limit, result_limit, subtask_limit;
    uint64_t tmp_limit;  /* the caller's, CAPSULE_TMP_NONE included; 0: the policy's */
    cap_wasi_account account; /* what all tasks added to the host's disks */
    uint64_t timeout_ns; /* the caller's own bound on the run; 0: none */
    int stdin_fd;
    bool discard_output;
    bool deterministic;  /* asked for by the caller, for every task */
    uint64_t seed;       /* of the first deterministic task on the way down */
    capsule_output_callback *output;
    void *output_context;
    void (*event)(void *context, const char *json);
    void *event_context;

    pthread_mutex_t output_lock; /* what was output, and the queue of events; never held during a callback */
    uint64_t output_bytes;
    struct cap_event *events, *last_event; /* not yet delivered, first come first served */
    size_t events_bytes;
    int turn_fd;              /* eventfd: 1 when no callback runs; -1 when there are none */

    pthread_mutex_t lock;     /* everything below, and the links between nodes */
    pthread_cond_t finished;  /* a node finished, or has to end */
    struct cap_node *active;  /* nodes that execute */
    bool cancelled;           /* also read without the lock, atomically */
    cap_stop stop;            /* why, when cancelled */
    uint64_t subtasks;        /* started so far */
    uint64_t held_bytes, held_limit; /* see CAP_SUBTASK_BYTES_MAX */
    uint32_t width, busy;     /* threads of this tree that may run, and do (those that wait for a child do not count) */
    struct cap_node *pending, *last_pending; /* subtasks that wait for a thread, first come first served */
    cap_trace_row *rows; /* of subtasks that are over; owned, with what they point to (record.c) */
    size_t row_count, row_capacity;
} cap_tree;

typedef struct cap_node {
    cap_tree *tree;
    struct cap_node *parent;
    capsule_program *program;  /* that the task is of, a reference: the run's own, or one that a task brought (brought.h) */
    const cap_task *task;      /* the program's, or `own` */
    cap_task own;              /* owned; of a brought program, or one that does not exist */
    bool missing;              /* the program has no such task */
    struct cap_node *stream;   /* whose envelope and stream get what it prints: main, or where the brought program began */
    unsigned depth;            /* main: 0 */
    char id[CAP_ID_BYTES];
    char *request;             /* JSON of capsule_call, owned */
    size_t request_length;
    uint64_t deadline_ns;      /* the parent's, CLOCK_MONOTONIC; UINT64_MAX: none */
    uint64_t attempt_deadline_ns; /* of the attempt that runs */

    cap_slot *slot;            /* of the attempt that runs; written by its own thread under tree->lock */
    int stop_fd;               /* eventfd, readable once the node is cancelled; for events while there is no slot, or -1 */
    struct cap_node *next_active, *next_pending;
    bool cancelled;            /* this one and what it started; also read without the lock, atomically */
    cap_stop stop;             /* why, when cancelled */

    /* Of a deterministic task; all times are virtual, ns. */
    bool deterministic;
    uint64_t seed;              /* of the first attempt; until it runs it is the task's */
    uint64_t realtime_ns;       /* time of day when the attempt begins */
    uint64_t elapsed_ns;        /* what the attempts took, of those that ended */
    uint64_t worked_ns;         /* and how much of it they did not wait; kept of deterministic ones */
    uint64_t attempt_seed;      /* of the attempt that runs */
    uint64_t children_started;  /* by it, which makes the seeds of its children differ */
    uint64_t due_ns;            /* when the subtask ends, in what elapsed of its parent's attempt (deterministic parent) */
    cap_wasi *wasi;             /* of the attempt that runs; for its own thread */

    struct cap_node **children; /* by handle; NULL: read and closed */
    size_t child_count, child_capacity;
    int children_fd;            /* eventfd: a child finished */
    int32_t handle;             /* of this one, for its parent */
    /* Children that finished and were not told of by a wait for any: a list. Under tree->lock. */
    struct cap_node *first_finished, *last_finished;
    struct cap_node *next_finished, *previous_finished; /* this one's neighbours in its parent's */
    bool told;                  /* a wait for any answered it */

    cap_capture capture;
    cap_verdict verdict;
    uint32_t attempts;
    uint64_t fuel, ram, output_bytes;
    uint64_t file_calls, denials;
    uint64_t lent_fuel;         /* what brought programs it started used, of those that ended. Under tree->lock */
    uint64_t streamed_bytes;    /* of `stream`, with its subtasks; under output_lock */
    cap_retried retried[CAP_RETRIED_MAX];
    size_t retried_count;
    uint64_t cpu_ns, duration_ns;
    int64_t started_at_ms, ended_at_ms;
    cap_trace_outcome *attempt_outcomes; /* of the first attempts, for the trace; owned */
    uint32_t attempt_outcome_count;
    bool done;                  /* under tree->lock */
    uint64_t held_bytes;        /* its part of the tree's, under tree->lock */
    char *envelope;             /* JSON, owned, once done */
} cap_node;

void cap_tree_init(cap_tree *tree, capsule_program *program);
void cap_tree_clear(cap_tree *tree);
/* The program's name as its user typed it. */
const char *cap_tree_file(const cap_tree *tree);
/* Ends every sandbox of the tree, and every one that would start later. */
void cap_tree_stop(cap_tree *tree, cap_stop reason);
/* Output of a node, counted against the tree's limit. 0, or -1 when the caller does not take it. */
int cap_tree_output(cap_node *node, int stream, const void *bytes, size_t length);

/* Bytes that the node and those it shares its stream with may print. */
uint64_t cap_node_output_limit(const cap_node *node);

/* The caller's callbacks (callbacks.c). Init once the tree has them. */
int cap_callbacks_init(cap_tree *tree, capsule_error **error);
void cap_callbacks_clear(cap_tree *tree);
/* What capsule_callback_stop_fd answers on this thread from here on; answers what it was. */
int cap_callback_stop_fd_set(int fd);
/* 0, or -1 when the caller does not take it or the node has to end before. */
int cap_callback_output(cap_node *node, int stream, const void *bytes, size_t length);
/* Tells the caller, when it asked for events; the node is between enter and leave. */
void cap_callback_event(cap_node *node, const char *json);

/* A node for `task` of its parent's program (or the tree's), not started. request is taken over. NULL: out of memory. */
cap_node *cap_node_create(cap_tree *tree, cap_node *parent, const cap_task *task, char *request, size_t length);
/* The same for a task that no program lists: takes over `own`, its policy too. */
cap_node *cap_node_create_own(cap_node *parent, capsule_program *program, cap_task own, char *request, size_t length);
/* Waits for a run token: 0, or -1 with the node's verdict when its time or the run is over before. */
int cap_node_take_token(cap_node *node);
void cap_node_free(cap_node *node);
/* Executes all attempts, on a guest thread that holds no run token; sets everything up to `envelope` and `done`. */
void cap_node_execute(cap_node *node);
/* Makes the envelope of a finished node, as who started it is to see it. */
void cap_node_seal(cap_node *node);
/* Ends a node's sandbox and, through it, what it started. */
void cap_node_cancel(cap_node *node);
void cap_node_stop(cap_node *node, cap_stop reason);
/* Fails the node as cancelled: with the run, or alone. */
void cap_node_fail_cancelled(const cap_node *node, cap_verdict *verdict);
/* Between these the node hears of cancellations, and may call back. On its own thread. */
void cap_node_enter(cap_node *node);
void cap_node_leave(cap_node *node);
/* The slot can be stopped from here on; it is at once when the tree or node is cancelled already. Inside enter and leave. */
void cap_node_activate(cap_node *node, cap_slot *slot);
void cap_node_deactivate(cap_node *node);
/* Readable once the node has to end; -1: none. On its own thread, inside enter and leave. */
int cap_node_stop_fd(const cap_node *node);

/* Whether another attempt follows the one that ended, after the wait that goes before it. The caller holds a run token,
 * before and after. */
bool cap_retry_prepare(cap_node *node);
/* The wait after so many failures, at least one, ns; without what is left out of it at random. */
uint64_t cap_retry_delay(const cap_policy *policy, uint32_t failures);
/* One attempt in a fresh sandbox; fills node->verdict. */
void cap_attempt_run(cap_node *node);

/* Subtasks, for the host functions; answers as in guests/abi/capsule_abi.h. */
int32_t cap_subtask_start(cap_node *parent, const cap_host *host, const char *name, size_t name_length, const char *arguments, size_t length);
int32_t cap_subtask_wait(cap_node *parent, const cap_host *host, const uint32_t *handles, uint32_t count, int64_t timeout_ns);
int32_t cap_subtask_bring(cap_node *parent, const cap_host *host, const char *request, size_t length);
int32_t cap_subtask_cancel(cap_node *parent, uint32_t handle);
/* The finished child of a handle, NULL with *ret_errno otherwise. */
cap_node *cap_subtask_finished(cap_node *parent, uint32_t handle, int32_t *ret_errno);
void cap_subtask_close(cap_node *parent, uint32_t handle);
/* Cancels and waits for everything the node started, then frees it. */
void cap_subtasks_end(cap_node *parent);
/* A node that runs waits for something: its place goes to a pending subtask meanwhile. Afterwards it has one again, even
 * when that is one too many. */
void cap_place_lend(cap_tree *tree);
void cap_place_return(cap_tree *tree);

int64_t cap_wall_ms(void); /* since 1970, UTC */
/* A new identifier: 26 characters of Crockford's base 32, the first ten from the time, so that they sort by it (ULID). */
void cap_id_make(char id[CAP_ID_BYTES]);
/* The identifier that a seed decides. */
void cap_id_derive(uint64_t seed, uint64_t ms, char id[CAP_ID_BYTES]);

#endif
