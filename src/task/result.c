#include "task/result.h"

#include <stdlib.h>

bool capsule_result_success(const capsule_result *result) { return result->verdict.error_type == NULL; }

const char *capsule_result_value(const capsule_result *result) {
    const cap_verdict *verdict = &result->verdict;
    return !verdict->error_type && verdict->value ? verdict->value : "null";
}

const char *capsule_result_envelope(const capsule_result *result) { return result->envelope; }
const char *capsule_result_error_type(const capsule_result *result) { return result->verdict.error_type; }

const char *capsule_result_error_message(const capsule_result *result) {
    const cap_verdict *verdict = &result->verdict;
    return verdict->error_type ? (verdict->message ? verdict->message : "") : NULL;
}

const char *capsule_result_traceback(const capsule_result *result) { return result->verdict.traceback; }
const char *capsule_result_hint(const capsule_result *result) { return result->verdict.hint; }
const char *capsule_result_run_id(const capsule_result *result) { return result->id; }
int64_t capsule_result_duration_ms(const capsule_result *result) { return (int64_t)(result->duration_ns / 1000000u); }
int capsule_result_exit_code(const capsule_result *result) { return result->verdict.exit_code; }

void capsule_result_free(capsule_result *result) {
    if (!result) return;
    cap_verdict_clear(&result->verdict);
    free(result->envelope);
    free(result);
}
