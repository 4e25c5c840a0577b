/* The public functions of the trace that know what capsule.toml and people write. */
#ifndef CAP_TASK_TRACE_QUERY_H
#define CAP_TASK_TRACE_QUERY_H

#include "policy/policy.h"
#include "store/trace.h"

/* What is kept of the runs of a project with this configuration. */
cap_trace_retention cap_retention_of(const cap_config *config);

#endif
