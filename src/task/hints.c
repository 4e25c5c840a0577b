#include "task/hints.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "task/tree.h"

#define HINT_MAX 4096u          /* bytes of a hint */
#define RAM_LEAST (UINT64_C(16) << 20) /* least value of ram that is proposed */
#define NAME_MAX_BYTES 255u     /* of a variable or a host */

void cap_hint(cap_verdict *verdict, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    free(verdict->hint);
    if (vasprintf(&verdict->hint, format, arguments) < 0) verdict->hint = NULL;
    va_end(arguments);
}

static void take_hint(cap_verdict *verdict, cap_buffer *text) {
    free(verdict->hint);
    verdict->hint = text->failed || !text->length ? NULL : cap_buffer_take(text);
}

/* ---- Limits of the task ---- */

static uint64_t twice(uint64_t value) { return value > UINT64_MAX / 4 ? UINT64_MAX / 2 : value * 2; }

/* An option's text for the next larger value: twice as much, in round numbers. */
static void propose(const cap_policy *policy, cap_option_id id, uint64_t used, char out[CAP_FORMAT_MAX]) {
    if (id == CAP_OPTION_TIMEOUT) {
        cap_format_duration(twice(policy->timeout_ns), out);
    } else if (id == CAP_OPTION_RAM) {
        uint64_t wanted = RAM_LEAST;
        while (wanted < CAP_RAM_MAX && (wanted < twice(policy->ram) || wanted <= used)) wanted *= 2;
        cap_format_size(wanted, out);
        char *blank = strchr(out, ' ');
        if (blank) memmove(blank, blank + 1, strlen(blank));
    } else if (policy->compute < CAP_COMPUTE_HIGH) {
        const char *name = policy->compute < CAP_COMPUTE_LOW ? "LOW" : policy->compute < CAP_COMPUTE_MEDIUM ? "MEDIUM" : "HIGH";
        snprintf(out, CAP_FORMAT_MAX, "%s", name);
    } else {
        cap_format_count(twice(policy->compute), out);
    }
}

void cap_hint_limit(cap_verdict *verdict, const cap_policy *policy, cap_option_id id) {
    char value[CAP_FORMAT_MAX];
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, HINT_MAX);
    propose(policy, id, verdict->used, value);
    if (!cap_advise_limit(policy, id, value, &text)) {
        cap_buffer_clear(&text);
        cap_buffer_add_text(&text, "no line of policy allows more: this is the most there is");
    }
    take_hint(verdict, &text);
}

void cap_hint_ceiling(cap_verdict *verdict, const cap_sandbox *sandbox, cap_option_id id, const char *otherwise) {
    const cap_source *source = sandbox->node ? &sandbox->node->tree->program->ceiling.from[id] : NULL;
    if (source && source->kind == CAP_SOURCE_CONFIG)
        cap_hint(verdict, "raise %s:%u %s", source->file, source->line, source->name);
    else if (otherwise)
        cap_hint(verdict, "%s", otherwise);
}

/* ---- Files ---- */

