/* The calls a worker has accepted: a bounded queue, first come first served, and one thread for each that may run.
 *
 *   waiting --> loading --> running --> answered         each is answered exactly once, with an envelope or an error;
 *      |           |                                     waiting and loading calls may be answered early, when they
 *      +-----------+--------------------> answered       are cancelled or out of time
 *
 * add, cancel, expire, refuse and stop belong to the thread that reads requests; what they answer is queued in the output,
 * and sent by its next cli_output_flush. */
#ifndef CAP_CLI_WORKER_CALLS_H
#define CAP_CLI_WORKER_CALLS_H

#include "cli/worker/output.h"
#include "cli/worker/programs.h"
#include "cli/worker/request.h"

#define CLI_CALLS_BYTES_MAX ((size_t)64 << 20)   /* of all waiting requests together; one may go above */
#define CLI_CALLS_OUTPUT_MAX (UINT64_C(1) << 20) /* bytes a run may print, stdout and stderr together */
#define CLI_CALLS_QUEUE_DEFAULT 1024u
#define CLI_CALLS_QUEUE_MAX 65536u

typedef struct cli_calls cli_calls;

typedef struct cli_calls_options {
    uint32_t jobs;      /* sandboxes that run at once */
    size_t queue;       /* calls that may wait */
    bool no_trace;
    int notify;         /* eventfd, written when a full queue is half empty, when a thread is to be replaced, and as cli_calls_close says */
    cli_output *output;
    cli_programs *programs;
} cli_calls_options;

/* NULL: out of memory, or no thread can be made. */
cli_calls *cli_calls_create(const cli_calls_options *options);
/* The input ended: from here on the eventfd tells when the last call was answered. */
void cli_calls_close(cli_calls *calls);
/* Nothing may wait any more. False when a thread is still loading a program, or waits for a reader to take a reply: nothing is
 * freed, the process has to end. */
bool cli_calls_free(cli_calls *calls);

/* Takes the request over. -1 when a call of that id is not answered yet; then it stays the caller's. */
int cli_calls_add(cli_calls *calls, cli_request *request);
/* Ends one call as `cancelled`; an id that is not there is one that was answered already. */
void cli_calls_cancel(cli_calls *calls, const char *id);
/* Answers calls whose time is over before they run, and replaces threads that a long run made slow for good (so it is called
 * by a thread that executes none, whenever `notify` was written). When there is more to do: CLOCK_MONOTONIC, ns,
 * UINT64_MAX: never. */
uint64_t cli_calls_expire(cli_calls *calls, uint64_t now);
/* Answers all that do not run yet with this error. */
void cli_calls_refuse(cli_calls *calls, const char *message);
/* Ends all as `cancelled`. */
void cli_calls_stop(cli_calls *calls);

/* True from when the queue is full until it is half empty. */
bool cli_calls_full(cli_calls *calls);
size_t cli_calls_unanswered(cli_calls *calls); /* whose reply the output does not have yet */
size_t cli_calls_running(cli_calls *calls);

#endif
