/* Policy: pure functions from what people write to what a run may do. Nothing here touches a guest, and only
 * cap_config_read, cap_environment_read and cap_grant_open touch the file system.
 *
 *   declared options (JSON from the deny-all import)  --+
 *   capsule.toml [tasks] defaults                     --+--> cap_policy (effective), with notes where a ceiling lowered it
 *   operator's ceiling (capsule.toml [limits], flags) --+
 */
#ifndef CAP_POLICY_POLICY_H
#define CAP_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "policy/options.h"

/* Compute. Generated code counts function entries and loop heads, each with a weight (tools/build/guests.mk); one count stands
 * for CAP_UNITS_PER_COUNT units. The weights make a unit about one WebAssembly instruction of the reference, its unit of fuel:
 * every program of the benchmark's suites that ends within a class there ends within it here, and for none of them does a
 * class admit more than four times that work; single operations of JavaScript are further apart (docs/compute.md). */
#define CAP_UNITS_PER_COUNT UINT64_C(4)
#define CAP_COMPUTE_LOW UINT64_C(100000000)
#define CAP_COMPUTE_MEDIUM UINT64_C(2000000000)
#define CAP_COMPUTE_HIGH UINT64_C(50000000000)

#define CAP_RAM_DEFAULT (UINT64_C(512) << 20)
#define CAP_RAM_MAX (UINT64_C(4) << 30)
#define CAP_TMP_DEFAULT (UINT64_C(64) << 20)
#define CAP_TMP_MAX (UINT64_C(64) << 30)
#define CAP_RETRIES_MAX 1000u
#define CAP_RETRY_DELAY_MAX_NS (UINT64_C(3600) * 1000000000) /* of one wait, however often it doubled */
#define CAP_GRANTS_MAX 64u          /* allowed_files, allowed_hosts, env_variables: entries each */
#define CAP_TASKS_MAX 1024u         /* tasks of one program */
#define CAP_TASK_NAME_MAX 256u      /* bytes of a task's name */
#define CAP_NO_LIMIT UINT64_MAX

/* CPU time behind the counter: four times what the units need on a slow machine, and never less than the floor. It only
 * matters for code that computes without being counted: copies and hashes of large buffers. Interpreted loops were
 * measured at 8e9 units a second on a modest machine; half of that is taken for slower ones. */
#define CAP_COMPUTE_UNITS_PER_SECOND UINT64_C(4000000000)
#define CAP_CPU_FACTOR 4u
#define CAP_CPU_FLOOR_NS (UINT64_C(5) * 1000000000)

/* ---- Option texts: 0, or -1 with config_error naming option, value and what is accepted ---- */
int cap_parse_compute(const char *option, const char *text, uint64_t *ret_units, capsule_error **error);
int cap_parse_size(const char *option, const char *text, uint64_t *ret_bytes, capsule_error **error);      /* "1.5GB" */
int cap_parse_duration(const char *option, const char *text, uint64_t *ret_ns, capsule_error **error);     /* "1h 30m"; 0: none */

/* A directory granted to a guest. Its text was judged when it was parsed; what is really there is judged when a run
 * opens it. */
typedef struct cap_grant {
    char *host_path;  /* as written: relative to the project, inside it as far as the text tells */
    char *guest_path; /* absolute, normal */
    char *below;      /* relative path from host_path on, beneath it and through no link; NULL: host_path itself */
    bool writable;
    bool from_caller; /* --mount or run options, not declared by the task */
} cap_grant;

/* "HOST[::GUEST][:ro|:rw]" (default rw, as the reference). The grant's strings are owned by *ret_grant. */
int cap_parse_mount(const char *text, cap_grant *ret_grant, capsule_error **error);
/* The same for a preopened directory of a module that is not ours: any host path, and the guest path is a name that is kept
 * as written. */
int cap_parse_directory(const char *text, cap_grant *ret_grant, capsule_error **error);
void cap_grant_clear(cap_grant *grant);

/* Opens the directory of a grant beneath the project for the length of a run: links may lead anywhere inside the project
 * and nowhere else, other file systems may be mounted there, .capsule is refused by device and inode, what lies below .capsule/sessions
 * excepted. *ret_fd (O_RDONLY, O_CLOEXEC) is the caller's. CAPSULE_CONFIG when it is missing, outside or no directory, and without openat2. */
int cap_grant_open(const cap_grant *grant, int project_fd, int *ret_fd, capsule_error **error);

/* capsule.toml (or Capsule.toml) of a project. */
typedef struct cap_config cap_config;
/* Reads it; *ret_config is an empty configuration when there is no file, or project_dir is NULL. */
int cap_config_read(const char *project_dir, cap_config **ret_config, capsule_error **error);
void cap_config_free(cap_config *config);
const char *cap_config_entrypoint(const cap_config *config); /* [workflow] entrypoint or NULL */
bool cap_config_has_workflow(const cap_config *config);
bool cap_config_exists(const cap_config *config);
/* [trace] keep (ns; 0: for ever) and max_size (bytes, in the bounds below); CAP_NO_LIMIT: not set. */
uint64_t cap_config_trace_keep_ns(const cap_config *config);
uint64_t cap_config_trace_bytes(const cap_config *config);
#define CAP_CONFIG_TRACE_BYTES_MIN (UINT64_C(1) << 20)
#define CAP_CONFIG_TRACE_BYTES_MAX (UINT64_C(4) << 30)
/* The entrypoint, owned by the configuration, or CAPSULE_CONFIG saying what is missing. */
int cap_config_require_entrypoint(const cap_config *config, const char **ret_entrypoint, capsule_error **error);

