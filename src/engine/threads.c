/* Threads on which guests run: a native stack of ours with a wide guard, an alternate stack for faults. They are one
 * mapping, made before the thread: a thread that could not handle its faults never starts.
 *
 *     | guard | native stack | guard page | signal stack |
 *
 * Threads are made when no idle one is there and kept for reuse; the scheduler above bounds how many run at once. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/slot.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif
#define SIGNAL_STACK_BYTES (64u * 1024u) /* beside what the CPU's state needs */
#define HOST_PAGE 4096u

__thread cap_stack cap_stack_current __attribute__((tls_model("initial-exec")));

__thread bool cap_thread_spent;

typedef struct thread {
    struct thread *next_idle, *next_alive;
    cap_threads *owner;
    pthread_t handle;
    pthread_cond_t wake;
    void (*job)(void *);
    void *argument;
    cap_stack stack;
    size_t mapping, signal_bytes;
} thread;

struct cap_threads {
    pthread_mutex_t lock;
    pthread_cond_t quiet; /* a job ended */
    thread *idle, *alive;
    thread *spent; /* have left, or are about to; linked by next_alive */
    size_t busy;
    bool ending;
};

static size_t signal_stack_bytes(void) {
    size_t size = SIGNAL_STACK_BYTES + getauxval(AT_MINSIGSTKSZ);
    return (size + HOST_PAGE - 1) & ~(size_t)(HOST_PAGE - 1);
}

/* Takes the next job, or NULL when the pool ends. */
static void (*next_job(thread *self))(void *) {
    cap_threads *pool = self->owner;
    pthread_mutex_lock(&pool->lock);
    if (!self->job && !pool->ending) {
        self->next_idle = pool->idle;
        pool->idle = self;
        while (!self->job && !pool->ending) pthread_cond_wait(&self->wake, &pool->lock);
    }
    void (*job)(void *) = self->job;
    self->job = NULL;
    pthread_mutex_unlock(&pool->lock);
    return job;
}

/* Moves a spent thread to the list of those to be joined. */
static bool leave_when_spent(thread *self) {
    cap_threads *pool = self->owner;
    if (!cap_thread_spent) return false;
    pthread_mutex_lock(&pool->lock);
    thread **link = &pool->alive;
    while (*link != self) link = &(*link)->next_alive;
    *link = self->next_alive;
    self->next_alive = pool->spent;
    pool->spent = self;
    pthread_mutex_unlock(&pool->lock);
    return true;
}

static void *run(void *argument) {
    thread *self = argument;
    cap_threads *pool = self->owner;
    stack_t signal_stack = {.ss_sp = self->stack.top + HOST_PAGE, .ss_size = self->signal_bytes};
    sigaltstack(&signal_stack, NULL);
    cap_stack_current = self->stack;
    void (*job)(void *);
    while ((job = next_job(self))) {
        job(self->argument);
        bool leaves = leave_when_spent(self);
        pthread_mutex_lock(&pool->lock);
        pool->busy--;
        pthread_cond_broadcast(&pool->quiet);
        pthread_mutex_unlock(&pool->lock);
        if (leaves) break;
    }
    signal_stack.ss_flags = SS_DISABLE;
    sigaltstack(&signal_stack, NULL);
    return NULL;
}

cap_threads *cap_threads_create(void) {
    cap_threads *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->quiet, NULL);
    return pool;
}

static void thread_free(thread *self) {
    if (self->stack.guard) munmap(self->stack.guard, self->mapping);
    pthread_cond_destroy(&self->wake);
    free(self);
}

static int map_stack(thread *self, capsule_error **error) {
    self->signal_bytes = signal_stack_bytes();
    self->mapping = CAP_STACK_GUARD + CAP_STACK_BYTES + HOST_PAGE + self->signal_bytes;
    char *memory = mmap(NULL, self->mapping, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot reserve a stack for a guest");
    self->stack = (cap_stack){memory, memory + CAP_STACK_GUARD, memory + CAP_STACK_GUARD + CAP_STACK_BYTES};
    if (mprotect(self->stack.bottom, CAP_STACK_BYTES, PROT_READ | PROT_WRITE) < 0 ||
        mprotect(self->stack.top + HOST_PAGE, self->signal_bytes, PROT_READ | PROT_WRITE) < 0)
        return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot open a stack for a guest");
    return 0;
}

static int start(thread *self, capsule_error **error) {
    if (map_stack(self, error) < 0) return -1;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, self->stack.bottom, CAP_STACK_BYTES);
    /* Signals are for the host's own threads; faults are delivered whatever the mask says. */
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&self->handle, &attributes, run, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (status) return cap_error_errno(error, CAPSULE_MEMORY, status, "cannot start a thread for a guest");
    return 0;
}

static thread *take_idle(cap_threads *pool) {
    thread *self = pool->idle;
    if (self) pool->idle = self->next_idle;
    return self;
}

static thread *make(cap_threads *pool, void (*job)(void *), void *argument, capsule_error **error) {
    thread *self = calloc(1, sizeof *self);
    if (!self) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a guest thread");
        return NULL;
    }
    pthread_cond_init(&self->wake, NULL);
    self->owner = pool;
    self->job = job;
    self->argument = argument;
    if (start(self, error) < 0) {
        thread_free(self);
        return NULL;
    }
    return self;
}

static void join_all(thread *first) {
    for (thread *self = first, *next; self; self = next) {
        next = self->next_alive;
        pthread_join(self->handle, NULL);
        thread_free(self);
    }
}

int cap_threads_run(cap_threads *pool, void (*job)(void *), void *argument, capsule_error **error) {
    int status = 0;
    pthread_mutex_lock(&pool->lock);
    pool->busy++;
    thread *spent = pool->spent, *self = take_idle(pool);
    pool->spent = NULL;
    if (self) {
        self->argument = argument;
        self->job = job;
        pthread_cond_signal(&self->wake);
    } else if ((self = make(pool, job, argument, error))) {
        self->next_alive = pool->alive;
        pool->alive = self;
    } else {
        pool->busy--;
        status = -1;
    }
    pthread_mutex_unlock(&pool->lock);
    join_all(spent); /* they have nothing left to do but to end */
    return status;
}

void cap_threads_free(cap_threads *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    while (pool->busy) pthread_cond_wait(&pool->quiet, &pool->lock);
    pool->ending = true;
    for (thread *self = pool->idle; self; self = self->next_idle) pthread_cond_signal(&self->wake);
    pthread_mutex_unlock(&pool->lock);
    join_all(pool->alive);
    join_all(pool->spent);
    pthread_cond_destroy(&pool->quiet);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
