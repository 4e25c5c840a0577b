/* The imports of module "capsule": thin, each checks what the guest passed and hands it to its sandbox. */
#include "task/host_functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "task/tree.h"
#include "wasi/abi.h"

#define TASK_NAME_MAX 1024u                           /* bytes of a task's name */
#define TASK_ARGUMENTS_MAX (UINT32_C(64) << 20)       /* bytes of a subtask's arguments */

static uint32_t negative(int32_t number) { return (uint32_t)-number; }

static uint64_t report_limit(const cap_sandbox *sandbox, uint32_t kind) {
    if (kind == CAPSULE_REPORT_RESULT) return sandbox->result_limit;
    return kind == CAPSULE_REPORT_TASKS ? CAP_TASKS_JSON_MAX : CAP_REPORT_MAX;
}

/* What a guest says must not be lost without a trace: it might be that its import was not pure. */
static uint32_t no_memory(cap_host *host) {
    cap_host_stop(host, CAP_STOP_FAULT, 0);
    return negative(WASI_ENOMEM);
}

/* Keeps the first text of its place. */
static uint32_t keep(cap_host *host, char **place, const char *text, uint32_t length) {
    if (*place) return 0;
    *place = strndup(text, length);
    return *place ? 0 : no_memory(host);
}

static uint32_t keep_final(cap_host *host, uint32_t kind, const char *text, uint32_t length) {
    cap_sandbox *sandbox = host->owner;
    if (sandbox->reported) return 0;
    char *copy = malloc((size_t)length + 1);
    if (!copy) return no_memory(host);
    memcpy(copy, text, length);
    copy[length] = 0;
    sandbox->text = copy;
    sandbox->text_length = length;
    sandbox->kind = (enum capsule_report_kind)kind;
    sandbox->reported = true;
    return 0;
}

static uint32_t report(cap_host *host, uint32_t kind, uint32_t pointer, uint32_t length) {
    cap_sandbox *sandbox = host->owner;
    if (length > report_limit(sandbox, kind)) {
        sandbox->too_large = true;
        cap_host_stop(host, CAP_STOP_RESULT, 0);
        return negative(WASI_E2BIG);
    }
    const char *text = cap_memory_at(host->memory, pointer, length, 1);
    if (!text) return negative(WASI_EFAULT);
    if (!cap_utf8_valid(text, length)) return negative(WASI_EILSEQ);
    switch (kind) {
    case CAPSULE_REPORT_RESULT:
    case CAPSULE_REPORT_FAILURE:
    case CAPSULE_REPORT_EXIT:
    case CAPSULE_REPORT_UNSERIALIZABLE:
    case CAPSULE_REPORT_NETWORK_DENIED:
    case CAPSULE_REPORT_NO_MEMORY: return keep_final(host, kind, text, length);
    case CAPSULE_REPORT_TASKS: return sandbox->loading ? keep(host, &sandbox->tasks, text, length) : 0;
    case CAPSULE_REPORT_LOAD_FAILURE: return sandbox->loading || sandbox->evaluating ? keep(host, &sandbox->load_failure, text, length) : 0;
    case CAPSULE_REPORT_IMPURE: return sandbox->loading ? keep(host, &sandbox->impure_reason, text, length) : 0;
    default: return negative(WASI_EINVAL);
    }
}

static uint32_t task_start(cap_host *host, uint32_t name, uint32_t name_length, uint32_t arguments, uint32_t length) {
    cap_sandbox *sandbox = host->owner;
    if (!sandbox->node) return negative(WASI_EPERM); /* the import starts nothing */
    if (name_length > TASK_NAME_MAX || length > TASK_ARGUMENTS_MAX) return negative(WASI_E2BIG);
    const char *name_text = cap_memory_at(host->memory, name, name_length, 1);
    const char *arguments_text = cap_memory_at(host->memory, arguments, length, 1);
    if (!name_text || !arguments_text) return negative(WASI_EFAULT);
    if (!cap_utf8_valid(name_text, name_length) || memchr(name_text, 0, name_length)) return negative(WASI_EILSEQ);
    return (uint32_t)cap_subtask_start(sandbox->node, host, name_text, name_length, arguments_text, length);
}

