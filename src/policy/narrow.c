/* The policy of a program that a task brings itself: what is passed on to it out of what the task has. Numbers above what
 * the task has are lowered to it, as under any ceiling. A directory, host or variable that it does not have is refused, so
 * that nobody takes a sandbox for one that has it. */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "policy/grants.h"
#include "policy/policy.h"
#include "policy/values.h"

static const cap_option_id passed_on[] = {CAP_OPTION_COMPUTE,       CAP_OPTION_RAM,           CAP_OPTION_TIMEOUT,
                                          CAP_OPTION_ALLOWED_FILES, CAP_OPTION_ALLOWED_HOSTS, CAP_OPTION_ENV_VARIABLES};

/* ---- What the task has ---- */

/* Its i-th directory, NULL past the last; those of the run's caller come after the task's own and win against them. */
static const cap_grant *held(const cap_holdings *own, size_t i) {
    if (i < own->policy->file_count) return &own->policy->files[i];
    i -= own->policy->file_count;
    return i < own->mount_count ? &own->mounts[i] : NULL;
}

/* Whether `path` is `top` or lies below it; both normal. */
static bool is_below(const char *path, const char *top) {
    size_t length = strcmp(top, "/") == 0 ? 0 : strlen(top);
    return strncmp(path, top, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The directory that the task sees at a guest path: the innermost one around it, the last of equals. */
static const cap_grant *find_held(const cap_holdings *own, const char *path) {
    const cap_grant *found = NULL;
    for (size_t i = 0; held(own, i); i++)
        if (is_below(path, held(own, i)->guest_path) &&
            (!found || strlen(held(own, i)->guest_path) >= strlen(found->guest_path)))
            found = held(own, i);
    return found;
}

/* Whether pattern `have` lets through every host that `wanted` does. */
static bool covers(const char *have, const char *wanted) {
    size_t h = strlen(have), w = strlen(wanted);
    if (strcmp(have, "*") == 0 || strcasecmp(have, wanted) == 0) return true;
    bool plain = !strchr(have, '*'); /* a plain name includes its subdomains */
    return plain && w > h && wanted[w - h - 1] == '.' && strcasecmp(wanted + w - h, have) == 0;
}

/* ---- Directories ---- */

typedef struct grants {
    cap_grant *items;
    size_t count, capacity;
} grants;

static void grants_clear(grants *list) { cap_grants_free(list->items, list->count); }

static bool has_path(const grants *list, const char *path) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].guest_path, path) == 0) return true;
    return false;
}

/* Adds what the task sees at `path`, beneath its directory `from`. */
static int add_grant(grants *list, const cap_grant *from, const char *path, bool writable, capsule_error **error) {
    if (list->count == list->capacity) return cap_error_set(error, CAPSULE_CONFIG, "allowed_files: too many directories");
    cap_grant made = {.writable = writable, .from_caller = from->from_caller};
    const char *rest = path + (strcmp(from->guest_path, "/") == 0 ? 0 : strlen(from->guest_path));
    while (*rest == '/') rest++;
    made.guest_path = strdup(path);
    made.host_path = strdup(from->host_path);
    bool whole = made.guest_path && made.host_path;
    if (whole && (from->below || *rest)) {
        const char *between = from->below && *rest ? "/" : "";
        whole = asprintf(&made.below, "%s%s%s", from->below ? from->below : "", between, rest) >= 0;
        if (!whole) made.below = NULL;
    }
    if (!whole) {
        cap_grant_clear(&made);
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    }
    list->items[list->count++] = made;
    return 0;
}

static int pass_directory(const cap_holdings *own, const cap_passed *asked, grants *list, capsule_error **error) {
    const cap_grant *from = find_held(own, asked->path);
    if (!from)
        return cap_error_set(error, CAPSULE_CONFIG, "allowed_files \"%.120s\": the calling task has no such directory to pass on",
                             asked->path);
    if (asked->mode == CAP_PASS_WRITABLE && !from->writable)
        return cap_error_set(error, CAPSULE_CONFIG, "allowed_files \"%.120s\": the calling task has it read-only and cannot pass "
                             "it on read-write", asked->path);
    if (has_path(list, asked->path))
        return cap_error_set(error, CAPSULE_CONFIG, "allowed_files names \"%.120s\" twice", asked->path);
    return add_grant(list, from, asked->path, from->writable && asked->mode != CAP_PASS_READ_ONLY, error);
}

/* A directory hides what lies under the task's other ones inside it: these go along, or the child would see it. */
static int pass_inner(const cap_holdings *own, grants *list, capsule_error **error) {
    const size_t asked = list->count;
    for (size_t i = 0; i < asked; i++)
        for (size_t k = 0; held(own, k); k++) {
            const char *path = held(own, k)->guest_path;
            const cap_grant outer = list->items[i];
            if (!is_below(path, outer.guest_path) || has_path(list, path)) continue;
            const cap_grant *inner = find_held(own, path);
            if (add_grant(list, inner, path, inner->writable && outer.writable, error) < 0) return -1;
        }
    return 0;
}

static int pass_all(const cap_holdings *own, grants *list, capsule_error **error) {
    for (size_t i = 0; held(own, i); i++) {
        const char *path = held(own, i)->guest_path;
        const cap_grant *from = find_held(own, path);
        if (!has_path(list, path) && add_grant(list, from, path, from->writable, error) < 0) return -1;
    }
    return 0;
}

