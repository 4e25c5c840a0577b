#include "cli/worker/calls.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/console.h"
#include "cli/worker/calls_internal.h"
#include "cli/worker/replies.h"

#define NS_PER_MS UINT64_C(1000000)
#define FILL_AGAIN_NS (100 * NS_PER_MS) /* after a thread could not be started */

void cli_calls_notify(const cli_calls *calls) {
    uint64_t one = 1;
    ssize_t ignored = write(calls->options.notify, &one, sizeof one);
    (void)ignored;
}

void cli_call_free(call *c) {
    pthread_cond_destroy(&c->turn);
    capsule_result_free(c->result);
    capsule_error_free(c->error);
    capsule_run_free(c->run);
    cli_stream_free(c->stream);
    cli_request_clear(&c->request);
    free(c);
}

/* ---- All that are not answered, by id; under the lock ---- */

static uint32_t hash_text(const char *text) {
    uint32_t hash = 2166136261u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static call **bucket(cli_calls *calls, uint32_t hash) { return &calls->buckets[hash % BUCKETS]; }

static call *find(cli_calls *calls, const char *id) {
    uint32_t hash = hash_text(id);
    for (call *c = *bucket(calls, hash); c; c = c->next_same)
        if (c->hash == hash && !strcmp(c->request.id, id)) return c;
    return NULL;
}

static void enter(cli_calls *calls, call *c) {
    c->link = calls->last;
    *calls->last = c;
    calls->last = &c->next;
    c->next_same = *bucket(calls, c->hash);
    *bucket(calls, c->hash) = c;
    calls->unanswered++;
}

bool cli_calls_claim(cli_calls *calls, call *c) {
    if (c->answered) return false;
    c->answered = true;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    else
        calls->last = c->link;
    call **same = bucket(calls, c->hash);
    while (*same != c) same = &(*same)->next_same;
    *same = c->next_same;
    calls->unanswered--;
    return true;
}

/* ---- The queue, under the lock ---- */

static bool is_full(const cli_calls *calls) {
    return calls->waiting_count >= calls->options.queue || calls->waiting_bytes >= CLI_CALLS_BYTES_MAX;
}

/* The reading thread fills a queue that was full again once it is half empty, not for each call that leaves it. */
static void tell_of_room(cli_calls *calls) {
    if (!calls->refilling || calls->waiting_count > calls->options.queue / 2 || calls->waiting_bytes > CLI_CALLS_BYTES_MAX / 2) return;
    calls->refilling = false;
    cli_calls_notify(calls);
}

static void leave_queue(cli_calls *calls, call **link) {
    call *c = *link;
    *link = c->next_waiting;
    if (!*link) calls->last_waiting = link;
    calls->waiting_count--;
    calls->waiting_bytes -= c->request.bytes;
    tell_of_room(calls);
}

call *cli_calls_dequeue(cli_calls *calls) {
    call *c = calls->waiting;
    leave_queue(calls, &calls->waiting);
    return c;
}

/* Forgets a call that was answered before it ran: one that waits is gone then, any other is freed by its thread. */
static void dismiss(cli_calls *calls, call *c) {
    if (c->state != CALL_WAITING) {
        pthread_cond_signal(&c->turn);
        return;
    }
    call **link = &calls->waiting;
    while (*link != c) link = &(*link)->next_waiting;
    leave_queue(calls, link);
    cli_call_free(c);
}

static void answer_early(cli_calls *calls, call *c, const char *type, const char *message) {
    cli_calls_claim(calls, c);
    cli_reply_outcome(calls->options.output, c->request.id, type, message);
    dismiss(calls, c);
}

static void cancel(cli_calls *calls, call *c) {
    if (c->state == CALL_RUNNING)
        capsule_run_cancel(c->run);
    else
        answer_early(calls, c, "cancelled", "cancelled before the task began");
}

/* ---- The whole ---- */

static void destroy(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    calls->ending = true;
    pthread_mutex_unlock(&calls->lock);
    cli_serve_stop(calls);
    cli_finish_stop(calls);
    pthread_mutex_destroy(&calls->lock);
    free(calls);
}

cli_calls *cli_calls_create(const cli_calls_options *options) {
    cli_calls *calls = calloc(1, sizeof *calls);
    if (!calls) return NULL;
    calls->options = *options;
    calls->last = &calls->first;
    calls->last_waiting = &calls->waiting;
    calls->last_gate = &calls->gate;
    calls->next_deadline_ns = UINT64_MAX;
    pthread_mutex_init(&calls->lock, NULL);
    if (cli_finish_start(calls) == 0 && cli_serve_start(calls) == 0) return calls;
    destroy(calls);
    return NULL;
}

void cli_calls_close(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    calls->closed = true;
    pthread_mutex_unlock(&calls->lock);
}

bool cli_calls_free(cli_calls *calls) {
    if (!calls) return true;
    pthread_mutex_lock(&calls->lock);
    bool idle = calls->engaged == 0 && calls->finishing == 0 && !calls->ended;
    pthread_mutex_unlock(&calls->lock);
    if (idle) destroy(calls);
    return idle;
}

/* ---- What comes ---- */

int cli_calls_add(cli_calls *calls, cli_request *request) {
    call *c = calloc(1, sizeof *c);
    if (!c) {
        cli_reply_error(calls->options.output, request->id, "host_fault", "out of memory for a call", NULL, false);
        cli_request_clear(request);
        return 0;
    }
    pthread_mutex_lock(&calls->lock);
    bool fresh = !find(calls, request->id);
    if (fresh) {
        c->calls = calls;
        pthread_cond_init(&c->turn, NULL);
        c->request = *request;
        c->hash = hash_text(request->id);
        c->read_ns = cli_now_ns();
        c->deadline_ns = request->timeout_ms ? c->read_ns + request->timeout_ms * NS_PER_MS : UINT64_MAX;
        if (c->deadline_ns < calls->next_deadline_ns) calls->next_deadline_ns = c->deadline_ns;
        enter(calls, c);
        *calls->last_waiting = c;
        calls->last_waiting = &c->next_waiting;
        calls->waiting_count++;
        calls->waiting_bytes += request->bytes;
        cli_serve_want(calls);
    }
    pthread_mutex_unlock(&calls->lock);
    if (!fresh) free(c);
    return fresh ? 0 : -1;
}

void cli_calls_cancel(cli_calls *calls, const char *id) {
    pthread_mutex_lock(&calls->lock);
    call *c = find(calls, id);
    if (c && c->state != CALL_ENDED) cancel(calls, c);
    pthread_mutex_unlock(&calls->lock);
}

/* Answers those whose time is over, and finds the next time. Under the lock. */
static void expire(cli_calls *calls, uint64_t now) {
    calls->next_deadline_ns = UINT64_MAX;
    for (call *c = calls->first, *after; c; c = after) {
        after = c->next;
        if (c->state > CALL_LOADING) continue;
        if (c->deadline_ns <= now)
            answer_early(calls, c, "timeout", "timeout: the caller's time was over before the task could start");
        else if (c->deadline_ns < calls->next_deadline_ns)
            calls->next_deadline_ns = c->deadline_ns;
    }
}

uint64_t cli_calls_expire(cli_calls *calls, uint64_t now) {
    pthread_mutex_lock(&calls->lock);
    bool refilled = cli_serve_refill(calls);
    if (calls->next_deadline_ns <= now) expire(calls, now);
    uint64_t next = calls->next_deadline_ns;
    pthread_mutex_unlock(&calls->lock);
    return refilled || next < now + FILL_AGAIN_NS ? next : now + FILL_AGAIN_NS;
}

void cli_calls_refuse(cli_calls *calls, const char *message) {
    pthread_mutex_lock(&calls->lock);
    for (call *c = calls->first, *after; c; c = after) {
        after = c->next;
        if (c->state > CALL_LOADING) continue;
        cli_calls_claim(calls, c);
        cli_reply_error(calls->options.output, c->request.id, "cancelled", message, NULL, false);
        dismiss(calls, c);
    }
    pthread_mutex_unlock(&calls->lock);
}

void cli_calls_stop(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    for (call *c = calls->first, *after; c; c = after) {
        after = c->next;
        if (c->state != CALL_ENDED) cancel(calls, c);
    }
    pthread_mutex_unlock(&calls->lock);
}

/* ---- What the reader asks ---- */

bool cli_calls_full(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    calls->refilling |= is_full(calls);
    bool full = calls->refilling;
    pthread_mutex_unlock(&calls->lock);
    return full;
}

size_t cli_calls_unanswered(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    size_t count = calls->unanswered + calls->replying;
    pthread_mutex_unlock(&calls->lock);
    return count;
}

size_t cli_calls_running(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    size_t count = calls->running;
    pthread_mutex_unlock(&calls->lock);
    return count;
}
