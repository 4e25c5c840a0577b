/* leftovers FILE RUNS: nothing of one run is left for the next.
 *
 * Each turn the program's task "main" fills 100 MB of its memory with a marker that no other turn has, and ends in another
 * way (result, exception, timeout, memory, compute, exit, output, a trap of the stack). Then the sandbox that ran it is made
 * fresh as for the next run, and all of it is looked through: what the image covers, and as much above it as the run had,
 * which a guest gets by growing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "task/program.h"

enum { MARKER = 16, RAM = 512 << 20 };

static void fail(const char *what, const char *why) {
    fprintf(stderr, "leftovers: %s: %s\n", what, why ? why : "?");
    exit(1);
}

static void make_marker(long turn, char marker[MARKER + 1]) {
    uint64_t seed = (uint64_t)turn * UINT64_C(0x9e3779b97f4a7c15) + 12345;
    for (int i = 0; i < MARKER; i++, seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407) marker[i] = (char)('A' + (seed >> 33) % 26);
    marker[MARKER] = 0;
}

/* How the run ended: its error type, "" for a result. */
static char *run(capsule_program *program, long turn, const char *marker) {
    char arguments[128];
    snprintf(arguments, sizeof arguments, "[%ld,\"%s\"]", turn, marker);
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    options.arguments = arguments;
    options.no_trace = true;
    options.output_limit = 100000;
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    if (capsule_program_call(program, &options, &result, &error) < 0) fail("run", capsule_error_message(error));
    const char *type = capsule_result_error_type(result);
    char *copy = strdup(type ? type : "");
    capsule_result_free(result);
    return copy;
}

/* Looks through the sandbox as the next run gets it; `size` is what the last one had. */
static void look_through(capsule_program *program, const char *marker, long turn, const char *end) {
    cap_slot *slot = NULL;
    capsule_error *error = NULL;
    if (cap_runtime_take_slot(program->runtime, program->image.source, &slot, &error) < 0) fail("slot", capsule_error_message(error));
    uint64_t had = cap_slot_memory_bytes(slot);
    if (cap_slot_load(slot, program->guest->module, &program->image, RAM, &error) < 0) fail("load", capsule_error_message(error));
    cap_memory *memory = cap_slot_host(slot)->memory;
    uint64_t size = cap_slot_memory_bytes(slot);
    if (had > size && mprotect(memory->base + size, had - size, PROT_READ) < 0) fail("mprotect", "refused");
    if (memmem(memory->base, had > size ? had : size, marker, MARKER)) {
        fprintf(stderr, "leftovers: turn %ld, which ended with \"%s\", left its marker %s\n", turn, end, marker);
        exit(1);
    }
    if (had > size && mprotect(memory->base + size, had - size, PROT_NONE) < 0) fail("mprotect", "refused");
    cap_runtime_give_slot(program->runtime, slot);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    long turns = atol(argv[2]);
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    capsule_error *error = NULL;
    if (capsule_runtime_create(NULL, &runtime, &error) < 0 || capsule_program_load(runtime, argv[1], NULL, &program, &error) < 0)
        fail(argv[1], capsule_error_message(error));
    char *ends[16] = {0};
    size_t kinds = 0;
    for (long turn = 0; turn < turns; turn++) {
        char marker[MARKER + 1];
        make_marker(turn, marker);
        char *end = run(program, turn, marker);
        look_through(program, marker, turn, end);
        size_t i = 0;
        while (i < kinds && strcmp(ends[i], end)) i++;
        if (i == kinds && kinds < 16)
            ends[kinds++] = end;
        else
            free(end);
        if ((turn + 1) % 100 == 0) fprintf(stderr, "leftovers: %ld of %ld\n", turn + 1, turns);
    }
    printf("leftovers %s: %ld runs, nothing left; ends:", argv[1], turns);
    for (size_t i = 0; i < kinds; i++) {
        printf(" %s", *ends[i] ? ends[i] : "result");
        free(ends[i]);
    }
    printf("\n");
    if (turns >= 8 && kinds < 7) fail(argv[1], "some ends were not met");
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    return 0;
}
