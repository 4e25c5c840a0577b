/* What a guest reports, through the host functions of module `capsule` and into verdict and envelope.
 *
 * A guest may call any of them with any arguments and say anything. The host reads and writes guest memory alone; the
 * envelope is valid JSON whose status does not come from guest text; task lists are refused or described as valid JSON.
 *
 * Input: one byte that chooses how the call ended and whether the import runs, then calls, each a function, its
 * selectors and a text of the guest. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "engine/slot.h"
#include "must.h"
#include "task/envelope.h"
#include "task/host_functions.h"
#include "task/tasks.h"
#include "task/tree.h"
#include "wasi/wasi.h"
#include "yyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { GUEST_SIZE = 65536, TEXT_AT = 0x1000, CALLS_MAX = 6, FUNCTIONS = 8 };

static cap_memory memory;
static cap_slot *slot;
static capsule_runtime runtime = {.references = 1};
static char language[] = "python", file_name[] = "main.py", task_name[] = "main", declared[] = "{}";
static cap_guest guest = {.language = language};
static cap_policy policy = {.compute = 1000, .ram = 1 << 20, .timeout_ns = CAP_NO_LIMIT};
static cap_task task = {.name = task_name, .declared = declared, .policy = &policy};

static void prepare(void) {
    if (slot) return;
    uint8_t *whole = mmap(NULL, 3 * GUEST_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(whole != MAP_FAILED && mprotect(whole + GUEST_SIZE, GUEST_SIZE, PROT_READ | PROT_WRITE) == 0);
    memory = (cap_memory){.base = whole + GUEST_SIZE, .size = GUEST_SIZE};
    MUST(cap_slot_create(&slot, NULL) == 0);
}

typedef struct input {
    const uint8_t *at, *end;
} input;

static uint8_t take(input *in) { return in->at < in->end ? *in->at++ : 0; }

/* Puts a text of the guest into its memory; its length. */
static uint32_t take_text(input *in) {
    uint32_t length = take(in) | (uint32_t)(take(in) & 1) << 8;
    if (length > in->end - in->at) length = (uint32_t)(in->end - in->at);
    memcpy(memory.base + TEXT_AT, in->at, length);
    in->at += length;
    return length;
}

/* A pointer or length: mostly what was meant, sometimes anything. */
static uint32_t take_number(input *in, uint32_t meant) {
    static const uint32_t odd[] = {0, 1, 4, GUEST_SIZE - 1, GUEST_SIZE, UINT32_MAX, INT32_MAX, GUEST_SIZE - TEXT_AT};
    uint8_t selector = take(in);
    return selector < 0xe0 ? meant : odd[selector & 7];
}

typedef uint32_t call1(cap_host *, uint32_t);
typedef uint32_t call2(cap_host *, uint32_t, uint32_t);
typedef uint32_t call3(cap_host *, uint32_t, uint32_t, uint32_t);
typedef uint32_t call4(cap_host *, uint32_t, uint32_t, uint32_t, uint32_t);
typedef uint32_t call_wait(cap_host *, uint32_t, uint32_t, uint64_t);

static void call(input *in, cap_host *host) {
    uint8_t chosen = take(in);
    uint32_t length = take_text(in), pointer = take_number(in, TEXT_AT);
    length = take_number(in, length);
    static const uint8_t positions[FUNCTIONS] = {0, 1, 2, 3, 4, 5, 7, 8}; /* locks are of files: fuzz_wasi_calls.c */
    void (*function)(void) = cap_task_functions[positions[chosen % FUNCTIONS]].function;
    switch (chosen % FUNCTIONS) {
    case 0: ((call3 *)function)(host, chosen / FUNCTIONS % 10, pointer, length); break;
    case 1: ((call4 *)function)(host, TEXT_AT, take(in) & 15, pointer, length); break;
    case 2: ((call_wait *)function)(host, pointer, length & 15, 0); break;
    case 3: ((call3 *)function)(host, take(in) & 7, pointer, length); break;
    case 7: ((call1 *)function)(host, take(in) & 7); break;
    default: ((call2 *)function)(host, pointer, length); break;
    }
}

