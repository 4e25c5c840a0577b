/* The envelope: one JSON object about one execution, the reference's keys first and in its order, then ours. */
#ifndef CAP_TASK_ENVELOPE_H
#define CAP_TASK_ENVELOPE_H

#include "task/capture.h"
#include "task/verdict.h"

/* What an envelope tells. Everything is borrowed. */
typedef struct cap_execution {
    const cap_verdict *verdict;
    const cap_capture *capture;
    const char *task_name, *id, *language;
    const char *snapshot; /* NULL: there is none */
    bool deterministic;
    uint32_t attempts;
    uint64_t fuel, ram, output_bytes;
    uint64_t cpu_ns, duration_ns;
} cap_execution;

/* JSON text, caller frees; NULL when memory is short. */
char *cap_envelope_make(const cap_execution *execution, size_t *ret_length);

#endif
