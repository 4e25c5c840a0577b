#ifndef CAP_CLI_TRACE_FOLLOW_H
#define CAP_CLI_TRACE_FOLLOW_H

#include "cli/cli.h"

/* Shows runs as they are recorded until a signal comes (the exit code is 128 + its number) or nobody reads any more (ends
 * by SIGPIPE). -1 with *error: it could not begin. */
int cli_trace_follow(const char *project, const capsule_trace_filter *filter, bool json, capsule_error **error);

#endif
