/* The one table of options. What a task may declare, what capsule.toml may set and what an operator may bound stands in
 * it once; parsing, error texts, `capsule explain` and docs/policy.md are made from it. */
#ifndef CAP_POLICY_OPTIONS_H
#define CAP_POLICY_OPTIONS_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

typedef enum cap_option_kind {
    CAP_KIND_COMPUTE,  /* class name or units of the counter */
    CAP_KIND_SIZE,     /* bytes */
    CAP_KIND_DURATION, /* nanoseconds */
    CAP_KIND_COUNT,    /* whole number */
    CAP_KIND_TEXT,
    CAP_KIND_FLAG,
    CAP_KIND_GRANTS,   /* list of directories */
    CAP_KIND_HOSTS,    /* list of host patterns */
    CAP_KIND_NAMES,    /* list of variable names */
} cap_option_kind;

typedef enum cap_option_id {
    /* What a task declares (and, with `default_` in front, [tasks] of capsule.toml; `name` aside). */
    CAP_OPTION_NAME,
    CAP_OPTION_COMPUTE,
    CAP_OPTION_RAM,
    CAP_OPTION_TIMEOUT,
    CAP_OPTION_MAX_RETRIES,
    CAP_OPTION_RETRY_DELAY,
    CAP_OPTION_ALLOWED_FILES,
    CAP_OPTION_ALLOWED_HOSTS,
    CAP_OPTION_ENV_VARIABLES,
    CAP_OPTION_DETERMINISTIC,
    /* [limits] of capsule.toml: the operator's ceiling. */
    CAP_LIMIT_MAX_COMPUTE,
    CAP_LIMIT_MAX_RAM,
    CAP_LIMIT_MAX_TIMEOUT,
    CAP_LIMIT_MAX_CPU,
    CAP_LIMIT_MAX_WRITE,
    CAP_LIMIT_MAX_TMP,
    CAP_LIMIT_MAX_SUBTASKS,
    CAP_LIMIT_MAX_OUTPUT,
    CAP_LIMIT_DENY_FILES,
    CAP_LIMIT_DENY_NET,
    /* [trace] of capsule.toml: what is kept of the runs. */
    CAP_TRACE_KEEP,
    CAP_TRACE_MAX_SIZE,
    CAP_OPTION_IDS,
} cap_option_id;

#define CAP_TASK_OPTIONS (CAP_OPTION_DETERMINISTIC + 1) /* the first ids are those a task declares */
#define CAP_LIMITS_END (CAP_LIMIT_DENY_NET + 1)         /* [limits] is CAP_LIMIT_MAX_COMPUTE up to here, [trace] the rest */

typedef struct cap_option {
    const char *name;
    cap_option_kind kind;
    const char *default_text; /* for people */
    const char *maximum_text; /* for people; "operator": only a ceiling bounds it */
    const char *unit;
    const char *help;         /* one line */
} cap_option;

extern const cap_option cap_options[CAP_OPTION_IDS];

/* What a value of this kind may look like, for error texts. Static. */
const char *cap_kind_accepts(cap_option_kind kind);

/* The option called `name` (`length` bytes) with an id in [first, end), or NULL. */
const cap_option *cap_option_find(const char *name, size_t length, cap_option_id first, cap_option_id end);

/* `unknown option "raam" (did you mean "ram"?)` about the ids in [first, end), as CAPSULE_CONFIG. Answers -1. */
int cap_option_unknown(const char *what, const char *name, size_t length, cap_option_id first, cap_option_id end,
                       capsule_error **error);

/* `invalid NAME "VALUE": expected ...` as CAPSULE_CONFIG; a long value is cut. Answers -1. */
int cap_option_invalid(const char *name, const char *value, size_t length, const char *expected, capsule_error **error);

/* Appends the table of ids [first, end) in Markdown; docs/policy.md holds it and a test compares. */
void cap_options_markdown(cap_option_id first, cap_option_id end, cap_buffer *out);

#endif
