#include "cli/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES (128u << 10)
#define GRACE_SECONDS 1
#define SAME_NS 100000000 /* timeout(1) signals a process and then its group: what follows so soon is the same signal */

static struct {
    sigset_t set;      /* what the thread waits for; SIGPIPE only comes from cli_signals_cancel */
    pthread_t thread;
    pthread_mutex_t lock;
    int received;      /* first signal; under the lock */
    void (*cancel)(void *);
    void *run;         /* what to cancel, or NULL; under the lock */
    bool watched;      /* there was a run: its end is the end; under the lock */
    bool ended;        /* somebody reports the end; under the lock */
    void (*abandon)(void *, int);
    void *context;
} signals = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool take_end(void) {
    pthread_mutex_lock(&signals.lock);
    bool mine = !signals.ended;
    signals.ended = true;
    pthread_mutex_unlock(&signals.lock);
    return mine;
}

bool cli_signals_done(void) { return take_end(); }

/* Notes the first signal; true when there is a run that will end because of it. */
static bool receive(int number) {
    pthread_mutex_lock(&signals.lock);
    signals.received = number;
    if (signals.run) signals.cancel(signals.run);
    bool watched = signals.watched;
    pthread_mutex_unlock(&signals.lock);
    return watched;
}

/* The next signal from outside, or 0 after the grace period when there is one. Our own SIGPIPE only ever asks for what a
 * first signal has done already. */
static int wait_again(const struct timespec *grace) {
    static const struct timespec same = {.tv_nsec = SAME_NS};
    while (sigtimedwait(&signals.set, NULL, &same) > 0) {
    }
    for (;;) {
        int number = sigtimedwait(&signals.set, NULL, grace);
        if (number > 0 && number != SIGPIPE) return number;
        if (number < 0 && errno != EINTR) return 0;
    }
}

static void *wait_for_signals(void *unused) {
    (void)unused;
    int number;
    sigwait(&signals.set, &number);
    if (!receive(number)) {
        /* Loading cannot be cancelled: it is short, or it hangs. A run that starts meanwhile is cancelled by the watch. */
        const struct timespec grace = {.tv_sec = GRACE_SECONDS};
        bool again = wait_again(&grace) > 0;
        pthread_mutex_lock(&signals.lock);
        bool running = signals.watched;
        pthread_mutex_unlock(&signals.lock);
        if (again || !running) {
            if (take_end()) signals.abandon(signals.context, number);
            _exit(128 + number);
        }
    }
    _exit(128 + wait_again(NULL));
}

/* Leaves out what our parent told us to ignore (nohup, background jobs of a script). */
static void add_unless_ignored(sigset_t *set, int number) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(set, number);
}

/* What ends us, in *ret_set. */
static void ending_signals(sigset_t *ret_set) {
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow (ulimit -f) is an error of its write, not the end of us */
    sigemptyset(ret_set);
    add_unless_ignored(ret_set, SIGINT);
    add_unless_ignored(ret_set, SIGTERM);
    add_unless_ignored(ret_set, SIGHUP);
}

int cli_signals_open(void) {
    sigset_t set, blocked;
    ending_signals(&set);
    blocked = set;
    sigaddset(&blocked, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int cli_signals_start(void (*abandon)(void *context, int signal), void *context) {
    pthread_attr_t attributes;
    signals.abandon = abandon;
    signals.context = context;
    ending_signals(&signals.set);
    sigaddset(&signals.set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals.set, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int status = pthread_create(&signals.thread, &attributes, wait_for_signals, NULL);
    pthread_attr_destroy(&attributes);
    return status == 0 ? 0 : -1;
}

void cli_signals_watch(void (*cancel)(void *what), void *what) {
    pthread_mutex_lock(&signals.lock);
    signals.cancel = cancel;
    signals.run = what;
    signals.watched = true;
    if (what && signals.received) cancel(what);
    pthread_mutex_unlock(&signals.lock);
}

void cli_signals_cancel(void) { pthread_kill(signals.thread, SIGPIPE); }

int cli_signals_received(void) {
    pthread_mutex_lock(&signals.lock);
    int number = signals.received;
    pthread_mutex_unlock(&signals.lock);
    return number;
}

_Noreturn void cli_die_of_closed_pipe(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE);
}
