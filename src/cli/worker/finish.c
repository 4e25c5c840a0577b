/* What is left once a call has run. As long as further calls wait, those that ended are gathered, recorded in one
 * transaction and answered with one write, so that a busy worker spends its time on running; the delay is bounded by time,
 * number and size. When nothing waits, whoever ends a call finishes it at once. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/console.h"
#include "cli/report.h"
#include "cli/worker/calls_internal.h"
#include "cli/worker/replies.h"

#define DELAY_NS UINT64_C(1000000)        /* an ended call waits no longer for others */
#define GATHERED_MAX 256u                 /* calls, and */
#define GATHERED_BYTES_MAX (4u << 20)     /* bytes of their envelopes, above which they do not wait at all */
#define STACK_BYTES (1u << 20)

/* ---- Recording ---- */

/* The first failure is told: the next one is like it. */
static void warn(cli_calls *calls, const capsule_error *error) {
    if (__atomic_exchange_n(&calls->warned, true, __ATOMIC_RELAXED)) return;
    cli_console console;
    cli_console_init(&console, false, false);
    cli_console_note(&console, "warning: %s", capsule_error_message(error));
    cli_console_free(&console);
}

static void record(cli_calls *calls, const call *ended, size_t count) {
    cap_autoerror capsule_error *error = NULL;
    cap_autofree capsule_run **runs = calloc(count, sizeof *runs);
    size_t found = 0;
    if (calls->options.no_trace) return;
    for (; runs && ended; ended = ended->next_waiting) runs[found++] = ended->run;
    if (!runs)
        cap_error_set(&error, CAPSULE_MEMORY, "trace database: out of memory");
    else
        capsule_runs_record(runs, found, &error);
    if (error) warn(calls, error);
}

/* ---- Answering ---- */

/* Takes those out whose answer is ours. The ids are free before the replies are sent: who has read one may use its id again. */
static call *claim(cli_calls *calls, call *ended) {
    call *mine = NULL, **end = &mine, *others = NULL;
    pthread_mutex_lock(&calls->lock);
    for (call *next; ended; ended = next) {
        next = ended->next_waiting;
        if (cli_calls_claim(calls, ended)) {
            calls->replying++;
            *end = ended;
            end = &ended->next_waiting;
        } else {
            ended->next_waiting = others;
            others = ended;
        }
    }
    pthread_mutex_unlock(&calls->lock);
    *end = NULL;
    for (call *next; others; others = next) {
        next = others->next_waiting;
        cli_call_free(others);
    }
    return mine;
}

static void reply(const cli_calls *calls, call *c) {
    if (c->stream) cli_stream_finish(c->stream);
    if (c->result)
        cli_reply_envelope(calls->options.output, c->request.id, capsule_result_envelope(c->result), true);
    else
        cli_reply_error(calls->options.output, c->request.id, cli_error_type(c->error), capsule_error_message(c->error),
                        capsule_error_detail(c->error), true);
}

static void answer(cli_calls *calls, call *ended) {
    size_t count = 0;
    ended = claim(calls, ended);
    for (call *next; ended; ended = next, count++) {
        next = ended->next_waiting;
        reply(calls, ended);
        cli_call_free(ended);
    }
    cli_output_flush(calls->options.output);
    pthread_mutex_lock(&calls->lock);
    calls->replying -= count;
    calls->finishing--;
    bool over = calls->closed && calls->unanswered + calls->replying == 0;
    pthread_mutex_unlock(&calls->lock);
    if (over) cli_calls_notify(calls);
}

/* ---- Gathering ---- */

/* What was gathered. Under the lock. */
static call *take_all(cli_calls *calls, size_t *ret_count) {
    call *ended = calls->ended;
    *ret_count = calls->ended_count;
    calls->ended = NULL;
    calls->last_ended = &calls->ended;
    calls->ended_count = calls->ended_bytes = 0;
    return ended;
}

/* Ends the thread's part in `finishing`. */
static void finish(cli_calls *calls, call *ended, size_t count) {
    record(calls, ended, count);
    answer(calls, ended);
}

static void gather(cli_calls *calls, call *c) {
    if (!calls->ended) {
        calls->ended_since_ns = cli_now_ns();
        if (calls->finisher_idle) pthread_cond_signal(&calls->finish);
    }
    *calls->last_ended = c;
    calls->last_ended = &c->next_waiting;
    calls->ended_count++;
    calls->ended_bytes += c->result ? strlen(capsule_result_envelope(c->result)) : 0;
}

void cli_finish_call(cli_calls *calls, call *c) {
    call *ended = NULL;
    size_t count = 0;
    c->next_waiting = NULL;
    if (c->stream) { /* its output may have to wait for a slow reader, and nobody else with it */
        finish(calls, c, 1);
        return;
    }
    pthread_mutex_lock(&calls->lock);
    bool now = !calls->waiting || calls->ended_count >= GATHERED_MAX || calls->ended_bytes >= GATHERED_BYTES_MAX;
    if (!now) {
        gather(calls, c);
        calls->finishing--;
    } else {
        ended = take_all(calls, &count);
        cli_serve_want(calls); /* while this thread finishes */
    }
    pthread_mutex_unlock(&calls->lock);
    if (!now) return;
    c->next_waiting = ended;
    finish(calls, c, count + 1);
}

/* Waits until what was gathered has waited long enough. Under the lock. */
static void wait_for_others(cli_calls *calls) {
    uint64_t until = calls->ended_since_ns + DELAY_NS;
    struct timespec when = {.tv_sec = (time_t)(until / 1000000000u), .tv_nsec = (long)(until % 1000000000u)};
    pthread_cond_timedwait(&calls->finish, &calls->lock, &when);
}

static void *run_finisher(void *argument) {
    cli_calls *calls = argument;
    pthread_mutex_lock(&calls->lock);
    while (!calls->ending || calls->ended) {
        if (!calls->ended) {
            calls->finisher_idle = true;
            pthread_cond_wait(&calls->finish, &calls->lock);
            calls->finisher_idle = false;
        } else if (!calls->ending && cli_now_ns() < calls->ended_since_ns + DELAY_NS) {
            wait_for_others(calls);
        } else {
            size_t count;
            call *ended = take_all(calls, &count);
            calls->finishing++;
            pthread_mutex_unlock(&calls->lock);
            finish(calls, ended, count);
            pthread_mutex_lock(&calls->lock);
        }
    }
    pthread_mutex_unlock(&calls->lock);
    return NULL;
}

int cli_finish_start(cli_calls *calls) {
    pthread_attr_t attributes;
    pthread_condattr_t condition;
    calls->last_ended = &calls->ended;
    pthread_condattr_init(&condition);
    pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
    pthread_cond_init(&calls->finish, &condition);
    pthread_condattr_destroy(&condition);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    calls->has_finisher = pthread_create(&calls->finisher, &attributes, run_finisher, calls) == 0;
    pthread_attr_destroy(&attributes);
    return calls->has_finisher ? 0 : -1;
}

void cli_finish_stop(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    pthread_cond_signal(&calls->finish); /* `ending` is set */
    pthread_mutex_unlock(&calls->lock);
    if (calls->has_finisher) pthread_join(calls->finisher, NULL);
    pthread_cond_destroy(&calls->finish);
}
