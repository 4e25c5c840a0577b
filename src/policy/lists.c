/* The list options: directories, hosts, names of variables. */
#include <string.h>

#include "base/cleanup.h"
#include "policy/grants.h"
#include "policy/values.h"

#define HOST_BYTES_MAX 253u /* of a DNS name */
#define NAME_BYTES_MAX 255u

void cap_texts_clear(cap_texts *texts) {
    for (size_t i = 0; i < texts->count; i++) free(texts->items[i]);
    free(texts->items);
    *texts = (cap_texts){0};
}

int cap_texts_copy(const cap_texts *texts, cap_texts *ret_copy) {
    cap_texts copy cap_cleanup(cap_texts_clear) = {0};
    if (texts->count && !(copy.items = calloc(texts->count, sizeof *copy.items))) return -1;
    for (; copy.count < texts->count; copy.count++)
        if (!(copy.items[copy.count] = strdup(texts->items[copy.count]))) return -1;
    *ret_copy = copy;
    copy = (cap_texts){0};
    return 0;
}

void cap_grants_free(cap_grant *grants, size_t count) {
    for (size_t i = 0; i < count; i++) cap_grant_clear(&grants[i]);
    free(grants);
}

/* `name` must be a list of at most CAP_GRANTS_MAX entries. */
static int check_list(const char *name, yyjson_val *list, cap_option_kind kind, capsule_error **error) {
    if (!yyjson_is_arr(list)) return cap_value_invalid(name, list, cap_kind_accepts(kind), error);
    if (yyjson_arr_size(list) > CAP_GRANTS_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "%s has %zu entries, at most %u are accepted", name,
                             yyjson_arr_size(list), CAP_GRANTS_MAX);
    return 0;
}

/* ---- Directories ---- */

static int parse_mode(const char *name, yyjson_val *mode, const char *path, bool *writable, capsule_error **error) {
    static const struct {
        const char *name;
        bool writable;
    } modes[] = {{"ro", false}, {"read-only", false}, {"rw", true}, {"read-write", true}};
    if (!mode || yyjson_is_null(mode)) return 0;
    for (size_t i = 0; i < CAP_COUNT(modes); i++)
        if (yyjson_equals_str(mode, modes[i].name)) {
            *writable = modes[i].writable;
            return 0;
        }
    const char *text = yyjson_get_str(mode);
    return cap_error_set(error, CAPSULE_CONFIG,
                         "Invalid %s mode '%.40s' for path '%.120s'. Use 'read-only' or 'read-write'.", name,
                         text ? text : yyjson_get_type_desc(mode), path);
}

/* The members of {"path": P, "mode": M}; the mode may be missing. */
static int read_object(const char *name, yyjson_val *entry, const char **ret_path, yyjson_val **ret_mode, capsule_error **error) {
    yyjson_obj_iter iterator = yyjson_obj_iter_with(entry);
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&iterator));)
        if (!yyjson_equals_str(key, "path") && !yyjson_equals_str(key, "mode"))
            return cap_error_set(error, CAPSULE_CONFIG, "unknown key \"%.40s\" in %s: known are path, mode",
                                 yyjson_get_str(key), name);
    yyjson_val *path_value = yyjson_obj_get(entry, "path");
    *ret_mode = yyjson_obj_get(entry, "mode");
    if (!path_value) return cap_error_set(error, CAPSULE_CONFIG, "an entry of %s has no \"path\"", name);
    *ret_path = cap_value_text(name, path_value, "a path", error);
    return *ret_path ? 0 : -1;
}

/* {"path": P, "mode": M}; of a mode and a suffix of the path ("data:ro") the stricter one holds. */
static int parse_object(const char *name, yyjson_val *entry, cap_grant *ret_grant, capsule_error **error) {
    const char *path;
    yyjson_val *mode;
    if (read_object(name, entry, &path, &mode, error) < 0) return -1;
    cap_grant grant cap_cleanup(cap_grant_clear) = {0};
    if (cap_parse_mount(path, &grant, error) < 0) return -1;
    bool suffixed = !grant.writable, writable = grant.writable;
    if (parse_mode(name, mode, path, &writable, error) < 0) return -1;
    grant.writable = writable && !suffixed; /* the stricter of the two */
    *ret_grant = grant;
    grant = (cap_grant){0};
    return 0;
}

static int parse_entry(const char *name, yyjson_val *entry, cap_grant *ret_grant, capsule_error **error) {
    if (yyjson_is_obj(entry)) return parse_object(name, entry, ret_grant, error);
    const char *path = cap_value_text(name, entry, cap_kind_accepts(CAP_KIND_GRANTS), error);
    return path ? cap_parse_mount(path, ret_grant, error) : -1;
}

