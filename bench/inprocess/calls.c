/* Times fresh sandboxes through capsule.h, one after the other on each thread:
 *
 *     calls [-n CALLS] [-t THREADS] [-T] [-S] FILE [TASK [JSON_ARGUMENTS]]
 *
 * -T: without trace rows. -S: prints a line "ready" and waits for one on stdin before the calls begin, so
 * that several processes begin together. Prints one line of JSON: microseconds a call (least, p50, p99, p99.9), CPU
 * microseconds a call of the whole process, calls a second, and page faults a call. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common.h"

#define WARM_UP 20 /* calls of each thread */

typedef struct worker {
    capsule_program *program;
    const capsule_run_options *options;
    uint64_t *nanoseconds; /* of each call */
    size_t calls;
    pthread_barrier_t *begin; /* twice: warm, and off */
    pthread_t thread;
} worker;

typedef struct usage {
    double cpu_us;
    long faults;
} usage;

static usage used(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (usage){(double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec), r.ru_minflt};
}

static void *work(void *argument) {
    worker *w = argument;
    for (int warm = 0; warm < WARM_UP; warm++) call(w->program, w->options);
    pthread_barrier_wait(w->begin); /* all are warm */
    pthread_barrier_wait(w->begin); /* off */
    for (size_t i = 0; i < w->calls; i++) {
        uint64_t start = now_ns();
        call(w->program, w->options);
        w->nanoseconds[i] = now_ns() - start;
    }
    return NULL;
}

static void wait_for_start(void) {
    puts("ready");
    fflush(stdout);
    while (getchar() != '\n' && !feof(stdin)) {}
}

int main(int argc, char **argv) {
    size_t calls = 2000, threads = 1;
    bool together = false;
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    for (int option; (option = getopt(argc, argv, "+n:t:TS")) != -1;) {
        if (option == 'n') calls = strtoul(optarg, NULL, 10);
        else if (option == 't') threads = strtoul(optarg, NULL, 10);
        else if (option == 'T') options.no_trace = true;
        else if (option == 'S') together = true;
        else return 2;
    }
    if (optind >= argc || !calls || !threads) return 2;
    if (optind + 1 < argc) options.task = argv[optind + 1];
    if (optind + 2 < argc) options.arguments = argv[optind + 2];
    loaded l = load_program(argv[optind], (uint32_t)threads);
    uint64_t *nanoseconds = calloc(calls * threads, sizeof *nanoseconds);
    worker *workers = calloc(threads, sizeof *workers);
    if (!nanoseconds || !workers) fail("memory", "none");
    pthread_barrier_t begin;
    pthread_barrier_init(&begin, NULL, (unsigned)threads + 1);
    for (size_t i = 0; i < threads; i++) {
        workers[i] = (worker){.program = l.program, .options = &options, .nanoseconds = nanoseconds + i * calls, .calls = calls, .begin = &begin};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i])) fail("thread", "cannot be made");
    }
    pthread_barrier_wait(&begin);
    if (together) wait_for_start();
    pthread_barrier_wait(&begin);
    usage before = used();
    uint64_t start = now_ns();
    for (size_t i = 0; i < threads; i++) pthread_join(workers[i].thread, NULL);
    double seconds = (double)(now_ns() - start) / 1e9;
    usage after = used();
    size_t all = calls * threads;
    sort(nanoseconds, all);
    printf("{\"least_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"cpu_us\":%.1f,\"calls_per_s\":%.0f,\"faults\":%.1f}\n",
           (double)nanoseconds[0] / 1e3, (double)quantile(nanoseconds, all, 0.5) / 1e3, (double)quantile(nanoseconds, all, 0.99) / 1e3,
           (double)quantile(nanoseconds, all, 0.999) / 1e3, (after.cpu_us - before.cpu_us) / (double)all, (double)all / seconds,
           (double)(after.faults - before.faults) / (double)all);
    pthread_barrier_destroy(&begin);
    free(nanoseconds);
    free(workers);
    unload(l);
    return 0;
}