static uint32_t program_start(cap_host *host, uint32_t request, uint32_t length) {
    cap_sandbox *sandbox = host->owner;
    if (!sandbox->node) return negative(WASI_EPERM); /* the import starts nothing */
    if (length > TASK_ARGUMENTS_MAX) return negative(WASI_E2BIG);
    const char *text = cap_memory_at(host->memory, request, length, 1);
    if (!text) return negative(WASI_EFAULT);
    return (uint32_t)cap_subtask_bring(sandbox->node, host, text, length);
}

static uint32_t task_cancel(cap_host *host, uint32_t handle) {
    cap_sandbox *sandbox = host->owner;
    if (!sandbox->node) return negative(WASI_EPERM);
    return (uint32_t)cap_subtask_cancel(sandbox->node, handle);
}

static uint32_t task_wait(cap_host *host, uint32_t handles, uint32_t count, uint64_t timeout_ns) {
    cap_sandbox *sandbox = host->owner;
    if (!sandbox->node) return negative(WASI_EPERM);
    if (count > CAP_HANDLES_MAX) return negative(WASI_EINVAL);
    const void *from = cap_memory_at(host->memory, handles, count, sizeof(uint32_t));
    if (!from) return negative(WASI_EFAULT);
    uint32_t *copy = malloc(((size_t)count + 1) * sizeof *copy); /* count is bounded above */
    if (!copy) return negative(WASI_ENOMEM);
    memcpy(copy, from, count * sizeof *copy);
    int32_t answer = cap_subtask_wait(sandbox->node, host, copy, count, (int64_t)timeout_ns);
    free(copy);
    return (uint32_t)answer;
}

static uint32_t task_read(cap_host *host, uint32_t handle, uint32_t buffer, uint32_t capacity) {
    cap_sandbox *sandbox = host->owner;
    if (!sandbox->node) return negative(WASI_EPERM);
    int32_t number;
    cap_node *child = cap_subtask_finished(sandbox->node, handle, &number);
    if (!child) return (uint32_t)number;
    const char *envelope = child->envelope ? child->envelope : "null";
    size_t length = strlen(envelope);
    if (length > INT32_MAX) return negative(WASI_E2BIG);
    if (capacity < length) return (uint32_t)length;
    void *to = cap_memory_writable(host->memory, buffer, (uint32_t)length, 1);
    if (!to) return negative(WASI_EFAULT);
    memcpy(to, envelope, length);
    cap_subtask_close(sandbox->node, handle);
    return (uint32_t)length;
}

static uint32_t environment(cap_host *host, uint32_t buffer, uint32_t capacity) {
    cap_sandbox *sandbox = host->owner;
    sandbox->environment_read = true;
    uint32_t length = (uint32_t)sandbox->environment_length; /* at most 128 KiB */
    if (capacity < length) return length;
    void *to = cap_memory_writable(host->memory, buffer, length, 1);
    if (!to) return negative(WASI_EFAULT);
    memcpy(to, sandbox->environment, length);
    return length;
}

static uint32_t last_denial(cap_host *host, uint32_t buffer, uint32_t capacity) {
    const char *text = cap_wasi_last_denial(host->wasi);
    uint32_t length = (uint32_t)strlen(text);
    if (capacity < length) return length;
    void *to = cap_memory_writable(host->memory, buffer, length, 1);
    if (!to) return negative(WASI_EFAULT);
    memcpy(to, text, length);
    return length;
}

static uint32_t file_lock(cap_host *host, uint32_t fd, uint32_t kind, uint64_t start, uint64_t length) {
    return negative((int32_t)cap_wasi_file_lock(host, fd, kind, start, length));
}

const cap_host_function cap_task_functions[] = {
    {"capsule", "report", "iii>i", (void (*)(void))report},
    {"capsule", "task_start", "iiii>i", (void (*)(void))task_start},
    {"capsule", "task_wait", "iiI>i", (void (*)(void))task_wait},
    {"capsule", "task_read", "iii>i", (void (*)(void))task_read},
    {"capsule", "environment", "ii>i", (void (*)(void))environment},
    {"capsule", "last_denial", "ii>i", (void (*)(void))last_denial},
    {"capsule", "file_lock", "iiII>i", (void (*)(void))file_lock},
    {"capsule", "program_start", "ii>i", (void (*)(void))program_start},
    {"capsule", "task_cancel", "i>i", (void (*)(void))task_cancel},
    {0},
};
