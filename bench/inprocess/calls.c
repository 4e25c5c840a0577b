/* Times fresh sandboxes through capsule.h, one after the other on each thread:
 *
 *     calls FILE [-n CALLS] [-t THREADS] [-T] [TASK [JSON_ARGUMENTS]]
 *
 * -T: without trace rows. Prints one line of JSON: microseconds a call (least, p50, p99, p99.9), CPU microseconds a call of
 * the whole process, and calls a second. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <capsule.h>

typedef struct worker {
    capsule_program *program;
    const capsule_run_options *options;
    uint32_t *nanoseconds; /* of each call */
    size_t calls;
    pthread_t thread;
} worker;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double cpu_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void fail(const char *what, const char *why) {
    fprintf(stderr, "calls: %s: %s\n", what, why ? why : "?");
    exit(1);
}

static void call(const worker *w) {
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    if (capsule_program_call(w->program, w->options, &result, &error) < 0) fail("call", capsule_error_message(error));
    if (!capsule_result_success(result)) fail(capsule_result_error_type(result), capsule_result_error_message(result));
    capsule_result_free(result);
}

static void *work(void *argument) {
    worker *w = argument;
    for (size_t i = 0; i < w->calls; i++) {
        uint64_t start = now_ns();
        call(w);
        uint64_t spent = now_ns() - start;
        w->nanoseconds[i] = spent > UINT32_MAX ? UINT32_MAX : (uint32_t)spent;
    }
    return NULL;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    size_t calls = 2000, threads = 1;
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    int option;
    while ((option = getopt(argc, argv, "+n:t:T")) != -1) {
        if (option == 'n') calls = strtoul(optarg, NULL, 10);
        else if (option == 't') threads = strtoul(optarg, NULL, 10);
        else if (option == 'T') options.no_trace = true;
        else return 2;
    }
    if (optind >= argc || !calls || !threads) return 2;
    const char *file = argv[optind];
    if (optind + 1 < argc) options.task = argv[optind + 1];
    if (optind + 2 < argc) options.arguments = argv[optind + 2];
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    capsule_error *error = NULL;
    if (capsule_runtime_create(NULL, &runtime, &error) < 0) fail("runtime", capsule_error_message(error));
    if (capsule_program_load(runtime, file, NULL, &program, &error) < 0) fail(file, capsule_error_message(error));
    uint32_t *nanoseconds = calloc(calls * threads, sizeof *nanoseconds);
    worker *workers = calloc(threads, sizeof *workers);
    if (!nanoseconds || !workers) fail("memory", "none");
    for (size_t i = 0; i < threads; i++) {
        workers[i] = (worker){.program = program, .options = &options, .nanoseconds = nanoseconds + i * calls, .calls = calls};
        for (int warm = 0; warm < 20; warm++) call(&workers[i]);
    }
    double cpu = cpu_us();
    uint64_t start = now_ns();
    for (size_t i = 1; i < threads; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i])) fail("thread", "cannot be made");
    work(&workers[0]);
    for (size_t i = 1; i < threads; i++) pthread_join(workers[i].thread, NULL);
    double seconds = (double)(now_ns() - start) / 1e9;
    size_t all = calls * threads;
    cpu = (cpu_us() - cpu) / (double)all;
    qsort(nanoseconds, all, sizeof *nanoseconds, compare);
    printf("{\"least_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"cpu_us\":%.1f,\"calls_per_s\":%.0f}\n", nanoseconds[0] / 1e3,
           nanoseconds[all / 2] / 1e3, nanoseconds[all * 99 / 100] / 1e3, nanoseconds[all * 999 / 1000] / 1e3, cpu, (double)all / seconds);
    free(nanoseconds);
    free(workers);
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    return 0;
}
