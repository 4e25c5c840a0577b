/* How a run, or the failure to start one, is told to people and programs. */
#ifndef CAP_CLI_REPORT_H
#define CAP_CLI_REPORT_H

#include "cli/console.h"

/* Prints the outcome: the envelope on stdout (--json, or a result that is not null), or the failure on stderr. Answers
 * the exit code; `signal` is the signal that cancelled the run, or 0. */
int cli_report_result(cli_console *console, const capsule_result *result, int signal);

/* The same for an error of the library: nothing ran. */
int cli_report_error(cli_console *console, const capsule_error *error);

/* An envelope or a message about something that the command line itself found. `type`: an error_type. */
void cli_report_failure(cli_console *console, const char *type, const char *message, const char *detail);

/* Exit code of an error of the library. */
int cli_error_exit(const capsule_error *error);
/* The envelope's error_type of an error that came before any task. */
const char *cli_error_type(const capsule_error *error);
/* Adds the envelope of a run that never began: every key is there. No line break. */
void cli_report_envelope(cap_buffer *out, const char *type, const char *message, const char *detail);

#endif
