/* stops FILE ROUNDS: many runs at once from several threads, each cancelled, out of time or done at a random moment; subtask
 * trees, programs loaded and freed meanwhile, a process with a SIGSEGV handler of its own. For ThreadSanitizer, and for
 * what it cannot see: that every run ends, with an answer that fits. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <capsule.h>

enum { THREADS = 4, MOMENT_US = 25000 };

static const char *file;
static capsule_runtime *runtime;
static capsule_program *shared;
static atomic_long failures, endings[4]; /* success, timeout, cancelled, other */

/* What a task may end with, beside cancelled. */
static const struct {
    const char *name, *endings;
} tasks[] = {
    {"quick", "success"},      {"spin", "timeout"},        {"copies", "timeout"},
    {"grow", "timeout memory_exceeded"}, {"nap", "timeout"}, {"write", "timeout output_exceeded"},
    {"deep", "task_error timeout stack_exceeded"}, {"work", "success timeout"}, {"tree", "success timeout"},
};
enum { TASKS = sizeof tasks / sizeof tasks[0] };

/* ---- The process's own faults ---- */

static atomic_long own_faults;
static void *volatile own_page;

static void on_own_fault(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    if (info->si_addr != own_page) _exit(71);
    atomic_fetch_add(&own_faults, 1);
    mprotect(own_page, 4096, PROT_READ | PROT_WRITE);
}

static void *fault_now_and_then(void *stop) {
    long made = 0;
    while (!atomic_load((atomic_bool *)stop)) {
        mprotect(own_page, 4096, PROT_NONE);
        *(volatile char *)own_page = 1;
        made++;
        usleep(3000);
    }
    if (made != atomic_load(&own_faults)) atomic_fetch_add(&failures, 1), fprintf(stderr, "%ld faults, %ld handled\n", made, atomic_load(&own_faults));
    return NULL;
}

/* ---- Runs ---- */

typedef struct cancelling {
    capsule_run *run;
    unsigned delay_us;
    bool twice;
} cancelling;

static void *cancel(void *argument) {
    const cancelling *self = argument;
    usleep(self->delay_us);
    capsule_run_cancel(self->run);
    if (self->twice) capsule_run_cancel(self->run);
    return NULL;
}

static void fail(const char *task, const char *text) {
    fprintf(stderr, "%s: %.600s\n", task, text ? text : "(nothing)");
    atomic_fetch_add(&failures, 1);
}

static void judge(size_t task, const capsule_result *result, bool cancelled) {
    const char *type = capsule_result_error_type(result);
    if (!type) type = "success";
    int kind = !strcmp(type, "success") ? 0 : !strcmp(type, "timeout") ? 1 : !strcmp(type, "cancelled") ? 2 : 3;
    atomic_fetch_add(&endings[kind], 1);
    if (!strstr(tasks[task].endings, type) && !(cancelled && kind == 2)) fail(tasks[task].name, capsule_result_envelope(result));
}

static void one_run(capsule_program *program, size_t task, unsigned *seed) {
    char arguments[32];
    capsule_run *run = NULL;
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    pthread_t canceller;
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    snprintf(arguments, sizeof arguments, "[%d]", rand_r(seed) % 5);
    options.task = tasks[task].name;
    options.arguments = arguments;
    options.no_trace = rand_r(seed) % 2;
    options.output_limit = 200000;
    bool cancelled = rand_r(seed) % 2;
    if (capsule_run_create(program, &options, &run, &error) < 0) {
        fail(options.task, capsule_error_message(error));
        capsule_error_free(error);
        return;
    }
    cancelling later = {run, (unsigned)(rand_r(seed) % MOMENT_US), rand_r(seed) % 2};
    if (rand_r(seed) % 8 == 0) later.delay_us = 0;
    if (cancelled) pthread_create(&canceller, NULL, cancel, &later);
    if (capsule_run_execute(run, &result, &error) < 0) {
        if (capsule_error_code(error) != CAPSULE_CANCELLED) fail(options.task, capsule_error_message(error));
        capsule_error_free(error);
    } else {
        judge(task, result, cancelled);
    }
    if (cancelled) pthread_join(canceller, NULL);
    if (rand_r(seed) % 2) capsule_result_free(result), result = NULL;
    capsule_run_free(run);
    capsule_result_free(result);
}

static void *run_rounds(void *argument) {
    long rounds = *(long *)argument;
    unsigned seed = (unsigned)(uintptr_t)&rounds ^ (unsigned)getpid();
    for (long i = 0; i < rounds; i++) {
        capsule_program *own = NULL;
        capsule_error *error = NULL;
        if (i % 16 == 0 && capsule_program_load(runtime, file, NULL, &own, &error) < 0) {
            fail("load", capsule_error_message(error));
            capsule_error_free(error);
        }
        one_run(own ? own : shared, (size_t)rand_r(&seed) % TASKS, &seed);
        capsule_program_free(own);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    long rounds = atol(argv[2]) / THREADS + 1;
    pthread_t threads[THREADS], faulter;
    atomic_bool stop = false;
    capsule_error *error = NULL;
    capsule_runtime_options options = CAPSULE_RUNTIME_OPTIONS_INIT;
    file = argv[1];
    options.jobs = 3;
    own_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction action = {.sa_sigaction = on_own_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    if (capsule_runtime_create(&options, &runtime, &error) < 0 || capsule_program_load(runtime, file, NULL, &shared, &error) < 0) {
        fprintf(stderr, "%s\n", capsule_error_message(error));
        return 70;
    }
    pthread_create(&faulter, NULL, fault_now_and_then, &stop);
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, run_rounds, &rounds);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    atomic_store(&stop, true);
    pthread_join(faulter, NULL);
    capsule_runtime_free(runtime);
    capsule_program_free(shared);
    printf("%ld runs: %ld succeeded, %ld timed out, %ld cancelled, %ld ended otherwise; %ld own faults; %ld failures\n", rounds * THREADS,
           endings[0], endings[1], endings[2], endings[3], own_faults, failures);
    return failures ? 1 : 0;
}
