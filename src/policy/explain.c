/* Where the values of a policy come from: for people, as JSON, and as advice which line to change. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "policy/policy.h"

#define FILE_SHOWN_MAX 256u /* bytes of a file's name; longer ones are not told */
#define NS_PER_MS UINT64_C(1000000)

int cap_policy_declared_at(cap_policy *policy, const cap_declaration *place) {
    char *file = NULL;
    const char *given = place->file;
    bool shown = given && *given && strlen(given) <= FILE_SHOWN_MAX;
    for (const char *p = given; shown && *p; p++) shown = (unsigned char)*p >= ' ' && *p != 0x7f;
    if (shown && !(file = strdup(given))) return -1;
    free(policy->declared.file);
    policy->declared = *place;
    policy->declared.file = file;
    return 0;
}

/* ---- Texts ---- */

/* "main.py:12", or "the program" when that is not known. */
static void add_place(const cap_declaration *declared, cap_buffer *out) {
    cap_buffer_add_text(out, declared->file ? declared->file : "the program");
    if (declared->file && declared->line) cap_buffer_add_format(out, ":%u", declared->line);
}

/* An option as the program's language spells it. */
static void add_option(const cap_policy *policy, const char *name, cap_buffer *out) {
    for (; *name; name++) {
        bool hump = policy->declared.javascript && *name == '_' && name[1];
        char c = hump ? (char)(*++name - 'a' + 'A') : *name;
        cap_buffer_add(out, &c, 1);
    }
}

static void add_source(const cap_policy *policy, const cap_source *source, cap_buffer *out) {
    switch (source->kind) {
    case CAP_SOURCE_BUILT_IN: cap_buffer_add_text(out, "built-in default"); return;
    case CAP_SOURCE_DERIVED: cap_buffer_add_text(out, "follows compute"); return;
    case CAP_SOURCE_MOST: cap_buffer_add_text(out, "the most there is"); return;
    case CAP_SOURCE_CALLER: cap_buffer_add_text(out, source->name); return;
    case CAP_SOURCE_CONFIG:
        cap_buffer_add_format(out, "%s:%u %s%s", source->file, source->line,
                              cap_option_find(source->name, strlen(source->name), CAP_OPTION_NAME, CAP_TASK_OPTIONS)
                                  ? "default_" : "", source->name);
        return;
    case CAP_SOURCE_DECLARED:
        add_place(&policy->declared, out);
        cap_buffer_add_text(out, " ");
        add_option(policy, source->name, out);
        return;
    default: cap_buffer_add_text(out, "nobody"); return;
    }
}

const char *cap_source_text(const cap_policy *policy, const cap_source *source, char out[CAP_SOURCE_TEXT_MAX]) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, CAP_SOURCE_TEXT_MAX - 1);
    add_source(policy, source, &text);
    snprintf(out, CAP_SOURCE_TEXT_MAX, "%s", text.failed ? "?" : text.data);
    return out;
}

/* ---- JSON ---- */

static void add_number(cap_buffer *out, const char *key, uint64_t number) {
    char text[CAP_FORMAT_MAX];
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_text(out, number == CAP_NO_LIMIT ? "null" : cap_format_count(number, text));
}

static const char *kind_name(cap_source_kind kind) {
    static const char *const names[] = {
        [CAP_SOURCE_NONE] = "none",         [CAP_SOURCE_BUILT_IN] = "default",   [CAP_SOURCE_DERIVED] = "derived",
        [CAP_SOURCE_CONFIG] = "config",     [CAP_SOURCE_DECLARED] = "declared",  [CAP_SOURCE_CALLER] = "caller",
        [CAP_SOURCE_MOST] = "most",
    };
    return names[kind];
}

