/* The inside of cap_config, for the files of the policy. */
#ifndef CAP_POLICY_CONFIG_H
#define CAP_POLICY_CONFIG_H

#include "base/cleanup.h"
#include "policy/policy.h"
#include "policy/values.h"

struct cap_config {
    bool exists, has_workflow;
    char *entrypoint;    /* or NULL */
    const char *file;    /* the name it was found under, static */
    cap_values defaults; /* [tasks] */
    cap_ceiling limits;  /* [limits] */
    uint64_t trace_keep_ns, trace_bytes; /* [trace]; CAP_NO_LIMIT: not set */
    unsigned lines[CAP_OPTION_IDS]; /* of default_... in [tasks] and of the keys of [limits]; 0: not there */
    bool has_packages;   /* [python] packages was written, perhaps empty */
    cap_texts packages;  /* [python] packages */
    char *venv;          /* [python] venv, or NULL */
};

static inline void cap_config_cleanup(cap_config **config) { cap_config_free(*config); }

#endif
