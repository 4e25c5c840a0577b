/* What sandboxes hold while they do nothing:
 *
 *     idle SANDBOXES FILE
 *
 * Starts so many runs of the program's task "main", which must wait longer than this takes (some seconds), at once, each on
 * a thread of its own; looks at the memory of the process when all of them wait, cancels them, and looks again: what is left
 * are sandboxes ready for the next run. Prints one line of JSON: bytes (Pss) and mappings for each sandbox while it waits, bytes
 * when it is free, its thread included; seconds until all waited. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

static atomic_size_t waiting; /* tasks that said so */

static int heard(void *context, int stream, const void *bytes, size_t length) {
    (void)context, (void)stream, (void)bytes, (void)length;
    atomic_fetch_add(&waiting, 1);
    return 0;
}

static size_t mappings(void) {
    FILE *file = fopen("/proc/self/maps", "r");
    size_t count = 0;
    for (int c; file && (c = fgetc(file)) != EOF;) count += c == '\n';
    if (file) fclose(file);
    return count;
}

static void *execute_run(void *argument) {
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    if (capsule_run_execute(argument, &result, &error) < 0) fail("run", capsule_error_message(error));
    if (strcmp(capsule_result_error_type(result) ? capsule_result_error_type(result) : "success", "cancelled") != 0)
        fail("a task ended", capsule_result_error_message(result));
    capsule_result_free(result);
    return NULL;
}

int main(int argc, char **argv) {
    size_t count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    if (!count || count > 1000) return 2;
    loaded l = load_program(argv[2], (uint32_t)count);
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    options.no_trace = true;
    options.output = heard;
    capsule_run **runs = calloc(count, sizeof(capsule_run *));
    pthread_t *threads = calloc(count, sizeof *threads);
    if (!runs || !threads) fail("memory", "none");
    uint64_t before = proportional_bytes(), start = now_ns();
    for (size_t i = 0; i < count; i++) {
        capsule_error *error = NULL;
        if (capsule_run_create(l.program, &options, &runs[i], &error) < 0) fail("run", capsule_error_message(error));
        if (pthread_create(&threads[i], NULL, execute_run, runs[i])) fail("thread", "cannot be made");
    }
    while (atomic_load(&waiting) < count) usleep(1000);
    double seconds = (double)(now_ns() - start) / 1e9;
    usleep(200000); /* from the line that a task printed to the wait after it */
    uint64_t during = proportional_bytes();
    size_t mapped = mappings();
    for (size_t i = 0; i < count; i++) capsule_run_cancel(runs[i]);
    for (size_t i = 0; i < count; i++) pthread_join(threads[i], NULL);
    uint64_t after = proportional_bytes();
    printf("{\"waiting_bytes\":%.0f,\"free_bytes\":%.0f,\"mappings\":%.1f,\"seconds\":%.2f}\n", ((double)during - (double)before) / (double)count,
           ((double)after - (double)before) / (double)count, (double)mapped / (double)count, seconds);
    for (size_t i = 0; i < count; i++) capsule_run_free(runs[i]);
    free(runs);
    free(threads);
    unload(l);
    return 0;
}
