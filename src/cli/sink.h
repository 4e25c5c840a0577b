/* Where text goes: stdout or stderr, a terminal or not, perhaps closed by its reader. */
#ifndef CAP_CLI_SINK_H
#define CAP_CLI_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/filter.h"

typedef struct cli_sink {
    int fd;
    bool terminal;      /* text is filtered */
    bool may_block;     /* a pipe, socket or terminal: waits are interruptible */
    bool pipe, socket;
    bool ended_line;    /* nothing is left on the current line */
    bool interrupted;   /* the last write was given up because of interrupt_fd */
    int error;          /* errno of the first failed write; EPIPE: the reader went away. Later writes do nothing */
    int interrupt_fd;   /* a wait ends when this is readable; -1: none */
    cli_filter filter;
    cap_buffer visible; /* scratch */
} cli_sink;

void cli_sink_init(cli_sink *sink, int fd);
void cli_sink_free(cli_sink *sink);
/* Writes all of it, made visible on a terminal. 0, or -1 when it cannot be taken (sink->error), or was interrupted. */
int cli_sink_write(cli_sink *sink, const void *bytes, size_t length);
/* Writes what can be taken at once, without waiting; nothing on a terminal. Answers how many bytes, or -1 (sink->error). */
ptrdiff_t cli_sink_try(cli_sink *sink, const char *bytes, size_t length);
int cli_sink_text(cli_sink *sink, const char *text);
/* Ends what the guest wrote: unfinished sequences, colours, and the line when it is unfinished and `end_line`. Left out
 * when the last write was interrupted and still nobody reads. */
void cli_sink_finish(cli_sink *sink, bool end_line);

#endif
