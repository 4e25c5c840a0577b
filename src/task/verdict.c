#include "task/hints.h"
#include "task/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "task/load_failure.h"

void cap_verdict_clear(cap_verdict *verdict) {
    free(verdict->message);
    free(verdict->traceback);
    free(verdict->hint);
    free(verdict->value);
    *verdict = (cap_verdict){0};
}

const char *cap_verdict_state(const char *error_type) {
    if (!error_type) return "completed";
    if (strcmp(error_type, "timeout") == 0) return "timed_out";
    return strcmp(error_type, "cancelled") == 0 ? "interrupted" : "failed";
}

static void fail(cap_verdict *verdict, const char *error_type, const char *format, va_list arguments) {
    verdict->error_type = error_type;
    free(verdict->message);
    if (vasprintf(&verdict->message, format, arguments) < 0) verdict->message = NULL;
}

void cap_verdict_fail(cap_verdict *verdict, const char *error_type, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fail(verdict, error_type, format, arguments);
    va_end(arguments);
}

void cap_verdict_exceed(cap_verdict *verdict, const char *error_type, const char *limit, uint64_t used, uint64_t allowed,
                        const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fail(verdict, error_type, format, arguments);
    va_end(arguments);
    verdict->limit = limit;
    verdict->used = used;
    verdict->allowed = allowed;
}

void cap_verdict_from_error(cap_verdict *verdict, const capsule_error *error) {
    switch (capsule_error_code(error)) {
    case CAPSULE_CONFIG:
    case CAPSULE_USAGE:
    case CAPSULE_NOT_FOUND: cap_verdict_fail(verdict, "config_error", "%s", capsule_error_message(error)); break;
    case CAPSULE_BUILD: cap_verdict_fail(verdict, "build_error", "%s", capsule_error_message(error)); break;
    case CAPSULE_CANCELLED: cap_verdict_fail(verdict, "cancelled", "%s", capsule_error_message(error)); break;
    default: cap_verdict_fail(verdict, "host_fault", "%s", capsule_error_message(error)); break;
    }
    const char *detail = capsule_error_detail(error);
    if (detail) verdict->traceback = strdup(detail);
}

/* Takes "message" and "traceback" out of a report. Text that is not such JSON is the message itself. Answers the report,
 * or NULL: the caller's to free. */
static yyjson_doc *read_failure(cap_verdict *verdict, const char *text, size_t length) {
    yyjson_doc *doc = yyjson_read(text, length, YYJSON_READ_NUMBER_AS_RAW | YYJSON_READ_ALLOW_INVALID_UNICODE);
    yyjson_val *root = yyjson_doc_get_root(doc);
    const char *message = yyjson_get_str(yyjson_obj_get(root, "message"));
    const char *traceback = yyjson_get_str(yyjson_obj_get(root, "traceback"));
    verdict->message = strdup(message ? message : doc ? "" : text);
    verdict->traceback = traceback && *traceback ? strdup(traceback) : NULL;
    return doc;
}

static void judge_memory(cap_verdict *verdict, cap_sandbox *sandbox, const cap_policy *policy) {
    cap_verdict_exceed(verdict, "memory_exceeded", "ram", cap_slot_memory_bytes(sandbox->slot), policy->ram,
           "memory limit of %llu bytes exceeded", (unsigned long long)policy->ram);
    cap_hint_limit(verdict, policy, CAP_OPTION_RAM);
}

/* Whose time was over: the task's own, or that of whoever called it. */
static void judge_timeout(cap_verdict *verdict, const cap_node *node, const cap_policy *policy) {
    bool own = !node || node->attempt_deadline_ns < node->deadline_ns;
    uint64_t ns = own ? policy->timeout_ns : !node->parent ? node->tree->timeout_ns : CAP_NO_LIMIT;
    uint64_t ms = ns == CAP_NO_LIMIT ? 0 : ns / 1000000u;
    if (ms)
        cap_verdict_exceed(verdict, "timeout", "timeout", ms, ms, "timeout after %llums", (unsigned long long)ms);
    else
        cap_verdict_exceed(verdict, "timeout", "timeout", 0, 0, "timeout: the deadline of the calling task passed");
    if (own)
        cap_hint_limit(verdict, policy, CAP_OPTION_TIMEOUT);
    else if (!node->parent)
        cap_hint(verdict, "the caller allowed the run no more time than this");
}

