/* soak [-a] [-t MS] FILE RUNS: runs a program's task "main" again and again in one process, with the turn as its argument, and
 * checks that nothing leaks: descriptors, threads and mappings as after the first hundred turns, memory flat.
 *
 * The program decides by the turn how the run ends: even turns well, odd ones badly (exception, timeout, memory, output,
 * exit); -a: all well. -t: odd turns get so many milliseconds at most, besides what the program declares. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <capsule.h>

#define WARM_UP 200
#define WINDOW 20 /* runs of which the least is taken: what a sandbox still holds of its last run depends on how it ended */
/* A thread that is on its way back to the pool when the next run starts is not waited for, so a pool can grow by some. */
#define THREADS_SLACK 3
#define THREAD_BYTES (512 * 1024) /* resident memory of one such thread: the part of its stack that runs have touched */
#define SLOPE_LIMIT 64 /* bytes of resident memory per run; the allocator's own wobble is below it over thousands of runs */
#define LONG_RUNS 100000 /* from so many on the wobble is below LONG_SLOPE_LIMIT */
#define LONG_SLOPE_LIMIT 8

typedef struct flags {
    bool all_well;
    uint64_t odd_timeout_ns;
} flags;

typedef struct usage {
    long descriptors, threads, mappings, resident;
} usage;

static long entries(const char *path) {
    DIR *directory = opendir(path);
    long count = 0;
    while (directory && readdir(directory)) count++;
    if (directory) closedir(directory);
    return count;
}

static long lines(const char *path) {
    FILE *file = fopen(path, "r");
    long count = 0;
    for (int c; file && (c = fgetc(file)) != EOF;) count += c == '\n';
    if (file) fclose(file);
    return count;
}

static usage measure(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2) exit(70);
    fclose(file);
    return (usage){entries("/proc/self/fd"), entries("/proc/self/task"), lines("/proc/self/maps"), resident * 4096};
}

static void keep_least(usage *least, usage now) {
    if (least->resident == 0 || now.resident < least->resident) *least = now;
}

static int one_run(capsule_program *program, const flags *f, long turn) {
    char arguments[64];
    snprintf(arguments, sizeof arguments, "[%ld]", turn);
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    options.arguments = arguments;
    options.no_trace = true;
    options.output_limit = 100000;
    bool odd = turn % 2 != 0;
    if (odd) options.timeout_ns = f->odd_timeout_ns;
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    if (capsule_program_call(program, &options, &result, &error) < 0) {
        fprintf(stderr, "turn %ld: %s\n", turn, capsule_error_message(error));
        capsule_error_free(error);
        return -1;
    }
    bool expected = capsule_result_success(result) == (f->all_well || !odd);
    if (!expected) fprintf(stderr, "turn %ld: %s\n", turn, capsule_result_envelope(result));
    capsule_result_free(result);
    return expected ? 0 : -1;
}

int main(int argc, char **argv) {
    flags f = {0};
    for (int option; (option = getopt(argc, argv, "at:")) != -1;) {
        if (option == 'a') f.all_well = true;
        else if (option == 't') f.odd_timeout_ns = strtoul(optarg, NULL, 10) * 1000000u;
        else return 2;
    }
    if (argc - optind != 2) return 2;
    const char *file = argv[optind];
    long runs = atol(argv[optind + 1]);
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    capsule_error *error = NULL;
    if (capsule_runtime_create(NULL, &runtime, &error) < 0 || capsule_program_load(runtime, file, NULL, &program, &error) < 0) {
        fprintf(stderr, "%s\n", capsule_error_message(error));
        return 70;
    }
    usage first = {0}, last = {0};
    for (long turn = 0; turn < runs + WARM_UP; turn++) {
        if (one_run(program, &f, turn) < 0) return 1;
        if (turn < WARM_UP && turn >= WARM_UP - WINDOW) keep_least(&first, measure());
        if (turn >= runs + WARM_UP - WINDOW) keep_least(&last, measure());
    }
    long threads = last.threads > first.threads ? last.threads - first.threads : 0;
    double slope = (double)(last.resident - first.resident - threads * THREAD_BYTES) / (double)runs;
    printf("%ld runs: descriptors %ld -> %ld, threads %ld -> %ld, mappings %ld -> %ld, resident memory %+.1f bytes a run beside new threads\n", runs,
           first.descriptors, last.descriptors, first.threads, last.threads, first.mappings, last.mappings, slope);
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    return last.descriptors > first.descriptors || last.threads > first.threads + THREADS_SLACK ||
           last.mappings > first.mappings + 4 * THREADS_SLACK || slope > (runs >= LONG_RUNS ? LONG_SLOPE_LIMIT : SLOPE_LIMIT);
}
