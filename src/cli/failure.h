/* A failure, as people read it. */
#ifndef CAP_CLI_FAILURE_H
#define CAP_CLI_FAILURE_H

#include "cli/console.h"

/* Adds `error[TYPE]: message` and the lines of the detail (a traceback, a snippet; NULL: none), each behind a bar that
 * shows what is not ours. Text of guests loses its control sequences on a terminal, so that it cannot pass for ours. */
void cli_failure_add(cap_buffer *out, const cli_console *console, const char *type, const char *message, const char *detail);
/* Adds what else the envelope of a failed run tells: limit, hint, resources. */
void cli_failure_add_facts(cap_buffer *out, const cli_console *console, const char *envelope);

#endif
