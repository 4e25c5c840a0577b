/* What one attempt of a task came to, told apart by cause. Status comes from the host and from the kind of the guest's
 * report, never from guest text. */
#ifndef CAP_TASK_VERDICT_H
#define CAP_TASK_VERDICT_H

#include "task/sandbox.h"

typedef struct cap_verdict {
    const char *error_type; /* contracts, "error_type"; NULL: success */
    char *message;          /* owned; NULL on success */
    char *traceback;        /* of the guest, owned, or NULL */
    char *hint;             /* one line, owned, or NULL */
    char *value;            /* JSON text of the result, owned; NULL stands for null */
    const char *limit;      /* name of the limit that was met, or NULL */
    uint64_t used, allowed; /* in the unit of that limit */
    int32_t exit_code;      /* of error_type "exit" */
    bool settled;           /* another attempt cannot end otherwise */
} cap_verdict;

/* Judges the end of a call under the policy of its task. Takes the report's text out of the sandbox. */
void cap_verdict_make(cap_sandbox *sandbox, const cap_outcome *outcome, const cap_policy *policy, cap_verdict *ret_verdict);
/* A failure of the host's making: no sandbox ran. message is printf-formatted. */
void cap_verdict_fail(cap_verdict *verdict, const char *error_type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A limit that was met. */
void cap_verdict_exceed(cap_verdict *verdict, const char *error_type, const char *limit, uint64_t used, uint64_t allowed,
                        const char *format, ...) __attribute__((format(printf, 6, 7)));
/* A failure out of an error object: configuration errors and faults of the host. */
void cap_verdict_from_error(cap_verdict *verdict, const capsule_error *error);
/* What the trace calls a run that ended with this error type (NULL: success). Static. */
const char *cap_verdict_state(const char *error_type);
void cap_verdict_clear(cap_verdict *verdict);

#endif