/* Who said what a value is, or what bounds it. */
typedef enum cap_source_kind {
    CAP_SOURCE_NONE = 0, /* nobody: it is not bounded */
    CAP_SOURCE_BUILT_IN, /* the default of the option */
    CAP_SOURCE_DERIVED,  /* it follows from compute */
    CAP_SOURCE_CONFIG,   /* a line of capsule.toml */
    CAP_SOURCE_DECLARED, /* the program's own declaration of the task */
    CAP_SOURCE_CALLER,   /* a flag of the command line, or a field of the caller's options */
    CAP_SOURCE_MOST,     /* the most that the option can be */
} cap_source_kind;

typedef struct cap_source {
    cap_source_kind kind;
    const char *file; /* CONFIG: "capsule.toml" or "Capsule.toml". Static, like the name */
    const char *name; /* key, option or flag as people write it: "max_ram", "ram", "--max-ram" */
    unsigned line;    /* CONFIG: from 1 */
} cap_source;
/* [python]: the requirements in `packages`, as written (NULL: the key is not there; *ret_count may be 0 otherwise), and the
 * path in `venv` or NULL. Never both. All belong to the configuration. */
#define CAP_CONFIG_PACKAGES_MAX 256u /* entries of `packages` */
char *const *cap_config_packages(const cap_config *config, size_t *ret_count);
const char *cap_config_venv(const cap_config *config);

/* The operator's ceiling; CAP_NO_LIMIT where there is none. */
typedef struct cap_ceiling {
    uint64_t compute, ram, timeout_ns, cpu_ns;
    uint64_t write_bytes, tmp_bytes, subtasks, output_bytes;
    bool deny_files, deny_net;
    cap_source from[CAP_OPTION_IDS]; /* who set it, by the id of the limit */
} cap_ceiling;
#define CAP_CEILING_NONE                                                                                         \
    ((cap_ceiling){.compute = CAP_NO_LIMIT, .ram = CAP_NO_LIMIT, .timeout_ns = CAP_NO_LIMIT, .cpu_ns = CAP_NO_LIMIT, \
                   .write_bytes = CAP_NO_LIMIT, .tmp_bytes = CAP_NO_LIMIT, .subtasks = CAP_NO_LIMIT, .output_bytes = CAP_NO_LIMIT})

/* Ceiling out of [limits] (config may be NULL) and the texts (each may be NULL); the lower one wins. */
int cap_ceiling_make(const cap_config *config, const char *max_ram, const char *max_timeout, const char *max_compute,
                     bool deny_files, bool deny_net, cap_ceiling *ret_ceiling, capsule_error **error);

/* How one value of a policy came about. */
typedef struct cap_rule {
    cap_source set_by;     /* who asked for it */
    cap_source lowered_by; /* who lowered it then, or NONE */
} cap_rule;

/* The rules of a policy, by the id of the option; the two that are no options of a task go by their limit's. */
#define CAP_RULE_CPU CAP_LIMIT_MAX_CPU
#define CAP_RULE_TMP CAP_LIMIT_MAX_TMP

/* Where a program declares a task. */
typedef struct cap_declaration {
    char *file;       /* as its user typed it, or NULL: not known */
    unsigned line;    /* from 1; 0: not known */
    bool wrapped;     /* by the decorator or the wrapper; false: a plain function main */
    bool javascript;  /* else Python: how options are spelt */
} cap_declaration;

/* The effective policy of one task. Immutable after cap_policy_make and cap_policy_declared_at. */
typedef struct cap_policy {
    char *task;
    cap_declaration declared;
    bool passed_on; /* of a program that a task brings: cap_policy_narrow made it, no declaration stands behind it */
    cap_rule rules[CAP_OPTION_IDS];
    uint64_t compute;          /* units */
    uint64_t ram;              /* bytes of linear memory, interpreter included */
    uint64_t timeout_ns;       /* CAP_NO_LIMIT: none */
    uint64_t cpu_ns;
    uint64_t tmp;              /* bytes of /tmp in memory unless the caller asks for another size; 0: none */
    uint32_t max_retries;      /* attempts = max_retries + 1 */
    uint64_t retry_delay_ns;   /* before the second attempt, doubling from there; 0: none */
    bool deterministic;        /* the same program and input give the same output, result and fuel */
    cap_grant *files;
    size_t file_count;
    char **hosts;
    size_t host_count;
    char **environment;        /* names */
    size_t environment_count;
    char **notes;              /* one line each: what a ceiling lowered, and which */
    size_t note_count;
    char *json, *canonical;    /* what cap_policy_text and cap_policy_canonical_text answered; atomic */
} cap_policy;