static void add_source_json(const cap_policy *policy, const char *key, const cap_source *source, cap_buffer *out) {
    char text[CAP_SOURCE_TEXT_MAX];
    bool declared = source->kind == CAP_SOURCE_DECLARED;
    unsigned line = declared ? policy->declared.line : source->line;
    cap_buffer_add_json_key(out, key);
    if (source->kind == CAP_SOURCE_NONE) {
        cap_buffer_add_text(out, "null");
        return;
    }
    cap_buffer_add_text(out, "{");
    cap_buffer_add_json_member(out, "from", kind_name(source->kind));
    cap_buffer_add_json_member(out, "file", declared ? policy->declared.file : source->file);
    add_number(out, "line", line ? line : CAP_NO_LIMIT);
    cap_buffer_add_json_member(out, "text", cap_source_text(policy, source, text));
    cap_buffer_add_text(out, "}");
}

static void add_rule(const cap_policy *policy, cap_option_id id, const char *name, cap_buffer *out) {
    cap_buffer_add_json_key(out, name);
    cap_buffer_add_text(out, "{");
    add_source_json(policy, "set_by", &policy->rules[id].set_by, out);
    add_source_json(policy, "lowered_by", &policy->rules[id].lowered_by, out);
    cap_buffer_add_text(out, "}");
}

static void add_cost(const cap_policy *policy, cap_buffer *out) {
    cap_autobuffer cap_buffer text;
    cap_cost cost = cap_cost_of(policy);
    cap_buffer_init(&text, 1024);
    cap_cost_text(policy, &text);
    cap_buffer_add_text(out, "{");
    cap_buffer_add_json_member(out, "class", cost.class_name);
    add_number(out, "cpu_ms", cost.cpu_ns == CAP_NO_LIMIT ? CAP_NO_LIMIT : cost.cpu_ns / NS_PER_MS);
    add_number(out, "cpu_most_ms", cost.cpu_most_ns == CAP_NO_LIMIT ? CAP_NO_LIMIT : cost.cpu_most_ns / NS_PER_MS);
    add_number(out, "ram", cost.ram);
    add_number(out, "attempts", cost.attempts);
    cap_buffer_add_json_member(out, "text", text.failed ? "?" : text.data);
    cap_buffer_add_text(out, "}");
}

int cap_policy_explain(const cap_policy *policy, cap_buffer *out) {
    const cap_declaration *declared = &policy->declared;
    cap_buffer_add_json_key(out, "declared_at");
    cap_buffer_add_text(out, declared->file ? "{" : "null");
    if (declared->file) {
        cap_buffer_add_json_member(out, "file", declared->file);
        add_number(out, "line", declared->line ? declared->line : CAP_NO_LIMIT);
        cap_buffer_add_text(out, "}");
    }
    cap_buffer_add_json_key(out, "cost");
    add_cost(policy, out);
    cap_buffer_add_json_key(out, "sources");
    cap_buffer_add_text(out, "{");
    for (cap_option_id id = CAP_OPTION_COMPUTE; id < CAP_TASK_OPTIONS; id++) add_rule(policy, id, cap_options[id].name, out);
    add_rule(policy, CAP_RULE_CPU, "cpu", out);
    add_rule(policy, CAP_RULE_TMP, "tmp", out);
    return cap_buffer_add_text(out, "}");
}

/* ---- Advice ---- */

/* `in @task at main.py:12`, or how a plain function becomes a task. */
static void add_where(const cap_declaration *declared, cap_buffer *out) {
    if (declared->javascript)
        cap_buffer_add_text(out, declared->wrapped ? "in task({ ... })" : "in a task({ ... }) around main");
    else
        cap_buffer_add_text(out, declared->wrapped ? "in @task" : "in a @task(...) on main");
    if (!declared->file) return;
    cap_buffer_add_text(out, " at ");
    add_place(declared, out);
}

/* ram="1GB" or ram: "1GB"; without a value the option alone. */
static void add_assignment(const cap_policy *policy, cap_option_id id, const char *value, bool list, cap_buffer *out) {
    add_option(policy, cap_options[id].name, out);
    if (!value) return;
    cap_buffer_add_text(out, policy->declared.javascript ? ": " : "=");
    if (list) cap_buffer_add_text(out, "[");
    cap_buffer_add_json_string(out, value, strlen(value));
    if (list) cap_buffer_add_text(out, "]");
}

