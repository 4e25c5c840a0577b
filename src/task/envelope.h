/* The envelope: one JSON object about one execution, the reference's keys first and in its order, then ours. */
#ifndef CAP_TASK_ENVELOPE_H
#define CAP_TASK_ENVELOPE_H

#include "task/capture.h"
#include "task/verdict.h"

#define CAP_RETRIED_MAX 16u       /* failed attempts an envelope tells of, the first ones */
#define CAP_RETRIED_TEXT_MAX 256u /* bytes of the message of one */

/* An attempt that failed and was followed by another. */
typedef struct cap_retried {
    const char *error_type;
    char *message;     /* owned */
    uint64_t delay_ns; /* waited before the next one */
} cap_retried;

/* What an envelope tells. Everything is borrowed. */
typedef struct cap_execution {
    const cap_verdict *verdict;
    const cap_capture *capture;
    const char *task_name, *id, *language;
    const char *snapshot; /* NULL: there is none */
    bool deterministic;
    uint32_t attempts;
    const cap_retried *retried;
    size_t retried_count;
    uint64_t fuel, ram, output_bytes;
    uint64_t cpu_ns, duration_ns;
} cap_execution;

/* [{"error_type","message","delay_ms"}...] */
void cap_retried_to_json(const cap_retried *retried, size_t count, cap_buffer *out);
/* JSON text, caller frees; NULL when memory is short. */
char *cap_envelope_make(const cap_execution *execution, size_t *ret_length);

#endif
