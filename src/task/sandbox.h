/* One sandbox from mapping to the last report: what both the deny-all import and every attempt of a task go through. */
#ifndef CAP_TASK_SANDBOX_H
#define CAP_TASK_SANDBOX_H

#include "base/buffer.h"
#include "capsule_abi.h"
#include "task/program.h"

#define CAP_REPORT_MAX (UINT64_C(1) << 20)       /* bytes of any report but a result and the tasks */
#define CAP_TASKS_JSON_MAX (UINT64_C(4) << 20)   /* bytes of TASKS */
#define CAP_REQUEST_MAX (UINT64_C(256) << 20)    /* bytes of a request to a guest */
#define CAP_HANDLES_MAX 16384u                   /* open subtask handles of one sandbox */

struct cap_node;

/* A sandbox in use. Belongs to one guest thread. */
typedef struct cap_sandbox {
    cap_slot *slot;
    cap_wasi *wasi;
    struct cap_node *node;   /* the task it serves; NULL during the deny-all import */
    bool loading;            /* capsule_load runs: TASKS and IMPURE are expected */
    bool evaluating;         /* capsule_call gets a string: LOAD_FAILURE says that it cannot be compiled */
    uint64_t result_limit, output_limit; /* bytes; the latter for the whole tree */
    const char *environment; /* "K=V\0..." */
    size_t environment_length;
    bool environment_read;   /* the guest asked for it */

    /* What the guest reported. */
    bool reported;           /* one of RESULT, FAILURE, EXIT, UNSERIALIZABLE, NO_MEMORY came */
    enum capsule_report_kind kind;
    char *text;              /* of that report, NUL-terminated, owned */
    size_t text_length;
    char *tasks;             /* TASKS */
    char *load_failure;      /* LOAD_FAILURE */
    char *impure_reason;     /* IMPURE */
    bool too_large;          /* a report was above its limit */
} cap_sandbox;

/* Calls capsule_load or capsule_call with a request: copies it into the guest's exchange buffer first.
 * -1 only when the host failed. */
int cap_sandbox_request(cap_sandbox *sandbox, const char *export_name, const char *request, size_t length,
                        cap_outcome *ret_outcome, capsule_error **error);
/* Adds the request of capsule_load for this program to a buffer. argv: NULL-terminated or NULL. */
int cap_sandbox_load_request(const capsule_program *program, const char *const *argv, cap_buffer *out);
/* Adds what a call is to run to its request, behind the opening brace: the name of a task, or the program's string. */
int cap_sandbox_add_callee(const capsule_program *program, const char *task, cap_buffer *out);
/* Units of compute used so far; never above the policy's limit, so that it is the same on every run, whenever the stop
 * came that followed the excess. */
uint64_t cap_sandbox_fuel(const cap_sandbox *sandbox, const cap_policy *policy);
/* Frees what the guest reported and the WASI state; the slot is the caller's. */
void cap_sandbox_clear(cap_sandbox *sandbox);

#endif
