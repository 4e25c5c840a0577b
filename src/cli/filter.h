/* Guest text on a terminal. Line breaks, tabs and colours (SGR) pass; every other control sequence becomes visible text,
 * so that no program can move the cursor, retitle the window, answer for the user or hide what it printed. Sequences may
 * be cut anywhere between two pieces. In a pipe nothing of this is used. */
#ifndef CAP_CLI_FILTER_H
#define CAP_CLI_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

#define CLI_FILTER_HELD_MAX 48u      /* bytes of one colour sequence; a longer one is no colour */
#define CLI_FILTER_GROWTH 6u         /* one byte becomes at most that many */

typedef struct cli_filter {
    enum { CLI_TEXT, CLI_CARRIAGE_RETURN, CLI_UTF8, CLI_ESCAPE, CLI_CSI } state;
    unsigned char held[CLI_FILTER_HELD_MAX]; /* an unfinished sequence */
    size_t held_length, utf8_length;
    bool coloured; /* a colour was set and not reset */
} cli_filter;

/* A zeroed cli_filter is ready. Appends the visible form of `bytes` to *out. */
void cli_filter_add(cli_filter *filter, const void *bytes, size_t length, cap_buffer *out);
/* Shows what is unfinished and resets colours: nothing leaks into what is printed next. */
void cli_filter_end(cli_filter *filter, cap_buffer *out);

#endif