/* Adds a grant, which it takes over. The same directory twice is one grant; two directories in one place are an error. */
static int add_grant(cap_grant *grants, size_t *count, cap_grant *grant, const char *name, capsule_error **error) {
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(grants[i].guest_path, grant->guest_path)) continue;
        if (!strcmp(grants[i].host_path, grant->host_path) && grants[i].writable == grant->writable) {
            cap_grant_clear(grant);
            return 0;
        }
        cap_error_set(error, CAPSULE_CONFIG, "%s names %s twice, with different directories or modes", name,
                      grant->guest_path);
        cap_grant_clear(grant);
        return -1;
    }
    grants[(*count)++] = *grant;
    return 0;
}

int cap_list_grants(const char *name, yyjson_val *list, cap_grant **ret_grants, size_t *ret_count,
                    capsule_error **error) {
    if (check_list(name, list, CAP_KIND_GRANTS, error) < 0) return -1;
    cap_grant *grants = calloc(yyjson_arr_size(list) + 1, sizeof *grants);
    size_t count = 0;
    if (!grants) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    for (yyjson_val *entry; (entry = yyjson_arr_iter_next(&iterator));) {
        cap_grant grant;
        if (parse_entry(name, entry, &grant, error) < 0 || add_grant(grants, &count, &grant, name, error) < 0) {
            cap_grants_free(grants, count);
            return -1;
        }
    }
    *ret_grants = grants;
    *ret_count = count;
    return 0;
}

/* ---- Directories of a task that it passes on ---- */

static int parse_passed(const char *name, yyjson_val *entry, cap_passed *ret_passed, capsule_error **error) {
    const char *path = NULL;
    yyjson_val *mode = NULL;
    if (yyjson_is_obj(entry)) {
        if (read_object(name, entry, &path, &mode, error) < 0) return -1;
    } else if (!(path = cap_value_text(name, entry, cap_kind_accepts(CAP_KIND_GRANTS), error))) {
        return -1;
    }
    bool writable = false, given = mode && !yyjson_is_null(mode);
    if (parse_mode(name, mode, path, &writable, error) < 0 || cap_parse_guest(path, &ret_passed->path, error) < 0) return -1;
    ret_passed->mode = !given ? CAP_PASS_AS_HELD : writable ? CAP_PASS_WRITABLE : CAP_PASS_READ_ONLY;
    return 0;
}

int cap_list_passed(const char *name, yyjson_val *list, cap_passed **ret_passed, size_t *ret_count, capsule_error **error) {
    if (check_list(name, list, CAP_KIND_GRANTS, error) < 0) return -1;
    cap_passed *passed = calloc(yyjson_arr_size(list) + 1, sizeof *passed);
    size_t count = 0;
    if (!passed) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    for (yyjson_val *entry; (entry = yyjson_arr_iter_next(&iterator)); count++) {
        if (parse_passed(name, entry, &passed[count], error) < 0) {
            cap_passed_free(passed, count);
            return -1;
        }
    }
    *ret_passed = passed;
    *ret_count = count;
    return 0;
}

void cap_passed_free(cap_passed *passed, size_t count) {
    for (size_t i = 0; i < count; i++) free(passed[i].path);
    free(passed);
}

/* ---- Hosts and names ---- */

static const char *host_problem(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length > HOST_BYTES_MAX) return "host names of 1 to 253 bytes";
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f) return "host names without spaces and control characters";
    return NULL;
}

static const char *name_problem(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length > NAME_BYTES_MAX) return "variable names of 1 to 255 bytes";
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '=')
            return "variable names without spaces, \"=\" and control characters";
    return NULL;
}

static bool contains(const cap_texts *texts, const char *text) {
    for (size_t i = 0; i < texts->count; i++)
        if (!strcmp(texts->items[i], text)) return true;
    return false;
}

static int list_texts(const char *name, yyjson_val *list, cap_option_kind kind, const char *problem(const char *),
                      cap_texts *ret_texts, capsule_error **error) {
    if (check_list(name, list, kind, error) < 0) return -1;
    cap_texts texts cap_cleanup(cap_texts_clear) = {0};
    texts.items = calloc(yyjson_arr_size(list) + 1, sizeof *texts.items);
    if (!texts.items) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    yyjson_arr_iter iterator = yyjson_arr_iter_with(list);
    for (yyjson_val *entry; (entry = yyjson_arr_iter_next(&iterator));) {
        const char *text = cap_value_text(name, entry, cap_kind_accepts(kind), error);
        if (!text) return -1;
        const char *expected = problem(text);
        if (expected) return cap_value_invalid(name, entry, expected, error);
        if (contains(&texts, text)) continue;
        if (!(texts.items[texts.count] = strdup(text))) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
        texts.count++;
    }
    *ret_texts = texts;
    texts = (cap_texts){0};
    return 0;
}

int cap_list_hosts(const char *name, yyjson_val *list, cap_texts *ret_texts, capsule_error **error) {
    return list_texts(name, list, CAP_KIND_HOSTS, host_problem, ret_texts, error);
}

int cap_list_names(const char *name, yyjson_val *list, cap_texts *ret_texts, capsule_error **error) {
    return list_texts(name, list, CAP_KIND_NAMES, name_problem, ret_texts, error);
}