static int pass_directories(const cap_holdings *own, yyjson_val *value, cap_policy *policy, capsule_error **error) {
    grants list cap_cleanup(grants_clear) = {.capacity = CAP_GRANTS_MAX + own->policy->file_count + own->mount_count};
    list.items = calloc(list.capacity, sizeof *list.items);
    if (!list.items) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (!value) {
        if (pass_all(own, &list, error) < 0) return -1;
    } else {
        cap_passed *asked = NULL;
        size_t count = 0;
        int status = cap_list_passed("allowed_files", value, &asked, &count, error);
        for (size_t i = 0; status == 0 && i < count; i++) status = pass_directory(own, &asked[i], &list, error);
        cap_passed_free(asked, count);
        if (status < 0 || pass_inner(own, &list, error) < 0) return -1;
    }
    policy->files = list.items;
    policy->file_count = list.count;
    list = (grants){0};
    return 0;
}

/* ---- Hosts and variables ---- */

static bool same_name(const char *have, const char *wanted) { return strcmp(have, wanted) == 0; }

static int pass_texts(const char *option, const cap_texts *asked, char *const *have, size_t have_count,
                      bool fits(const char *, const char *), char ***ret_items, size_t *ret_count, capsule_error **error) {
    for (size_t i = 0; i < asked->count; i++) {
        size_t k = 0;
        while (k < have_count && !fits(have[k], asked->items[i])) k++;
        if (k == have_count)
            return cap_error_set(error, CAPSULE_CONFIG, "%s \"%.120s\": the calling task does not have it itself", option,
                                 asked->items[i]);
    }
    cap_texts copy;
    if (cap_texts_copy(asked, &copy) < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    *ret_items = copy.items;
    *ret_count = copy.count;
    return 0;
}

/* ---- The whole ---- */

static uint64_t lower_of(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void pass_numbers(const cap_holdings *own, const cap_values *asked, bool all, cap_policy *policy) {
    const cap_policy *have = own->policy;
    uint64_t compute = cap_values_has(asked, CAP_OPTION_COMPUTE) ? asked->compute : all ? CAP_NO_LIMIT : CAP_COMPUTE_MEDIUM;
    uint64_t ram = cap_values_has(asked, CAP_OPTION_RAM) ? asked->ram : all ? CAP_NO_LIMIT : CAP_RAM_DEFAULT;
    policy->compute = lower_of(compute, own->compute ? own->compute : 1);
    policy->ram = lower_of(ram, have->ram);
    policy->cpu_ns = lower_of(cap_policy_cpu(policy->compute), have->cpu_ns);
    policy->timeout_ns = asked->timeout_ns ? lower_of(asked->timeout_ns, have->timeout_ns) : have->timeout_ns;
    policy->tmp = have->tmp;
    policy->deterministic = have->deterministic;
}

/* Reads everything but the directories. */
static int read_options(yyjson_val *root, cap_values *values, capsule_error **error) {
    yyjson_obj_iter iterator = yyjson_obj_iter_with(root);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&iterator));) {
        const char *name = yyjson_get_str(key);
        size_t i = 0;
        while (i < CAP_COUNT(passed_on) && !yyjson_equals_str(key, cap_options[passed_on[i]].name)) i++;
        if (i == CAP_COUNT(passed_on))
            return cap_error_set(error, CAPSULE_CONFIG, "unknown option \"%.40s\": known are compute, ram, timeout, allowed_files, "
                                 "allowed_hosts, env_variables", name);
        if (passed_on[i] != CAP_OPTION_ALLOWED_FILES &&
            cap_values_set(values, passed_on[i], name, yyjson_obj_iter_get_val(key), error) < 0)
            return -1;
    }
    return 0;
}

static void policy_cleanup(cap_policy **policy) { cap_policy_free(*policy); }

static int narrow(const cap_holdings *own, yyjson_val *root, cap_values *asked, cap_policy **ret_policy, capsule_error **error) {
    static yyjson_val none = {.tag = YYJSON_TYPE_ARR};
    const cap_policy *have = own->policy;
    cap_policy *policy cap_cleanup(policy_cleanup) = calloc(1, sizeof *policy);
    if (!policy || !(policy->task = strdup("")))
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    policy->passed_on = true;
    if (root && !yyjson_is_obj(root)) return cap_error_set(error, CAPSULE_CONFIG, "options are not an object");
    if (root && read_options(root, asked, error) < 0) return -1;
    yyjson_val *files = root ? yyjson_obj_get(root, "allowed_files") : NULL;
    if (root && (!files || yyjson_is_null(files))) files = &none;
    const cap_texts all_hosts = {have->hosts, have->host_count}, all_names = {have->environment, have->environment_count};
    pass_numbers(own, asked, !root, policy);
    if (pass_directories(own, files, policy, error) < 0 ||
        pass_texts("allowed_hosts", root ? &asked->hosts : &all_hosts, have->hosts, have->host_count, covers, &policy->hosts,
                   &policy->host_count, error) < 0 ||
        pass_texts("env_variables", root ? &asked->environment : &all_names, have->environment, have->environment_count,
                   same_name, &policy->environment, &policy->environment_count, error) < 0)
        return -1;
    *ret_policy = cap_steal(policy);
    return 0;
}

int cap_policy_narrow(const cap_holdings *own, const char *options_json, cap_policy **ret_policy, capsule_error **error) {
    cap_values asked cap_cleanup(cap_values_clear) = {0};
    yyjson_doc *document = options_json ? yyjson_read(options_json, strlen(options_json), 0) : NULL;
    if (options_json && !document) return cap_error_set(error, CAPSULE_CONFIG, "options are not valid JSON");
    int status = narrow(own, yyjson_doc_get_root(document), &asked, ret_policy, error);
    yyjson_doc_free(document);
    return status;
}
