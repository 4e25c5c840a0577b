/* Threads on which guests run, and stacks for guests on the threads of others. A thread of ours is made with its stack: one
 * that could not handle its faults never starts.
 *
 * Threads are made when no idle one is there and kept for reuse; the scheduler above bounds how many run at once. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/slot.h"

#define STACKS_KEPT 64u /* for callers' threads */

__thread bool cap_thread_spent;
const void *cap_thread_mark(void) { return &cap_thread_spent; }
bool cap_thread_lowered(void) { return cap_thread_spent; }

typedef struct thread {
    struct thread *next_idle, *next_alive;
    cap_threads *owner;
    pthread_t handle;
    pthread_cond_t wake;
    void (*job)(void *);
    void *argument;
    cap_guest_stack stack;
} thread;

struct cap_threads {
    pthread_mutex_t lock;
    pthread_cond_t quiet; /* a job ended */
    thread *idle, *alive;
    thread *spent; /* have left, or are about to; linked by next_alive */
    cap_guest_stack *stacks; /* free ones for callers' threads */
    size_t stack_count;
    size_t busy;
    bool ending;
};

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
    cap_guest_stack_signals(&self->stack);
    cap_stack_current = self->stack.bounds;
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
    cap_guest_stack_signals(NULL);
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
    cap_guest_stack_unmap(&self->stack);
    pthread_cond_destroy(&self->wake);
    free(self);
}

static int start(thread *self, capsule_error **error) {
    if (cap_guest_stack_map(&self->stack, error) < 0) return -1;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, self->stack.bounds.bottom, CAP_STACK_BYTES);
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

/* ---- On the caller's thread ---- */

/* Takes a free one out, the one this thread was on last if it is among them: that is in this core's caches. */
static cap_guest_stack *take_free_stack(cap_threads *pool) {
    cap_guest_stack **link = &pool->stacks, *stack;
    while (*link && (*link)->user != cap_thread_mark()) link = &(*link)->next;
    if (!*link) link = &pool->stacks;
    if ((stack = *link)) {
        *link = stack->next;
        pool->stack_count--;
    }
    return stack;
}

static cap_guest_stack *make_stack(capsule_error **error) {
    cap_guest_stack *stack = malloc(sizeof *stack);
    if (!stack) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a stack");
    } else if (cap_guest_stack_map(stack, error) < 0) {
        free(stack);
        return NULL;
    }
    return stack;
}

static cap_guest_stack *take_stack(cap_threads *pool, capsule_error **error) {
    pthread_mutex_lock(&pool->lock);
    cap_guest_stack *stack = take_free_stack(pool);
    pthread_mutex_unlock(&pool->lock);
    if (!stack && !(stack = make_stack(error))) return NULL;
    stack->user = cap_thread_mark();
    return stack;
}

static void give_stack(cap_threads *pool, cap_guest_stack *stack) {
    pthread_mutex_lock(&pool->lock);
    bool keep = pool->stack_count < STACKS_KEPT;
    if (keep) {
        stack->next = pool->stacks;
        pool->stacks = stack;
        pool->stack_count++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (keep) return;
    cap_guest_stack_unmap(stack);
    free(stack);
}

typedef struct visit {
    void (*job)(void *);
    void *argument;
    pthread_mutex_t lock;
    pthread_cond_t finished;
    bool done;
} visit;

static void run_visit(void *argument) {
    visit *self = argument;
    self->job(self->argument);
    pthread_mutex_lock(&self->lock);
    self->done = true;
    pthread_cond_signal(&self->finished);
    pthread_mutex_unlock(&self->lock);
}

/* On a thread of the pool, waiting for the end. */
static int call_elsewhere(cap_threads *pool, void (*job)(void *), void *argument, capsule_error **error) {
    visit self = {.job = job, .argument = argument};
    pthread_mutex_init(&self.lock, NULL);
    pthread_cond_init(&self.finished, NULL);
    int status = cap_threads_run(pool, run_visit, &self, error);
    pthread_mutex_lock(&self.lock);
    while (status == 0 && !self.done) pthread_cond_wait(&self.finished, &self.lock);
    pthread_mutex_unlock(&self.lock);
    pthread_cond_destroy(&self.finished);
    pthread_mutex_destroy(&self.lock);
    return status;
}

int cap_threads_call(cap_threads *pool, void (*job)(void *), void *argument, capsule_error **error) {
    cap_guest_stack *stack = take_stack(pool, error);
    if (!stack) return -1;
    bool done = cap_stack_call(stack, job, argument);
    give_stack(pool, stack);
    return done ? 0 : call_elsewhere(pool, job, argument, error);
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
    for (cap_guest_stack *stack = pool->stacks, *next; stack; stack = next) {
        next = stack->next;
        cap_guest_stack_unmap(stack);
        free(stack);
    }
    pthread_cond_destroy(&pool->quiet);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
