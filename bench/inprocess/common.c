#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why ? why : "?");
    exit(1);
}

loaded load_program(const char *file, uint32_t jobs) {
    loaded l = {0};
    capsule_error *error = NULL;
    capsule_runtime_options options = CAPSULE_RUNTIME_OPTIONS_INIT;
    options.jobs = jobs;
    if (capsule_runtime_create(&options, &l.runtime, &error) < 0) fail("runtime", capsule_error_message(error));
    if (capsule_program_load(l.runtime, file, NULL, &l.program, &error) < 0) fail(file, capsule_error_message(error));
    return l;
}

void unload(loaded l) {
    capsule_program_free(l.program);
    capsule_runtime_free(l.runtime);
}

capsule_result *execute(capsule_program *program, const capsule_run_options *options) {
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    if (capsule_program_call(program, options, &result, &error) < 0) fail("call", capsule_error_message(error));
    return result;
}

void call(capsule_program *program, const capsule_run_options *options) {
    capsule_result *result = execute(program, options);
    if (!capsule_result_success(result)) fail(capsule_result_error_type(result), capsule_result_error_message(result));
    capsule_result_free(result);
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void sort(uint64_t *values, size_t count) { qsort(values, count, sizeof *values, compare); }

uint64_t quantile(const uint64_t *sorted, size_t count, double share) {
    size_t at = (size_t)(share * (double)count);
    return sorted[at < count ? at : count - 1];
}

uint64_t proportional_bytes(void) {
    char line[256];
    unsigned long long kilobytes = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %llu kB", &kilobytes) == 1) break;
    if (file) fclose(file);
    return kilobytes * 1024;
}