/* `declared_json`: the options object of one task of TASKS (guests/abi/capsule_abi.h), NULL for none; config and ceiling
 * may be NULL; default_timeout: option text or NULL. A declared value wins over [tasks], that over the built-in default;
 * then the maximum of the option and the ceiling lower it, each with a note. Unknown keys and values that cannot be
 * parsed are config_error naming task, option, value. */
int cap_policy_make(const char *task, const char *declared_json, const cap_config *config, const cap_ceiling *ceiling,
                    const char *default_timeout, cap_policy **ret_policy, capsule_error **error);
/* What a task has that it may pass on. */
typedef struct cap_holdings {
    const cap_policy *policy;
    const cap_grant *mounts; /* that the run's caller gave beside the policy's directories */
    size_t mount_count;
    uint64_t compute;        /* units it has left */
} cap_holdings;

/* The policy of a program that a task brings itself. options_json: object of compute, ram, timeout, allowed_files,
 * allowed_hosts and env_variables, where allowed_files names directories by the task's own guest paths; what it does not
 * name is not passed on, NULL passes on everything. Never more than `own`: numbers are lowered, what is not held is
 * CAPSULE_CONFIG. */
int cap_policy_narrow(const cap_holdings *own, const char *options_json, cap_policy **ret_policy, capsule_error **error);
/* CPU time, ns, that goes with a number of units. */
uint64_t cap_policy_cpu(uint64_t compute);
void cap_policy_free(cap_policy *policy);
/* Adds where the task is declared; `place`'s file is copied, or left out when it cannot be shown. -1: out of memory. */
int cap_policy_declared_at(cap_policy *policy, const cap_declaration *place);
/* Appends the policy as a JSON object (for describe, artifacts and the trace). */
int cap_policy_to_json(const cap_policy *policy, cap_buffer *out);
/* The same without the task's name and with sorted lists: equal texts for equal policies, whatever they are called and
 * however they were written. And the list of grants in it, for grants of a caller. */
int cap_policy_canonical(const cap_policy *policy, cap_buffer *out);
int cap_grants_canonical(const cap_grant *grants, size_t count, cap_buffer *out);
/* The texts of both, made once and kept with the policy, which is not changed any more: every run needs them. From any
 * thread. NULL: out of memory, or a text of more than CAP_POLICY_TEXT_MAX bytes. */
#define CAP_POLICY_TEXT_MAX (1u << 20)
const char *cap_policy_text(const cap_policy *policy);
const char *cap_policy_canonical_text(const cap_policy *policy);
/* Appends where everything comes from, as the members "declared_at", "cost" and "sources" of a JSON object. */
int cap_policy_explain(const cap_policy *policy, cap_buffer *out);

/* What a call of the task may cost, all its attempts together. */
typedef struct cap_cost {
    const char *class_name;  /* "LOW", "MEDIUM", "HIGH" or "VERY HIGH"; static */
    uint64_t cpu_ns;         /* what the units of compute take on a slow machine, or less time than that when less is allowed */
    uint64_t cpu_most_ns;    /* and what it can never be more than */
    uint64_t ram;            /* bytes of one sandbox */
    uint32_t attempts;
} cap_cost;
/* A pure function of compute, cpu, ram, timeout and max_retries. CAP_NO_LIMIT: unbounded. */
cap_cost cap_cost_of(const cap_policy *policy);
/* One line about it. */
void cap_cost_text(const cap_policy *policy, cap_buffer *out);

/* Bytes that cap_source_text may need, NUL included. */
#define CAP_SOURCE_TEXT_MAX 512u
/* Where a value comes from, for people: "capsule.toml:7 default_ram", "main.py:12 ram", "--max-ram". Answers `out`. */
const char *cap_source_text(const cap_policy *policy, const cap_source *source, char out[CAP_SOURCE_TEXT_MAX]);

/* Appends which line has to change so that a limit becomes `value`, an option's text without quotes ("1GB"; NULL: no
 * value is proposed): `ram="1GB" in @task at main.py:12`, or the bound that has to be raised first. False, and nothing is
 * appended, when no line allows more. */
bool cap_advise_limit(const cap_policy *policy, cap_option_id id, const char *value, cap_buffer *out);
/* The same for an entry of allowed_files, allowed_hosts or env_variables. `flag`: a flag that allows it too, or NULL. */
void cap_advise_entry(const cap_policy *policy, cap_option_id id, const char *entry, const char *flag, cap_buffer *out);

/* .env, .env.local, .env.development, .env.production of a project over the process environment: process wins, then the
 * earlier file. Only lookups are offered, so that nothing else of the environment ever travels. */
typedef struct cap_environment cap_environment;
int cap_environment_read(const char *project_dir, bool env_files, cap_environment **ret_environment, capsule_error **error);
const char *cap_environment_get(const cap_environment *environment, const char *name); /* NULL when absent */
void cap_environment_free(cap_environment *environment);

#endif