static bool is_below(const char *path, const char *directory) {
    size_t length = strlen(directory);
    if (length == 1) return true; /* the root */
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The grant that decides about a path: the one with the longest guest path above it, the caller's last. NULL: none.
 * *ret_mounted: whether it is the caller's. */
static const cap_grant *grant_of(const cap_sandbox *sandbox, const cap_policy *policy, const char *path, bool *ret_mounted) {
    const cap_grant *found = NULL;
    const cap_tree *tree = sandbox->node ? sandbox->node->tree : NULL;
    *ret_mounted = false;
    for (size_t i = 0; i < policy->file_count; i++)
        if (is_below(path, policy->files[i].guest_path) && (!found || strlen(policy->files[i].guest_path) > strlen(found->guest_path)))
            found = &policy->files[i];
    for (size_t i = 0; tree && !policy->passed_on && i < tree->mount_count; i++)
        if (is_below(path, tree->mounts[i].guest_path) && (!found || strlen(tree->mounts[i].guest_path) >= strlen(found->guest_path)))
            found = &tree->mounts[i], *ret_mounted = true;
    return found;
}

/* The directory of the project whose grant would show a path, as allowed_files has it. What is a directory on the host is
 * not looked up: whoever reads a hint may be a guest. */
static char *directory_of(const char *path, const char *operation) {
    const char *slash = strrchr(path, '/'), *name = slash + 1;
    if (slash > path) return strndup(path + 1, (size_t)(slash - path - 1));
    bool is_file = !*name || strchr(name, '.') || strcmp(operation, "create directory") == 0;
    return strdup(is_file ? "." : name);
}

static void hint_not_granted(cap_verdict *verdict, const cap_policy *policy, const char *path, const char *operation) {
    cap_autobuffer cap_buffer text;
    cap_autofree char *directory = directory_of(path, operation), *flag = NULL;
    cap_buffer_init(&text, HINT_MAX);
    if (!directory || asprintf(&flag, "--mount %s", directory) < 0) return;
    cap_buffer_add_json_string(&text, path, strlen(path));
    cap_buffer_add_text(&text, " is in no directory granted to the task: ");
    cap_advise_entry(policy, CAP_OPTION_ALLOWED_FILES, directory, flag, &text);
    take_hint(verdict, &text);
}

static void hint_read_only(cap_verdict *verdict, const cap_sandbox *sandbox, const cap_policy *policy, const char *path) {
    bool mounted;
    const cap_grant *grant = grant_of(sandbox, policy, path, &mounted);
    char text[CAP_SOURCE_TEXT_MAX];
    if (!grant) return;
    if (grant->writable)
        cap_hint_ceiling(verdict, sandbox, CAP_LIMIT_MAX_WRITE, NULL);
    else if (mounted)
        cap_hint(verdict, "the caller mounted \"%s\" read-only: allow writing with --mount %s::%s:rw", grant->host_path,
                 grant->host_path, grant->guest_path);
    else
        cap_hint(verdict, "\"%s\" is granted read-only: allow writing with mode \"read-write\" in %s", grant->host_path,
                 policy->passed_on ? "the call that started the program"
                                   : cap_source_text(policy, &policy->rules[CAP_OPTION_ALLOWED_FILES].set_by, text));
}

static bool grants_nothing(const cap_sandbox *sandbox, const cap_policy *policy) {
    return policy->file_count == 0 && sandbox->node && (policy->passed_on || sandbox->node->tree->mount_count == 0);
}

/* What is in a folder below .capsule/sessions can be granted. */
static bool is_own_folder(const char *path) {
    static const char sessions[] = "/.capsule/sessions";
    return is_below(path, "/.capsule") && !(is_below(path, sessions) && path[sizeof sessions - 1] && strchr(path + sizeof sessions, '/'));
}

static void hint_file(cap_verdict *verdict, const cap_sandbox *sandbox, const cap_policy *policy, const char *path) {
    const cap_wasi_denial *denial = sandbox->wasi ? cap_wasi_denial_of(sandbox->wasi, path) : NULL;
    /* Without any directory the guest's library does not even ask. */
    if (!denial && (path[0] != '/' || strlen(path) >= CAP_DENIAL_PATH_MAX || !grants_nothing(sandbox, policy) || is_below(path, "/tmp")))
        return;
    const char *what = denial ? denial->what : CAP_DENIED_NO_FILES, *operation = denial ? denial->operation : "open";
    if (denial) path = denial->path;
    if (is_own_folder(path))
        cap_hint(verdict, "no line of policy allows it: /.capsule is Capsule's own");
    else if (strcmp(what, CAP_DENIED_PROTECTED) == 0)
        cap_hint(verdict, "no line of policy allows it: the program's own files, capsule.toml and .env files are never written");
    else if (strcmp(what, CAP_DENIED_READ_ONLY) == 0)
        hint_read_only(verdict, sandbox, policy, path);
    else if (is_below(path, "/tmp") && sandbox->node && sandbox->node->tree->tmp_limit == CAPSULE_TMP_NONE)
        cap_hint(verdict, "the caller gives the task no /tmp: allow one with --tmp 64MB");
    else if (strcmp(what, CAP_DENIED_OUTSIDE) == 0 || strcmp(what, CAP_DENIED_NO_FILES) == 0)
        hint_not_granted(verdict, policy, path, operation);
    else
        cap_hint(verdict, "no line of policy allows it: %s", what);
}

/* ---- Variables and hosts ---- */

static bool is_plain_name(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_BYTES) return false;
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '=') return false;
    return true;
}

static bool is_listed(char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static void hint_variable(cap_verdict *verdict, const cap_policy *policy, const char *name) {
    if (!is_plain_name(name) || is_listed(policy->environment, policy->environment_count, name)) return;
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, HINT_MAX);
    cap_buffer_add_format(&text, "the task may not see the variable %s: ", name);
    cap_advise_entry(policy, CAP_OPTION_ENV_VARIABLES, name, NULL, &text);
    take_hint(verdict, &text);
}

/* There is no network yet, so no line opens it: the hint names the line that will decide. */
static void hint_host(cap_verdict *verdict, const cap_policy *policy, const char *host) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, HINT_MAX);
    cap_buffer_add_text(&text, "this version has no network, whatever is declared");
    if (host && is_plain_name(host) && !is_listed(policy->hosts, policy->host_count, host)) {
        cap_buffer_add_text(&text, "; where there is one, ");
        cap_advise_entry(policy, CAP_OPTION_ALLOWED_HOSTS, host, NULL, &text);
    }
    take_hint(verdict, &text);
}

void cap_hint_refused(cap_verdict *verdict, const cap_sandbox *sandbox, const cap_policy *policy, yyjson_val *denied) {
    const char *file = yyjson_get_str(yyjson_obj_get(denied, "file"));
    const char *variable = yyjson_get_str(yyjson_obj_get(denied, "variable"));
    if (verdict->error_type && strcmp(verdict->error_type, "network_denied") == 0)
        hint_host(verdict, policy, yyjson_get_str(yyjson_obj_get(denied, "host")));
    else if (file)
        hint_file(verdict, sandbox, policy, file);
    else if (variable)
        hint_variable(verdict, policy, variable);
}
