/* What the files of the calls share.
 *
 *   calls.c    what the reading thread does: calls come, are cancelled, expire
 *   serve.c    the threads that load programs and run calls
 *   finish.c   what is left once a call has run: its record and its reply, many at once */
#ifndef CAP_CLI_WORKER_CALLS_INTERNAL_H
#define CAP_CLI_WORKER_CALLS_INTERNAL_H

#include <pthread.h>

#include "cli/worker/calls.h"

#define BUCKETS 4096u /* of the table of ids */

typedef enum call_state { CALL_WAITING, CALL_LOADING, CALL_RUNNING, CALL_ENDED } call_state;

typedef struct call {
    struct call *next, **link;    /* among all that are not answered, oldest first */
    struct call *next_same;       /* of those, in the same bucket */
    struct call *next_waiting;    /* in the queue; once loaded, at the gate; once ended, in the list of those */
    cli_calls *calls;
    pthread_cond_t turn;          /* of one at the gate */
    cli_request request;
    uint32_t hash;                /* of the id */
    uint64_t read_ns;             /* when its line was read */
    uint64_t deadline_ns;         /* UINT64_MAX: none */
    call_state state;
    bool answered;
    bool running;                 /* counts as such */
    capsule_run *run;
    cli_stream *stream;           /* or NULL */
    capsule_result *result;       /* once ended: this or the error */
    capsule_error *error;
} call;

/* A place of a thread that serves calls. One whose priority a long run lowered for good leaves it, and the thread that reads
 * requests puts a new one there: a thread inherits the priority of the one that starts it. */
typedef enum place_state { PLACE_EMPTY, PLACE_SERVED, PLACE_LEFT /* its thread has ended, or is about to: to be joined */ } place_state;

typedef struct server {
    cli_calls *calls;
    pthread_t thread;             /* but for PLACE_EMPTY */
    place_state state;            /* under the lock, as is what follows */
    struct server *next_idle;
    pthread_cond_t wake;
    bool woken;                   /* taken out of the list of idle ones, to look for a call */
} server;

struct cli_calls {
    cli_calls_options options;
    pthread_mutex_t lock;         /* everything below, and state, answered, running and run of every call */
    call *first, **last;
    call *buckets[BUCKETS];
    call *waiting, **last_waiting;
    call *gate, **last_gate;      /* loaded calls, of which as many may run as there are jobs */
    size_t unanswered, replying, waiting_count, waiting_bytes, running;
    uint64_t next_deadline_ns;    /* no waiting or loading call has an earlier one */
    uint32_t engaged;             /* calls that were taken out of the queue and have not run yet */
    uint32_t slow;                /* of these, those that wait for a program to be loaded */
    uint32_t finishing;           /* threads that record and answer, or are about to: they may wait for a reader */
    uint32_t waking;              /* threads that were woken for a call and have not looked for it yet */
    server *idle;                 /* threads without a call; the one that came last is woken first */
    bool refilling;               /* the reading thread waits until a full queue is half empty */
    bool closed;                  /* the reader wants to know when nothing is left to answer */
    bool ending;
    bool warned;                  /* that the trace cannot be written */
    server *threads;
    uint32_t thread_count, places_left;

    call *ended, **last_ended;    /* to be recorded and answered */
    size_t ended_count, ended_bytes;
    uint64_t ended_since_ns;      /* when the first of them came */
    pthread_cond_t finish;
    pthread_t finisher;
    bool has_finisher, finisher_idle;
};

/* ---- calls.c ---- */

void cli_calls_notify(const cli_calls *calls);
/* From here on the id is free again, and the reply is the caller's to send. False: somebody did it before. Under the lock. */
bool cli_calls_claim(cli_calls *calls, call *c);
/* Takes the first call out of the queue, which is not empty. Under the lock. */
call *cli_calls_dequeue(cli_calls *calls);
void cli_call_free(call *c);

/* ---- serve.c ---- */

/* Starts the threads. -1: they are not all there. */
int cli_serve_start(cli_calls *calls);
/* Ends and joins them. */
void cli_serve_stop(cli_calls *calls);
/* Wakes a thread for the next call when one is wanted. Under the lock. */
void cli_serve_want(cli_calls *calls);
/* Fills the places that were left; false when one stays empty. Under the lock, which is free meanwhile. */
bool cli_serve_refill(cli_calls *calls);

/* ---- finish.c ---- */

int cli_finish_start(cli_calls *calls);
void cli_finish_stop(cli_calls *calls);
/* A call has ended: it is recorded, answered and freed, at once or a little later. `error` and the call are taken over. */
void cli_finish_call(cli_calls *calls, call *c);

#endif
