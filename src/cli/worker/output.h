/* What the worker says: whole lines on stdout. A reader who is slow or gone holds up neither a deadline nor the input: what
 * stdout does not take at once is written by a thread of its own.
 *
 *   call --- reply --------+--> stdout, as long as it takes them without a wait
 *                          |
 *                          +--> writer thread --> stdout       one piece of each in turn
 *   call --- cli_stream ---+
 *
 * Memory is bounded: a stream keeps at most what its run may print, and whoever sends a reply waits while more than
 * CLI_OUTPUT_WAITING_MAX bytes of them are unwritten. */
#ifndef CAP_CLI_WORKER_OUTPUT_H
#define CAP_CLI_WORKER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define CLI_OUTPUT_WAITING_MAX ((size_t)4 << 20) /* bytes of unwritten replies above which senders wait */
#define CLI_OUTPUT_PIECE_MAX ((size_t)64 << 10)  /* bytes of guest output in one line */

typedef struct cli_output cli_output;
typedef struct cli_stream cli_stream;

/* notify: an eventfd that is written when a full output has room again, when writing failed, and as cli_output_close says.
 * NULL: no thread. */
cli_output *cli_output_create(int fd, int notify);
/* Ends the thread and frees. At once: what is not written is lost, and the writer is not waited for in a write. */
void cli_output_free(cli_output *output, bool at_once);

/* Queues a line, line break included; the text is taken over. NULL is a reply that memory was short for, and ends the
 * output with ENOMEM: a call without an answer would hang its caller. wait: until there is room. */
void cli_output_queue(cli_output *output, char *line, size_t length, bool wait);
/* Writes what is queued: as much as is taken at once, without waiting; the writer does the rest. */
void cli_output_flush(cli_output *output);
/* Both. */
void cli_output_send(cli_output *output, char *line, size_t length, bool wait);

/* From here on the eventfd tells when everything is written. */
void cli_output_close(cli_output *output);
bool cli_output_full(cli_output *output);
bool cli_output_idle(cli_output *output);       /* everything is written */
uint64_t cli_output_progress(cli_output *output); /* lines written so far */
int cli_output_error(cli_output *output);       /* errno of the write that failed; then everything is dropped */

/* Guest output of one call, as lines {"id":...,"stream":"stdout"|"stderr","data":...}. NULL: out of memory. */
cli_stream *cli_stream_create(cli_output *output, const char *id);
/* A capsule_output_callback whose context is the stream; never waits. */
int cli_stream_add(void *stream, int which, const void *bytes, size_t length);
/* Waits until everything is written, or never will be. */
void cli_stream_finish(cli_stream *stream);
void cli_stream_free(cli_stream *stream);

#endif