/* For a program that a task brings the call that started it decides. */
static void advise_call(const cap_policy *policy, const char *verb, cap_option_id id, const char *value, bool list, cap_buffer *out) {
    cap_buffer_add_format(out, "%s it with ", verb);
    add_assignment(policy, id, value, list, out);
    cap_buffer_add_text(out, " in the call that started the program, as far as its caller may");
}

bool cap_advise_limit(const cap_policy *policy, cap_option_id id, const char *value, cap_buffer *out) {
    char text[CAP_SOURCE_TEXT_MAX];
    if (policy->passed_on) {
        advise_call(policy, "raise", id == CAP_RULE_CPU ? CAP_OPTION_COMPUTE : id, value, false, out);
        return true;
    }
    const cap_rule *rule = &policy->rules[id];
    const cap_source *source = rule->lowered_by.kind ? &rule->lowered_by : &rule->set_by;
    switch (source->kind) {
    case CAP_SOURCE_MOST: return false;
    case CAP_SOURCE_CALLER:
        cap_buffer_add_format(out, "raise %s", cap_source_text(policy, source, text));
        return true;
    case CAP_SOURCE_CONFIG:
        cap_buffer_add_format(out, "raise %s", cap_source_text(policy, source, text));
        if (rule->lowered_by.kind) return true;
        cap_buffer_add_text(out, ", or set ");
        break;
    case CAP_SOURCE_DERIVED: return cap_advise_limit(policy, CAP_OPTION_COMPUTE, value, out);
    default: cap_buffer_add_text(out, "raise it with "); break;
    }
    add_assignment(policy, id, value, false, out);
    cap_buffer_add_text(out, " ");
    add_where(&policy->declared, out);
    if (source->kind == CAP_SOURCE_BUILT_IN) cap_buffer_add_format(out, ", or default_%s in capsule.toml", cap_options[id].name);
    return true;
}

static size_t entries_of(const cap_policy *policy, cap_option_id id) {
    switch (id) {
    case CAP_OPTION_ALLOWED_FILES: return policy->file_count;
    case CAP_OPTION_ALLOWED_HOSTS: return policy->host_count;
    default: return policy->environment_count;
    }
}

void cap_advise_entry(const cap_policy *policy, cap_option_id id, const char *entry, const char *flag, cap_buffer *out) {
    char text[CAP_SOURCE_TEXT_MAX];
    const cap_source *source = &policy->rules[id].set_by, *bound = &policy->rules[id].lowered_by;
    if (policy->passed_on) {
        advise_call(policy, "allow", id, entry, true, out);
        return;
    }
    if (bound->kind) {
        cap_buffer_add_format(out, "%s denies it whatever is declared", cap_source_text(policy, bound, text));
        return;
    }
    if (entries_of(policy, id) && source->kind == CAP_SOURCE_CONFIG) {
        cap_buffer_add_text(out, "allow it by adding ");
        cap_buffer_add_json_string(out, entry, strlen(entry));
        cap_buffer_add_format(out, " to %s", cap_source_text(policy, source, text));
    } else if (entries_of(policy, id)) {
        cap_buffer_add_text(out, "allow it by adding ");
        cap_buffer_add_json_string(out, entry, strlen(entry));
        cap_buffer_add_text(out, " to ");
        add_assignment(policy, id, NULL, true, out);
        cap_buffer_add_text(out, " ");
        add_where(&policy->declared, out);
    } else {
        cap_buffer_add_text(out, "allow it with ");
        add_assignment(policy, id, entry, true, out);
        cap_buffer_add_text(out, " ");
        add_where(&policy->declared, out);
        if (source->kind == CAP_SOURCE_BUILT_IN) cap_buffer_add_format(out, ", or default_%s in capsule.toml", cap_options[id].name);
    }
    if (flag) cap_buffer_add_format(out, ", or with %s", flag);
}
