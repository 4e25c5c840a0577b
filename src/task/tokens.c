#include "task/tokens.h"

#include <errno.h>
#include <time.h>

void cap_tokens_init(cap_tokens *tokens, uint32_t count) {
    *tokens = (cap_tokens){.free = count};
    pthread_mutex_init(&tokens->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&tokens->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void cap_tokens_destroy(cap_tokens *tokens) {
    pthread_cond_destroy(&tokens->changed);
    pthread_mutex_destroy(&tokens->lock);
}

/* One wait on the condition; ETIMEDOUT when the deadline passed. */
static int wait_until(cap_tokens *tokens, uint64_t deadline_ns) {
    if (deadline_ns == UINT64_MAX) return pthread_cond_wait(&tokens->changed, &tokens->lock);
    struct timespec at = {.tv_sec = (time_t)(deadline_ns / 1000000000u), .tv_nsec = (long)(deadline_ns % 1000000000u)};
    return pthread_cond_timedwait(&tokens->changed, &tokens->lock, &at);
}

/* In the queue of those who wait, first come first served; lives on the waiter's stack. */
typedef struct cap_tokens_waiter {
    struct cap_tokens_waiter *next, *previous;
} waiter;

static void enqueue(cap_tokens *tokens, waiter *self) {
    *self = (waiter){.previous = tokens->last};
    *(tokens->last ? &tokens->last->next : &tokens->first) = self;
    tokens->last = self;
}

static void dequeue(cap_tokens *tokens, waiter *self) {
    *(self->previous ? &self->previous->next : &tokens->first) = self->next;
    *(self->next ? &self->next->previous : &tokens->last) = self->previous;
}

int cap_tokens_take(cap_tokens *tokens, uint64_t deadline_ns, const bool *cancelled) {
    int status = 0;
    waiter self;
    pthread_mutex_lock(&tokens->lock);
    enqueue(tokens, &self);
    while (status == 0 && (tokens->first != &self || tokens->free <= 0))
        if (__atomic_load_n(cancelled, __ATOMIC_SEQ_CST) || wait_until(tokens, deadline_ns) == ETIMEDOUT) status = -1;
    dequeue(tokens, &self);
    if (status == 0) tokens->free--;
    pthread_cond_broadcast(&tokens->changed); /* somebody else is first now */
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
    pthread_cond_broadcast(&tokens->changed);
    pthread_mutex_unlock(&tokens->lock);
}

void cap_tokens_wake(cap_tokens *tokens) {
    pthread_mutex_lock(&tokens->lock);
    pthread_cond_broadcast(&tokens->changed);
    pthread_mutex_unlock(&tokens->lock);
}
