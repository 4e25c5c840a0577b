/* The one line of a failure that says which line of policy would have allowed it. Only what the host knows counts: no hint
 * is better than one that leads astray. */
#ifndef CAP_TASK_HINTS_H
#define CAP_TASK_HINTS_H

#include <yyjson.h>

#include "task/verdict.h"

/* Sets the hint of a verdict, printf-formatted; replaces an older one. */
void cap_hint(cap_verdict *verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A limit of the task's own policy was met: CAP_OPTION_RAM, _COMPUTE or _TIMEOUT, or CAP_RULE_CPU. verdict->used counts
 * for ram. */
void cap_hint_limit(cap_verdict *verdict, const cap_policy *policy, cap_option_id id);
/* A bound of the operator's on the whole run was met. id: of [limits]; otherwise: what to say when no line is in the way,
 * or NULL. */
void cap_hint_ceiling(cap_verdict *verdict, const cap_sandbox *sandbox, cap_option_id id, const char *otherwise);
/* The guest says that an uncaught exception is about something refused: `denied` of a report (guests/abi/capsule_abi.h),
 * or NULL. A hint is given when the host refused that very thing. */
void cap_hint_refused(cap_verdict *verdict, const cap_sandbox *sandbox, const cap_policy *policy, yyjson_val *denied);

#endif
