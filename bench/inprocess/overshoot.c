/* How long a run lasts past its deadline:
 *
 *     overshoot TRIALS TIMEOUT_MS FILE TASK...
 *
 * Runs the tasks in turn, none of which may end by itself, TRIALS runs in all, with a timeout of the caller's. Prints one line
 * of JSON: milliseconds past the deadline (p50, p99, p99.9, the most). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    size_t trials = strtoul(argv[1], NULL, 10), tasks = (size_t)argc - 4;
    uint64_t timeout_ns = strtoul(argv[2], NULL, 10) * 1000000u;
    uint64_t *late = calloc(trials ? trials : 1, sizeof *late);
    if (!trials || !timeout_ns || !late) return 2;
    loaded l = load_program(argv[3], 0);
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    options.no_trace = true;
    options.timeout_ns = timeout_ns;
    for (size_t i = 0; i < trials; i++) {
        options.task = argv[4 + i % tasks];
        uint64_t start = now_ns();
        capsule_result *result = execute(l.program, &options);
        uint64_t spent = now_ns() - start;
        const char *type = capsule_result_error_type(result);
        if (!type || strcmp(type, "timeout") != 0) fail(options.task, capsule_result_envelope(result));
        capsule_result_free(result);
        late[i] = spent > timeout_ns ? spent - timeout_ns : 0;
    }
    sort(late, trials);
    printf("{\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"most_ms\":%.3f}\n", (double)quantile(late, trials, 0.5) / 1e6,
           (double)quantile(late, trials, 0.99) / 1e6, (double)quantile(late, trials, 0.999) / 1e6, (double)late[trials - 1] / 1e6);
    free(late);
    unload(l);
    return 0;
}
