#include "process/process.h"

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
#include "process/landlock.h"

enum { EXIT_SETUP = 125, EXIT_EXEC = 126, CPU_FACTOR = 4 };

/* What the child needs, prepared before fork: between fork and exec only async-signal-safe calls are made. */
typedef struct child_plan {
    const cap_process *process;
    int null, report, directory; /* descriptors */
    pid_t parent;
} child_plan;

static void child_plan_clear(child_plan *plan) {
    const int descriptors[] = {plan->null, plan->report, plan->directory};
    for (size_t i = 0; i < CAP_COUNT(descriptors); i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
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

static __attribute__((noreturn)) void become_tool(const child_plan *plan) {
    const cap_process *process = plan->process;
    setpgid(0, 0); /* a terminal's Ctrl-C is for us; the tool dies with its parent */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan->parent) _exit(EXIT_SETUP);
    reset_signals();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, process->timeout_ms / 1000 * CPU_FACTOR);
    limit(RLIMIT_FSIZE, process->file_bytes);
    limit(RLIMIT_DATA, process->data_bytes);
    if (dup2(plan->null, 0) < 0 || dup2(plan->null, 1) < 0 || dup2(plan->report, 2) < 0) _exit(EXIT_SETUP);
    if (fchdir(plan->directory) < 0) _exit(EXIT_SETUP);
    if (process->ruleset >= 0 && cap_landlock_enter(process->ruleset) < 0) _exit(EXIT_SETUP);
    /* Everything of the host is CLOEXEC, but this process may be somebody else's. */
    syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    execve(process->program, process->arguments, process->environment);
    _exit(EXIT_EXEC);
}

/* ---- In the parent ---- */

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int make_plan(const cap_process *process, child_plan *plan, capsule_error **error) {
    plan->parent = getpid();
    if (access(process->program, X_OK) < 0)
        return cap_error_errno(error, CAPSULE_UNSUPPORTED, errno, "%s cannot be used (%s)", process->what, process->program);
    plan->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    plan->directory = open(process->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (plan->null < 0 || plan->directory < 0)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot open %s", plan->null < 0 ? "/dev/null" : process->directory);
    return 0;
}

/* All signals are blocked around fork, so that no handler of the host runs in the child. */
static pid_t start(const child_plan *plan) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) become_tool(plan);
    int number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return child;
}

/* The tool and whatever it started. Its group is its own from the moment it became the tool. */
static void end(pid_t child) {
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
}

/* Waits until the child says something, closes its end or has to go: then false. *next_watch: when to ask next. */
static bool wait_for_report(int fd, int64_t deadline, int64_t *next_watch, const cap_process *process, cap_process_outcome *outcome) {
    for (;;) {
        int64_t now = now_ms();
        if (process->watch && now >= *next_watch) {
            outcome->refused = !process->watch(process->watch_context);
            *next_watch = now_ms() + CAP_PROCESS_WATCH_MS;
        }
        outcome->timed_out = now >= deadline;
        if (outcome->timed_out || outcome->refused) return false;
        int64_t until = process->watch && *next_watch < deadline ? *next_watch : deadline, left = until - now_ms();
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = poll(&wait, 1, left > 0 ? (int)left : 0);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) {
            outcome->timed_out = true;
            return false;
        }
    }
}

/* Reads what the child reports until it closes its end or has to go; what is too much is read and dropped. */
static bool read_report(int fd, int64_t deadline, const cap_process *process, cap_process_outcome *outcome) {
    char chunk[8192];
    int64_t next_watch = now_ms() + CAP_PROCESS_WATCH_MS;
    while (wait_for_report(fd, deadline, &next_watch, process, outcome)) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        size_t room = process->report_bytes - outcome->report.length;
        cap_buffer_add(&outcome->report, chunk, (size_t)got < room ? (size_t)got : room);
    }
    return false;
}

/* Exit code, -1 for a signal. A host that reaps every child leaves us without one: then 0, the output will tell. */
static int reap(pid_t child, int64_t deadline, bool ending, bool *timed_out) {
    for (;;) {
        int status = 0;
        pid_t ended = waitpid(child, &status, ending ? 0 : WNOHANG);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) return 0;
        if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (now_ms() >= deadline) {
            *timed_out = ending = true;
            end(child);
            continue;
        }
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
}

int cap_process_run(const cap_process *process, cap_process_outcome *ret_outcome, capsule_error **error) {
    cap_cleanup(child_plan_clear) child_plan plan = {process, -1, -1, -1, 0};
    if (make_plan(process, &plan, error) < 0) return -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot make a pipe for %s", process->what);
    cap_autoclose int reading = ends[0];
    plan.report = ends[1];
    int64_t deadline = now_ms() + process->timeout_ms;
    pid_t child = start(&plan);
    if (child < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot start %s", process->what);
    close(plan.report);
    plan.report = -1;
    cap_process_outcome outcome = {0};
    cap_buffer_init(&outcome.report, process->report_bytes);
    bool ending = !read_report(reading, deadline, process, &outcome);
    if (ending) end(child);
    outcome.exit_code = reap(child, deadline, ending, &outcome.timed_out);
    if (outcome.exit_code == EXIT_SETUP || outcome.exit_code == EXIT_EXEC) {
        cap_buffer_free(&outcome.report);
        return cap_error_set(error, CAPSULE_UNSUPPORTED, "%s cannot be started (%s)", process->what, process->program);
    }
    *ret_outcome = outcome;
    return 0;
}
