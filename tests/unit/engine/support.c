#include "unit/engine/support.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

cap_module *guest;
cap_image guest_image;
cap_threads *threads;
cap_watchdog *watchdog;

static uint32_t note(cap_host *host, uint32_t value) {
    notes *all = host->owner;
    if (!all) return value;
    all->last = (int32_t)value;
    all->count++;
    return value;
}

/* Sleeps, but never past a stop. */
static uint32_t nap(cap_host *host, uint32_t ms) {
    struct pollfd wait = {.fd = host->stop_fd, .events = POLLIN};
    poll(&wait, 1, (int)ms);
    return cap_host_stopping(host);
}

static const cap_host_function functions[] = {
    {"test", "note", "i>i", (void (*)(void))note},
    {"test", "nap", "i>i", (void (*)(void))nap},
    {0},
};

static void must(int status, capsule_error *error) {
    if (status == 0) return;
    fail_msg("%s", capsule_error_message(error));
}

int engine_setup(void **state) {
    (void)state;
    static const cap_host_function *const tables[] = {functions, NULL};
    const char *directory = getenv("CAPSULE_TEST_GUEST");
    char path[4096];
    capsule_error *error = NULL;
    snprintf(path, sizeof path, "%s/guest.so", directory ? directory : "build/deps/test-code");
    must(cap_module_open(path, tables, &guest, &error), error);
    snprintf(path, sizeof path, "%s/initial.img", directory ? directory : "build/deps/test-code");
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0) fail_msg("cannot open %s", path);
    guest_image = (cap_image){.fd = fd, .bytes = (uint64_t)info.st_size, .pages = cap_module_initial_pages(guest),
                              .stack_pointer = cap_module_stack_pointer(guest)};
    threads = cap_threads_create();
    assert_non_null(threads);
    must(cap_watchdog_create(&watchdog, &error), error);
    return 0;
}

int engine_teardown(void **state) {
    (void)state;
    cap_watchdog_free(watchdog);
    cap_threads_free(threads);
    close(guest_image.fd);
    cap_module_free(guest);
    return 0;
}

void reload(cap_slot *slot, uint64_t ram_limit) {
    capsule_error *error = NULL;
    must(cap_slot_load(slot, guest, &guest_image, ram_limit, &error), error);
}

cap_slot *make_slot(void) {
    capsule_error *error = NULL;
    cap_slot *slot = NULL;
    must(cap_slot_create(&slot, &error), error);
    reload(slot, UINT64_C(16) << 20);
    return slot;
}

typedef struct job {
    void (*function)(void *);
    void *argument;
    pthread_mutex_t lock;
    pthread_cond_t finished;
    int done;
} job;

static void run_job(void *argument) {
    job *self = argument;
    self->function(self->argument);
    pthread_mutex_lock(&self->lock);
    self->done = 1;
    pthread_cond_signal(&self->finished);
    pthread_mutex_unlock(&self->lock);
}

void on_guest_thread(void (*function)(void *), void *argument) {
    job self = {.function = function, .argument = argument, .lock = PTHREAD_MUTEX_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER};
    capsule_error *error = NULL;
    must(cap_threads_run(threads, run_job, &self, &error), error);
    pthread_mutex_lock(&self.lock);
    while (!self.done) pthread_cond_wait(&self.finished, &self.lock);
    pthread_mutex_unlock(&self.lock);
}

typedef struct call_job {
    cap_slot *slot;
    const char *name;
    cap_watch_limits limits;
    uint32_t arguments[2];
    unsigned count;
    cap_outcome outcome;
    capsule_error *error;
    int status;
} call_job;

static void run_call(void *argument) {
    call_job *self = argument;
    cap_watch_begin(watchdog, self->slot, &self->limits);
    self->status = cap_slot_call(self->slot, self->name, self->arguments, self->count, &self->outcome, &self->error);
    cap_watch_end(watchdog, self->slot);
}

cap_outcome call(cap_slot *slot, const char *name, cap_watch_limits limits, unsigned count, ...) {
    call_job self = {.slot = slot, .name = name, .limits = limits, .count = count};
    va_list arguments;
    va_start(arguments, count);
    for (unsigned i = 0; i < count; i++) self.arguments[i] = va_arg(arguments, uint32_t);
    va_end(arguments);
    on_guest_thread(run_call, &self);
    must(self.status, self.error);
    return self.outcome;
}

cap_watch_limits within_ms(uint64_t ms) {
    return (cap_watch_limits){cap_clock_monotonic_ns() + ms * 1000000u, UINT64_MAX, UINT64_MAX, 0};
}