static void judge_stop(cap_verdict *verdict, cap_sandbox *sandbox, const cap_outcome *outcome, const cap_policy *policy) {
    switch (outcome->stop) {
    case CAP_STOP_EXIT:
        if (outcome->stop_value == 0) return;
        cap_verdict_fail(verdict, "exit", "exit code %d", outcome->stop_value);
        verdict->exit_code = outcome->stop_value;
        return;
    case CAP_STOP_TIMEOUT: judge_timeout(verdict, sandbox->node, policy); return;
    case CAP_STOP_COMPUTE:
        cap_verdict_exceed(verdict, "compute_exceeded", "compute", cap_sandbox_fuel(sandbox, policy), policy->compute,
               "compute limit of %llu units exceeded", (unsigned long long)policy->compute);
        cap_hint_limit(verdict, policy, CAP_OPTION_COMPUTE);
        return;
    case CAP_STOP_CPU:
        cap_verdict_exceed(verdict, "compute_exceeded", "cpu", policy->cpu_ns / 1000000u, policy->cpu_ns / 1000000u,
               "CPU time limit of %llums exceeded", (unsigned long long)(policy->cpu_ns / 1000000u));
        cap_hint_limit(verdict, policy, CAP_RULE_CPU);
        return;
    case CAP_STOP_CANCELLED: cap_node_fail_cancelled(sandbox->node, verdict); return;
    case CAP_STOP_OUTPUT:
        cap_verdict_exceed(verdict, "output_exceeded", "output", sandbox->output_limit + 1, sandbox->output_limit,
               "output limit of %llu bytes exceeded", (unsigned long long)sandbox->output_limit);
        cap_hint_ceiling(verdict, sandbox, CAP_LIMIT_MAX_OUTPUT,
                         "no line of policy allows more: print less, or write it into a directory of allowed_files");
        return;
    case CAP_STOP_RESULT:
        cap_verdict_exceed(verdict, "result_too_large", "result", sandbox->result_limit + 1, sandbox->result_limit,
               "the result is larger than %llu bytes", (unsigned long long)sandbox->result_limit);
        cap_hint(verdict, "no line of policy allows more: return less, or write it into a directory of allowed_files");
        return;
    default: cap_verdict_fail(verdict, "host_fault", "the sandbox was stopped by a fault of the host"); return;
    }
}

static void judge_trap(cap_verdict *verdict, cap_sandbox *sandbox, const cap_outcome *outcome, const cap_policy *policy) {
    if (outcome->trap == CAP_TRAP_STOPPED) {
        judge_stop(verdict, sandbox, outcome, policy);
    } else if (outcome->trap == CAP_TRAP_STACK) {
        cap_verdict_fail(verdict, "stack_exceeded", "the sandbox used up its stack");
        verdict->limit = "stack";
    } else if (cap_slot_growth_refused(sandbox->slot)) {
        judge_memory(verdict, sandbox, policy);
    } else {
        static const char *const texts[] = {
            [CAP_TRAP_MEMORY] = "memory access out of bounds",
            [CAP_TRAP_UNREACHABLE] = "the interpreter aborted",
            [CAP_TRAP_ARITHMETIC] = "invalid arithmetic",
            [CAP_TRAP_CALL] = "invalid indirect call",
        };
        cap_verdict_fail(verdict, "trap", "%s", texts[outcome->trap]);
    }
}

/* Exact JSON is passed on as text; what does not parse is the guest's fault. */
static void judge_result(cap_verdict *verdict, cap_sandbox *sandbox) {
    yyjson_doc *doc = yyjson_read(sandbox->text, sandbox->text_length, YYJSON_READ_NUMBER_AS_RAW);
    if (doc) {
        verdict->value = sandbox->text;
        sandbox->text = NULL;
        /* Line breaks of valid JSON stand between its tokens; without them no envelope is ever two lines. */
        for (char *p = verdict->value; (p = strpbrk(p, "\r\n"));) *p = ' ';
    } else {
        cap_verdict_fail(verdict, "not_serializable", "the result is not valid JSON");
    }
    yyjson_doc_free(doc);
}

