#include "task/trace_query.h"

#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define NS_PER_MS UINT64_C(1000000)

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

cap_trace_retention cap_retention_of(const cap_config *config) {
    uint64_t keep_ns = cap_config_trace_keep_ns(config), bytes = cap_config_trace_bytes(config);
    return (cap_trace_retention){
        .keep_ms = keep_ns == CAP_NO_LIMIT ? CAP_TRACE_KEEP_DEFAULT_MS : (int64_t)((keep_ns + NS_PER_MS - 1) / NS_PER_MS),
        .bytes = bytes == CAP_NO_LIMIT ? CAP_TRACE_BYTES_DEFAULT : bytes,
    };
}

/* ---- Filters ---- */

static int read_filter(const char *project_dir, const capsule_trace_filter *filter, cap_trace_filter *ret_filter,
                       capsule_error **error) {
    capsule_trace_filter given = CAPSULE_TRACE_FILTER_INIT;
    uint64_t since_ns = 0;
    if (!project_dir) return cap_error_set(error, CAPSULE_USAGE, "project_dir is needed");
    if (filter) memcpy(&given, filter, filter->size < sizeof given ? filter->size : sizeof given);
    if (given.since && cap_parse_duration("since", given.since, &since_ns, error) < 0) return -1;
    *ret_filter = (cap_trace_filter){.task = given.task, .failed = given.failed, .limit = given.limit};
    if (given.since) ret_filter->since_ms = now_ms() - (int64_t)(since_ns / NS_PER_MS);
    return 0;
}

int capsule_trace_find(const char *project_dir, const capsule_trace_filter *filter, char **ret_json, capsule_error **error) {
    cap_trace_filter wanted;
    if (!ret_json) return cap_error_set(error, CAPSULE_USAGE, "ret_json is needed");
    if (read_filter(project_dir, filter, &wanted, error) < 0) return -1;
    return cap_trace_list(project_dir, &wanted, ret_json, error);
}

int capsule_trace_list(const char *project_dir, uint32_t limit, char **ret_json, capsule_error **error) {
    capsule_trace_filter filter = CAPSULE_TRACE_FILTER_INIT;
    filter.limit = limit;
    return capsule_trace_find(project_dir, &filter, ret_json, error);
}

/* ---- Following ---- */

int capsule_trace_follow(const char *project_dir, const capsule_trace_filter *filter, capsule_trace_follower **ret_follower,
                         capsule_error **error) {
    cap_trace_filter wanted;
    if (!ret_follower) return cap_error_set(error, CAPSULE_USAGE, "ret_follower is needed");
    if (read_filter(project_dir, filter, &wanted, error) < 0) return -1;
    return cap_trace_follow(project_dir, &wanted, ret_follower, error);
}

int capsule_trace_follow_next(capsule_trace_follower *follower, char **ret_json, capsule_error **error) {
    if (!follower || !ret_json) return cap_error_set(error, CAPSULE_USAGE, "follower and ret_json are needed");
    return cap_trace_follow_next(follower, ret_json, error);
}

void capsule_trace_follow_free(capsule_trace_follower *follower) { cap_trace_follow_end(follower); }

/* ---- Pruning ---- */

static void free_trace(cap_trace **trace) { cap_trace_free(*trace); }
static void free_config(cap_config **config) { cap_config_free(*config); }

int capsule_trace_prune(const char *project_dir, const char *older_than, uint64_t *ret_runs, uint64_t *ret_bytes,
                        capsule_error **error) {
    cap_config *config cap_cleanup(free_config) = NULL;
    cap_trace *trace cap_cleanup(free_trace) = NULL;
    uint64_t older_ns = 0;
    if (!project_dir || !ret_runs || !ret_bytes)
        return cap_error_set(error, CAPSULE_USAGE, "project_dir, ret_runs and ret_bytes are needed");
    *ret_runs = *ret_bytes = 0;
    if (older_than && cap_parse_duration("older-than", older_than, &older_ns, error) < 0) return -1;
    if (cap_config_read(project_dir, &config, error) < 0) return -1;
    bool exists = false;
    if (cap_trace_exists(project_dir, &exists, error) < 0) return -1;
    if (!exists) return 0;
    cap_trace_retention retention = cap_retention_of(config);
    if (older_than) retention.keep_ms = older_ns < NS_PER_MS ? 1 : (int64_t)(older_ns / NS_PER_MS); /* 0 would be: for ever */
    trace = cap_trace_create(project_dir, &retention);
    if (!trace) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a trace");
    return cap_trace_prune(trace, ret_runs, ret_bytes, error);
}
