/* capsule_runs_record as somebody who has the header alone would use it: runs of two projects (argv[1], argv[2]), recorded
 * together. Prints the ids that have to be on record. */
#include <stdio.h>
#include <stdlib.h>

#include <capsule.h>

enum { RUNS = 6 };
static int failures;

static void expect(int holds, const char *what) {
    if (holds) return;
    failures++;
    fprintf(stderr, "not so: %s\n", what);
}

static capsule_program *load(capsule_runtime *runtime, const char *project) {
    capsule_program_options options = CAPSULE_PROGRAM_OPTIONS_INIT;
    capsule_program *program = NULL;
    capsule_error *error = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/main.py", project);
    options.project_dir = project;
    if (capsule_program_load(runtime, path, &options, &program, &error) < 0) fprintf(stderr, "%s\n", capsule_error_message(error));
    capsule_error_free(error);
    return program;
}

static capsule_run *execute(capsule_program *program, const char *arguments, bool no_trace, bool tell) {
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    capsule_run *run = NULL;
    capsule_result *result = NULL;
    options.arguments = arguments;
    options.no_trace = no_trace;
    options.trace_later = true;
    expect(capsule_run_create(program, &options, &run, NULL) == 0, "the run is made");
    expect(run && capsule_run_execute(run, &result, NULL) == 0, "the run is executed");
    if (result && tell) printf("%s\n", capsule_result_run_id(result));
    capsule_result_free(result); /* it has gone when the run is recorded */
    return run;
}

int main(int argc, char **argv) {
    capsule_runtime *runtime = NULL;
    capsule_run *runs[RUNS] = {NULL}, *never = NULL;
    capsule_error *error = NULL;
    if (argc != 3 || capsule_runtime_create(NULL, &runtime, NULL) < 0) return 2;
    capsule_program *first = load(runtime, argv[1]), *second = load(runtime, argv[2]);
    expect(capsule_runs_record(NULL, 0, &error) == 0, "nothing is recorded without complaint");
    runs[0] = execute(first, "[1]", false, true);
    runs[1] = execute(second, "[2]", false, true);
    runs[2] = execute(first, "[\"no number\"]", false, true); /* fails */
    runs[3] = execute(first, "[4]", true, false);
    runs[5] = execute(second, "[6]", false, true); /* runs[4] is NULL */
    never = execute(first, "[7]", false, false);
    capsule_program_free(first); /* the runs hold it */
    capsule_program_free(second);
    int status = capsule_runs_record(runs, RUNS, &error);
    expect(status == 0, error ? capsule_error_message(error) : "an error has a message");
    expect(capsule_runs_record(runs, RUNS, NULL) == 0, "what was recorded, or given up, is passed over");
    for (int i = 0; i < RUNS; i++) capsule_run_free(runs[i]);
    capsule_run_free(never);
    capsule_error_free(error);
    capsule_runtime_free(runtime);
    return failures ? 1 : 0;
}