static void judge_disk(cap_verdict *verdict, const cap_sandbox *sandbox, const cap_policy *policy, const cap_excess *excess) {
    verdict->error_type = "disk_exceeded";
    verdict->limit = excess->limit;
    verdict->used = excess->used;
    verdict->allowed = excess->allowed;
    if (strcmp(excess->limit, "tmp") == 0 && policy->rules[CAP_RULE_TMP].lowered_by.kind)
        cap_hint_ceiling(verdict, sandbox, CAP_LIMIT_MAX_TMP, NULL);
    else if (strcmp(excess->limit, "tmp") == 0)
        cap_hint(verdict, "give /tmp more room, for example --tmp 256MB");
    else if (strcmp(excess->limit, "write_bytes") == 0)
        cap_hint_ceiling(verdict, sandbox, CAP_LIMIT_MAX_WRITE, "allow more with max_write in [limits] of capsule.toml");
}

static void judge_failure(cap_verdict *verdict, cap_sandbox *sandbox, const cap_policy *policy, const char *error_type) {
    yyjson_doc *report = read_failure(verdict, sandbox->text, sandbox->text_length);
    verdict->error_type = error_type;
    const cap_excess excess = cap_wasi_disk_excess(sandbox->wasi);
    if (excess.limit)
        judge_disk(verdict, sandbox, policy, &excess);
    else
        cap_hint_refused(verdict, sandbox, policy, yyjson_obj_get(yyjson_doc_get_root(report), "denied"));
    yyjson_doc_free(report);
}

static void judge_report(cap_verdict *verdict, cap_sandbox *sandbox, const cap_policy *policy) {
    switch (sandbox->kind) {
    case CAPSULE_REPORT_RESULT: judge_result(verdict, sandbox); return;
    case CAPSULE_REPORT_EXIT: {
        long code = strtol(sandbox->text, NULL, 10);
        if (code == 0) return;
        verdict->exit_code = code > INT32_MAX ? INT32_MAX : code < INT32_MIN ? INT32_MIN : (int32_t)code;
        cap_verdict_fail(verdict, "exit", "exit code %d", verdict->exit_code);
        return;
    }
    case CAPSULE_REPORT_UNSERIALIZABLE:
        yyjson_doc_free(read_failure(verdict, sandbox->text, sandbox->text_length));
        verdict->error_type = "not_serializable";
        return;
    case CAPSULE_REPORT_NO_MEMORY: {
        cap_verdict inner = {0};
        yyjson_doc_free(read_failure(&inner, sandbox->text, sandbox->text_length));
        judge_memory(verdict, sandbox, policy);
        verdict->traceback = cap_steal(inner.traceback);
        cap_verdict_clear(&inner);
        return;
    }
    case CAPSULE_REPORT_NETWORK_DENIED: judge_failure(verdict, sandbox, policy, "network_denied"); return;
    default: judge_failure(verdict, sandbox, policy, "task_error"); return;
    }
}

void cap_verdict_make(cap_sandbox *sandbox, const cap_outcome *outcome, const cap_policy *policy, cap_verdict *ret_verdict) {
    *ret_verdict = (cap_verdict){0};
    if (sandbox->load_failure && sandbox->evaluating && outcome->trap == CAP_TRAP_NONE) {
        cap_autoerror capsule_error *error = NULL;
        cap_load_failure(sandbox->load_failure, sandbox->node->tree->program->name, false, &error);
        cap_verdict_from_error(ret_verdict, error);
    } else if (sandbox->load_failure && !sandbox->evaluating) {
        yyjson_doc *report = read_failure(ret_verdict, sandbox->load_failure, strlen(sandbox->load_failure));
        ret_verdict->error_type = "task_error";
        cap_hint_refused(ret_verdict, sandbox, policy, yyjson_obj_get(yyjson_doc_get_root(report), "denied"));
        yyjson_doc_free(report);
    } else if (outcome->trap == CAP_TRAP_NONE || (sandbox->reported && outcome->stop == CAP_STOP_COMPUTE)) {
        /* The report was within the limit, or the host would not have taken it; what the guest counted while returning
         * does not matter, whether or not the watchdog saw it in time. */
        if (sandbox->reported)
            judge_report(ret_verdict, sandbox, policy);
        else
            cap_verdict_fail(ret_verdict, "trap", "the interpreter ended without an answer");
    } else {
        judge_trap(ret_verdict, sandbox, outcome, policy);
    }
}
