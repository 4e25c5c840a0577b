/* The lines that answer requests. They are queued, in the order of the calls; cli_output_flush sends them. */
#ifndef CAP_CLI_WORKER_REPLIES_H
#define CAP_CLI_WORKER_REPLIES_H

#include "cli/worker/output.h"

/* {"id":ID,"output":ENVELOPE}. wait: until there is room (cli_output_queue). */
void cli_reply_envelope(cli_output *output, const char *id, const char *envelope, bool wait);
/* The outcome of a call that never ran, as the envelope of a failure of this type. */
void cli_reply_outcome(cli_output *output, const char *id, const char *type, const char *message);
/* {"id":ID,"error":MESSAGE,"error_type":TYPE,"detail":DETAIL}; id and detail may be NULL. */
void cli_reply_error(cli_output *output, const char *id, const char *type, const char *message, const char *detail, bool wait);

#endif
