/* What a command shows: guest output as it comes, progress, failures, the envelope. */
#ifndef CAP_CLI_CONSOLE_H
#define CAP_CLI_CONSOLE_H

#include "cli/cli.h"
#include "cli/sink.h"

typedef struct cli_console {
    cli_sink out, err;
    bool json;       /* one line on stdout and nothing else */
    bool chatty;     /* `✓ ...` lines: stderr is a terminal, or --verbose */
    bool verbose;    /* start and end of every task */
    bool colours;    /* ours, on stderr */
    bool animated;   /* a progress line may come and go */
    bool in_progress; /* such a line is on the screen now */
    void (*stop)(void); /* called once, when stdout takes no more guest output; or NULL */
} cli_console;

void cli_console_init(cli_console *console, bool json, bool verbose);
void cli_console_free(cli_console *console);

/* Live guest output: a capsule_output_callback whose context is the console. */
int cli_console_output(void *context, int stream, const void *bytes, size_t length);
/* Ends guest output; what follows is ours. end_lines: what is left of a line on a terminal ends there; in a pipe or file it
 * stays as the guest wrote it, until something of ours follows. */
void cli_console_end_output(cli_console *console, bool end_lines);

/* A long step has begun, or (NULL) ended: the progress callback of a program, context the console. */
void cli_console_progress(void *context, const char *step);
/* `✓ TEXT (0.00s)`. */
void cli_console_done(cli_console *console, const char *text, uint64_t since_ns);
/* Start, end and warnings of tasks, as --verbose shows them: the event callback of a run. */
void cli_console_event(void *context, const char *json);

/* Whether colours of ours may go there: a terminal that knows them, and NO_COLOR is not set. */
bool cli_colours_wanted(const cli_sink *sink);

/* A line of ours on stderr: `capsule: TEXT`. */
void cli_console_note(cli_console *console, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* SGR sequences when colours are on, else "". */
const char *cli_red(const cli_console *console);
const char *cli_bold(const cli_console *console);
const char *cli_cyan(const cli_console *console);
const char *cli_dim(const cli_console *console);
const char *cli_plain(const cli_console *console);

uint64_t cli_now_ns(void); /* monotonic */

/* A name that a program or a database gave, on one line: control characters as ^X, a long one cut. Answers `out`. */
#define CLI_NAME_MAX 512u
const char *cli_name(const char *text, char out[CLI_NAME_MAX]);

/* Prints a text made by a command on stdout; on a terminal made visible, since names in it may be a guest's. Answers
 * CLI_SUCCESS or, when it cannot be written, CLI_FAULT. */
int cli_print(const cap_buffer *text);
int cli_print_text(const char *text);

#endif
