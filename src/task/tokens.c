#include "task/tokens.h"

#include <errno.h>
#include <time.h>

void cap_tokens_init(cap_tokens *tokens, uint32_t count) {
    *tokens = (cap_tokens){.free = count};
    pthread_mutex_init(&tokens->lock, NULL);
    pthread_condattr_init(&tokens->monotonic);
    pthread_condattr_setclock(&tokens->monotonic, CLOCK_MONOTONIC);
}

void cap_tokens_destroy(cap_tokens *tokens) {
    pthread_condattr_destroy(&tokens->monotonic);
    pthread_mutex_destroy(&tokens->lock);
}

/* In the queue of those who wait, first come first served; lives on the waiter's stack. Each has a condition of its own:
 * a token that is given back wakes the one who gets it. */
typedef struct cap_tokens_waiter {
    struct cap_tokens_waiter *next, *previous;
    pthread_cond_t turn;
} waiter;

/* One wait on the condition; ETIMEDOUT when the deadline passed. */
static int wait_until(cap_tokens *tokens, waiter *self, uint64_t deadline_ns) {
    if (deadline_ns == UINT64_MAX) return pthread_cond_wait(&self->turn, &tokens->lock);
    struct timespec at = {.tv_sec = (time_t)(deadline_ns / 1000000000u), .tv_nsec = (long)(deadline_ns % 1000000000u)};
    return pthread_cond_timedwait(&self->turn, &tokens->lock, &at);
}

static void enqueue(cap_tokens *tokens, waiter *self) {
    *self = (waiter){.previous = tokens->last};
    pthread_cond_init(&self->turn, &tokens->monotonic);
    *(tokens->last ? &tokens->last->next : &tokens->first) = self;
    tokens->last = self;
}

static void dequeue(cap_tokens *tokens, waiter *self) {
    *(self->previous ? &self->previous->next : &tokens->first) = self->next;
    *(self->next ? &self->next->previous : &tokens->last) = self->previous;
    pthread_cond_destroy(&self->turn);
}

/* Wakes the first one when there is a token for it. */
static void wake_first(cap_tokens *tokens) {
    if (tokens->first && tokens->free > 0) pthread_cond_signal(&tokens->first->turn);
}

int cap_tokens_take(cap_tokens *tokens, uint64_t deadline_ns, const bool *cancelled) {
    int status = 0;
    waiter self;
    pthread_mutex_lock(&tokens->lock);
    enqueue(tokens, &self);
    while (status == 0 && (tokens->first != &self || tokens->free <= 0))
        if (__atomic_load_n(cancelled, __ATOMIC_SEQ_CST) || wait_until(tokens, &self, deadline_ns) == ETIMEDOUT) status = -1;
    dequeue(tokens, &self);
    if (status == 0) tokens->free--;
    wake_first(tokens); /* somebody else is first now */
    pthread_mutex_unlock(&tokens->lock);
    return status;
}

void cap_tokens_retake(cap_tokens *tokens) {
    pthread_mutex_lock(&tokens->lock);
    tokens->free--;
    pthread_mutex_unlock(&tokens->lock);
}

void cap_tokens_give(cap_tokens *tokens) {
    pthread_mutex_lock(&tokens->lock);
    tokens->free++;
    wake_first(tokens);
    pthread_mutex_unlock(&tokens->lock);
}

void cap_tokens_wake(cap_tokens *tokens) {
    pthread_mutex_lock(&tokens->lock);
    for (waiter *one = tokens->first; one; one = one->next) pthread_cond_signal(&one->turn);
    pthread_mutex_unlock(&tokens->lock);
}
