#include "task/sandbox.h"

#include <stdlib.h>
#include <string.h>

static int call_trapped(const cap_outcome *outcome) { return outcome->trap != CAP_TRAP_NONE; }

int cap_sandbox_request(cap_sandbox *sandbox, const char *export_name, const char *request, size_t length,
                        cap_outcome *ret_outcome, capsule_error **error) {
    if (length > CAP_REQUEST_MAX)
        return cap_error_set(error, CAPSULE_USAGE, "a request of %zu bytes is too large, at most %llu", length,
                             (unsigned long long)CAP_REQUEST_MAX);
    uint32_t size = (uint32_t)length;
    if (cap_slot_call(sandbox->slot, "capsule_buffer", &size, 1, ret_outcome, error) < 0) return -1;
    if (call_trapped(ret_outcome)) return 0;
    uint32_t at = ret_outcome->value;
    void *target = at ? cap_memory_writable(cap_slot_host(sandbox->slot)->memory, at, size, 1) : NULL;
    if (!target) {
        /* No memory for the request: as if the guest had run out of it before it began. */
        *ret_outcome = (cap_outcome){.trap = CAP_TRAP_UNREACHABLE};
        return 0;
    }
    memcpy(target, request, length);
    uint32_t arguments[] = {at, size};
    return cap_slot_call(sandbox->slot, export_name, arguments, 2, ret_outcome, error);
}

static void add_json_array(cap_buffer *out, const char *const *texts) {
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; texts && texts[i]; i++) {
        if (i) cap_buffer_add_text(out, ",");
        cap_buffer_add_json_string(out, texts[i], strlen(texts[i]));
    }
    cap_buffer_add_text(out, "]");
}

int cap_sandbox_load_request(const capsule_program *program, const char *const *argv, cap_buffer *out) {
    cap_buffer_add_text(out, "{");
    cap_buffer_add_json_key(out, "entry");
    cap_buffer_add_json_string(out, program->entry, strlen(program->entry));
    cap_buffer_add_json_key(out, "name");
    cap_buffer_add_json_string(out, program->name, strlen(program->name));
    cap_buffer_add_json_key(out, "source");
    if (program->bundle)
        cap_buffer_add_json_string(out, program->bundle, program->bundle_length);
    else
        cap_buffer_add_text(out, "null");
    if (program->source_map) {
        cap_buffer_add_json_key(out, "source_map");
        cap_buffer_add_json_string(out, program->source_map, program->source_map_length);
    }
    if (program->packages_fd >= 0) {
        cap_buffer_add_json_key(out, "packages");
        cap_buffer_add_json_string(out, CAP_GUEST_PACKAGES, strlen(CAP_GUEST_PACKAGES));
    }
    cap_buffer_add_json_key(out, "argv");
    add_json_array(out, argv);
    return cap_buffer_add_text(out, "}");
}

int cap_sandbox_add_callee(const capsule_program *program, const char *task, cap_buffer *out) {
    const struct {
        const char *key, *text;
        size_t length;
    } string[] = {{"code", program->code, program->code_length},
                  {"name", program->name, strlen(program->name)},
                  {"original", program->original, program->original ? strlen(program->original) : 0},
                  {"source_map", program->source_map, program->source_map_length}};
    if (!program->code) {
        cap_buffer_add_json_key(out, "task");
        return cap_buffer_add_json_string(out, task, strlen(task));
    }
    for (size_t i = 0; i < sizeof string / sizeof string[0]; i++) {
        if (!string[i].text) continue;
        cap_buffer_add_json_key(out, string[i].key);
        cap_buffer_add_json_string(out, string[i].text, string[i].length);
    }
    return out->failed ? -1 : 0;
}

uint64_t cap_sandbox_fuel(const cap_sandbox *sandbox, const cap_policy *policy) {
    uint64_t units = cap_slot_meter(sandbox->slot) * CAP_UNITS_PER_COUNT;
    return units < policy->compute ? units : policy->compute;
}

void cap_sandbox_clear(cap_sandbox *sandbox) {
    cap_wasi_free(sandbox->wasi);
    sandbox->wasi = NULL;
    free(sandbox->text);
    free(sandbox->tasks);
    free(sandbox->load_failure);
    free(sandbox->impure_reason);
    sandbox->text = sandbox->tasks = sandbox->load_failure = sandbox->impure_reason = NULL;
}
