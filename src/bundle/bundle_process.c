/* One run of the bundler: a child with nothing of ours but what it is given here. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"
#include "bundle/landlock.h"

enum { EXIT_SETUP = 125, EXIT_EXEC = 126, RULES_MAX = 64 };

/* What the child needs, prepared before fork: between fork and exec only async-signal-safe calls are made. */
typedef struct child_plan {
    int null, report, directory, ruleset; /* descriptors; ruleset -1: no Landlock */
    char *program;                        /* resolved path */
    char *const *arguments;
    pid_t parent;
} child_plan;

static void child_plan_clear(child_plan *plan) {
    const int descriptors[] = {plan->null, plan->report, plan->directory, plan->ruleset};
    for (size_t i = 0; i < CAP_COUNT(descriptors); i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
    free(plan->program);
}

/* ---- In the child ---- */

static void limit(int resource, rlim_t value) {
    struct rlimit bound;
    if (getrlimit(resource, &bound) < 0) return;
    if (bound.rlim_max != RLIM_INFINITY && bound.rlim_max < value) value = bound.rlim_max;
    bound.rlim_cur = bound.rlim_max = value;
    setrlimit(resource, &bound);
}

static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static __attribute__((noreturn)) void become_bundler(const child_plan *plan) {
    static char *const environment[] = {(char *)"PATH=/nonexistent", (char *)"HOME=/nonexistent", (char *)"NO_COLOR=1",
                                        (char *)"GOTRACEBACK=none", NULL};
    setpgid(0, 0); /* a terminal's Ctrl-C is for us; the bundler dies with its parent */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan->parent) _exit(EXIT_SETUP);
    reset_signals();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, CAP_BUNDLE_TIMEOUT_MS / 1000 * 4);
    limit(RLIMIT_FSIZE, CAP_BUNDLE_OUTPUT_MAX);
    limit(RLIMIT_DATA, CAP_BUNDLE_MEMORY_MAX);
    if (dup2(plan->null, 0) < 0 || dup2(plan->null, 1) < 0 || dup2(plan->report, 2) < 0) _exit(EXIT_SETUP);
    if (fchdir(plan->directory) < 0) _exit(EXIT_SETUP);
    if (plan->ruleset >= 0 && cap_landlock_enter(plan->ruleset) < 0) _exit(EXIT_SETUP);
    /* Everything of the host is CLOEXEC, but this process may be somebody else's. */
    syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    execve(plan->program, plan->arguments, environment);
    _exit(EXIT_EXEC);
}

/* ---- In the parent ---- */

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

typedef struct rule_list {
    cap_landlock_rule rules[RULES_MAX];
    size_t count;
} rule_list;

static void rule_list_clear(rule_list *list) {
    for (size_t i = 0; i < list->count; i++) close(list->rules[i].fd);
}

/* A place that is not there needs no rule; one that finds no room is denied, which is safe. */
static void allow(rule_list *list, const char *path, cap_landlock_access access) {
    int fd = path && list->count < RULES_MAX ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (fd >= 0) list->rules[list->count++] = (cap_landlock_rule){fd, access};
}

/* The directories between the project and its package: their names and package.json steer the search for node_modules. */
static void allow_way_to_prefix(rule_list *list, const cap_bundle_places *places) {
    cap_autofree char *directory = strdup(places->root);
    if (!places->prefix || !places->modules || strcmp(places->prefix, places->root) == 0) return;
    allow(list, places->prefix, CAP_LANDLOCK_LIST);
    while (directory && strcmp(directory, places->prefix) != 0) {
        char *slash = strrchr(directory, '/');
        slash[slash == directory] = 0;
        cap_autofree char *description = cap_path_join(directory, "package.json");
        allow(list, description, CAP_LANDLOCK_FILE);
    }
}

/* -1 when the kernel has no Landlock: the check of the metafile stands alone then. */
static int make_ruleset(const char *esbuild, const cap_bundle_places *places) {
    cap_cleanup(rule_list_clear) rule_list list = {.count = 0};
    allow(&list, esbuild, CAP_LANDLOCK_EXECUTE);
    allow(&list, places->root, CAP_LANDLOCK_READ);
    allow(&list, places->modules, CAP_LANDLOCK_READ);
    allow(&list, places->guest, CAP_LANDLOCK_READ);
    allow(&list, places->output, CAP_LANDLOCK_WRITE);
    allow_way_to_prefix(&list, places);
    return cap_landlock_create(list.rules, list.count);
}

static int make_plan(const char *esbuild, char *const *arguments, const cap_bundle_places *places, child_plan *plan,
                     capsule_error **error) {
    plan->arguments = arguments;
    plan->parent = getpid();
    plan->program = realpath(esbuild, NULL);
    if (!plan->program || access(plan->program, X_OK) < 0)
        return cap_error_errno(error, CAPSULE_UNSUPPORTED, errno, "the bundler cannot be used (%s)", esbuild);
    plan->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    plan->directory = open(places->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (plan->null < 0 || plan->directory < 0)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot open %s", plan->null < 0 ? "/dev/null" : places->base);
    plan->ruleset = make_ruleset(plan->program, places);
    return 0;
}

/* All signals are blocked around fork, so that no handler of the host runs in the child. */
static pid_t start(const child_plan *plan) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) become_bundler(plan);
    int number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return child;
}

/* Reads what the child reports until it closes its end or time is up; what is too much is read and dropped. */
static bool read_report(int fd, int64_t deadline, cap_buffer *report) {
    char chunk[8192];
    for (;;) {
        int64_t left = deadline - now_ms();
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return false;
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        size_t room = CAP_BUNDLE_REPORT_MAX - report->length;
        cap_buffer_add(report, chunk, (size_t)got < room ? (size_t)got : room);
    }
}

/* Exit code, -1 for a signal. A host that reaps every child leaves us without one: then 0, the output will tell. */
static int reap(pid_t child, int64_t deadline, bool *timed_out) {
    for (;;) {
        int status = 0;
        pid_t ended = waitpid(child, &status, *timed_out ? 0 : WNOHANG);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) return 0;
        if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (now_ms() >= deadline) {
            *timed_out = true;
            kill(child, SIGKILL);
            continue;
        }
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
}

int cap_bundle_run(const char *esbuild, char *const *arguments, const cap_bundle_places *places,
                   cap_bundle_outcome *ret_outcome, capsule_error **error) {
    cap_cleanup(child_plan_clear) child_plan plan = {-1, -1, -1, -1, NULL, NULL, 0};
    if (make_plan(esbuild, arguments, places, &plan, error) < 0) return -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot make a pipe for the bundler");
    cap_autoclose int reading = ends[0];
    plan.report = ends[1];
    int64_t deadline = now_ms() + CAP_BUNDLE_TIMEOUT_MS;
    pid_t child = start(&plan);
    if (child < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot start the bundler");
    close(plan.report);
    plan.report = -1;
    cap_bundle_outcome outcome = {0};
    cap_buffer_init(&outcome.report, CAP_BUNDLE_REPORT_MAX);
    outcome.timed_out = !read_report(reading, deadline, &outcome.report);
    if (outcome.timed_out) kill(child, SIGKILL);
    outcome.exit_code = reap(child, deadline, &outcome.timed_out);
    if (outcome.exit_code == EXIT_SETUP || outcome.exit_code == EXIT_EXEC) {
        cap_buffer_free(&outcome.report);
        return cap_error_set(error, CAPSULE_UNSUPPORTED, "the bundler cannot be started (%s)", esbuild);
    }
    *ret_outcome = outcome;
    return 0;
}