static void check_object(const char *text, size_t length, bool success) {
    yyjson_doc *document = yyjson_read(text, length, YYJSON_READ_NUMBER_AS_RAW);
    yyjson_val *root = yyjson_doc_get_root(document);
    MUST(yyjson_is_obj(root));
    MUST(yyjson_get_bool(yyjson_obj_get(root, "success")) == success);
    MUST(yyjson_is_null(yyjson_obj_get(root, "error")) == success);
    MUST(yyjson_obj_size(root) == 8);
    yyjson_doc_free(document);
}

/* Judges the call and writes the envelope. */
static void conclude(cap_sandbox *sandbox, cap_node *node, uint8_t ending) {
    static const cap_outcome outcomes[] = {
        {.trap = CAP_TRAP_NONE}, {.trap = CAP_TRAP_MEMORY}, {.trap = CAP_TRAP_STACK}, {.trap = CAP_TRAP_STOPPED, .stop = CAP_STOP_EXIT, .stop_value = 3},
        {.trap = CAP_TRAP_STOPPED, .stop = CAP_STOP_COMPUTE}, {.trap = CAP_TRAP_STOPPED, .stop = CAP_STOP_TIMEOUT},
        {.trap = CAP_TRAP_STOPPED, .stop = CAP_STOP_RESULT}, {.trap = CAP_TRAP_NONE}};
    cap_verdict_make(sandbox, &outcomes[ending & 7], &policy, &node->verdict);
    size_t length = 0;
    const cap_execution told = {.verdict = &node->verdict, .capture = &node->capture, .task_name = task.name, .id = node->id,
                                .language = guest.language, .snapshot = "language", .attempts = 1};
    cap_autofree char *envelope = cap_envelope_make(&told, &length);
    MUST(envelope && strlen(envelope) == length);
    check_object(envelope, length, node->verdict.error_type == NULL);
    const char *type = node->verdict.error_type;
    if (type) MUST(node->verdict.message);
}

static void try_tasks(const char *text) {
    capsule_error *error = NULL;
    capsule_program program = {.name = file_name, .guest = &guest, .ceiling = CAP_CEILING_NONE, .tasks_json = (char *)text};
    if (cap_tasks_read(&program, &error) == 0) {
        MUST(!error && program.task_count <= CAP_TASKS_MAX);
        MUST(cap_tasks_describe(&program, &error) == 0);
        yyjson_doc *document = yyjson_read(program.description, strlen(program.description), YYJSON_READ_NUMBER_AS_RAW);
        MUST(yyjson_arr_size(yyjson_obj_get(yyjson_doc_get_root(document), "tasks")) == program.task_count);
        yyjson_doc_free(document);
    } else {
        MUST(error);
    }
    capsule_error_free(error);
    for (size_t i = 0; i < program.task_count; i++) {
        free(program.tasks[i].name);
        free(program.tasks[i].declared);
        cap_policy_free(program.tasks[i].policy);
    }
    free(program.tasks);
    free(program.default_task);
    free(program.description);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    prepare();
    input in = {.at = bytes, .end = bytes + length};
    uint8_t ending = take(&in);
    capsule_program program = {.references = 1, .runtime = &runtime, .name = file_name, .guest = &guest, .ceiling = CAP_CEILING_NONE};
    static cap_tree tree;
    tree = (cap_tree){.program = &program, .output_limit = 4096, .result_limit = 256, .subtask_limit = 10, .held_limit = CAP_SUBTASK_BYTES_MAX};
    pthread_mutex_init(&tree.lock, NULL);
    cap_node *node = cap_node_create(&tree, NULL, &task, NULL, 0);
    cap_sandbox sandbox = {.slot = slot, .node = ending & 8 ? NULL : node, .loading = ending & 16, .result_limit = 256, .output_limit = 4096,
                           .environment = "A=1", .environment_length = 4};
    sandbox.wasi = cap_wasi_create(&(cap_wasi_config){0});
    MUST(node && sandbox.wasi);
    cap_host host = *cap_slot_host(slot);
    host.memory = &memory;
    host.wasi = sandbox.wasi;
    host.owner = &sandbox;
    for (int i = 0; in.at < in.end && i < CALLS_MAX; i++) call(&in, &host);
    if (sandbox.tasks) try_tasks(sandbox.tasks);
    conclude(&sandbox, node, ending);
    for (size_t i = 0; i < node->child_count; i++) cap_node_free(node->children[i]);
    node->child_count = 0;
    cap_sandbox_clear(&sandbox);
    cap_node_free(node);
    pthread_mutex_destroy(&tree.lock);
    return 0;
}
