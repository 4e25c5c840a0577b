/* Flags and operands. Not getopt_long: that accepts abbreviations (`run f.py --verb` must reach the task) and cannot leave
 * an unknown flag behind FILE to the task, which is the reference's rule:
 *
 *   capsule run [flags] FILE [flags] ARG...
 *
 * From the first ARG on everything is the task's. Behind FILE an unknown word with a hyphen is the first ARG; before FILE
 * it is an error. `--` ends the flags anywhere. `--code CODE` stands for FILE, and so does `-`; what such a string alone may
 * be given is unknown behind any other FILE. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"

typedef struct reader {
    cli_arguments *out;
    char **argv;
    int count, next;
    bool flags_ended;
} reader;

__attribute__((format(printf, 2, 3))) static void complain(cli_arguments *out, const char *format, ...) {
    va_list arguments;
    if (out->problem[0]) return;
    va_start(arguments, format);
    vsnprintf(out->problem, sizeof out->problem, format, arguments);
    va_end(arguments);
}

static bool takes(const cli_command *command, cli_flag_id id) {
    return (command->flags | CLI_FLAG(CLI_HELP)) >> id & 1;
}

/* The flag a word stands for, CLI_FLAGS when none; *ret_value is what follows a '=', or the letter (-n5). */
static cli_flag_id find_flag(const cli_command *command, const char *word, const char **ret_value) {
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1), *equals = is_long ? strchr(name, '=') : NULL;
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    *ret_value = equals ? equals + 1 : NULL;
    for (cli_flag_id id = 0; id < CLI_FLAGS; id++) {
        const cli_flag *flag = &cli_flags[id];
        if (!takes(command, id)) continue;
        if (is_long) {
            if (strlen(flag->name) == length && !memcmp(flag->name, name, length)) return id;
        } else if (flag->letter == *name && (length == 1 || flag->value)) {
            if (length > 1) *ret_value = name + 1;
            return id;
        }
    }
    return CLI_FLAGS;
}

static void unknown_flag(reader *r, const char *word) {
    const cli_command *command = r->out->command;
    const char *known[CLI_FLAGS], *nearest;
    size_t count = 0;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    for (cli_flag_id id = 0; id < CLI_FLAGS; id++)
        if (takes(command, id)) known[count++] = cli_flags[id].name;
    nearest = word[1] == '-' ? cap_nearest_name(name + 2, strlen(name + 2), known, count) : NULL;
    if (nearest)
        complain(r->out, "unknown flag '%.80s', did you mean '--%s'?", word, nearest);
    else
        complain(r->out, "unknown flag '%.80s'", word);
}

/* The value of a flag: behind '=' or the next word. */
static const char *read_value(reader *r, const cli_flag *flag, const char *attached) {
    if (attached || flag->optional) return attached;
    const char *next = r->next < r->count ? r->argv[r->next] : NULL;
    if (next && strncmp(next, "--", 2)) return r->argv[r->next++];
    if (next)
        complain(r->out, "--%s needs a value %s (write --%s=%.40s for one that begins with hyphens)", flag->name,
                 flag->value, flag->name, next);
    else
        complain(r->out, "--%s needs a value %s", flag->name, flag->value);
    return NULL;
}

static void add_item(cli_arguments *out, const char **list, size_t *count, unsigned most, const char *what, const char *value) {
    if (*count < most)
        list[(*count)++] = value;
    else
        complain(out, "more than %u %s", most, what);
}

/* A value of a flag that may be given more than once. */
static bool add_repeated(cli_arguments *out, cli_flag_id id, const char *value) {
    if (id == CLI_MOUNT)
        add_item(out, out->mounts, &out->mount_count, CLI_MOUNTS_MAX, "mounts", value);
    else if (id == CLI_DIR)
        add_item(out, out->directories, &out->directory_count, CLI_MOUNTS_MAX, "directories", value);
    else if (id == CLI_ENV)
        add_item(out, out->environment, &out->environment_count, CLI_ENVIRONMENT_MAX, "variables", value);
    else
        return false;
    return true;
}

static void take_flag(reader *r, cli_flag_id id, const char *attached) {
    const cli_flag *flag = &cli_flags[id];
    bool again = cli_given(r->out, id);
    r->out->given |= CLI_FLAG(id);
    if (!flag->value) {
        if (attached) complain(r->out, "--%s takes no value", flag->name);
        return;
    }
    const char *value = read_value(r, flag, attached);
    if (!value) return;
    if (again && !flag->repeats) complain(r->out, "--%s is given twice", flag->name);
    if (!add_repeated(r->out, id, value)) r->out->values[id] = value;
}

bool cli_is_string(const cli_arguments *arguments) {
    if (!arguments->command->string_flags) return false;
    return cli_given(arguments, CLI_CODE) || (arguments->operand_count > 0 && !strcmp(arguments->operands[0], "-"));
}

/* Whether what the command runs is known already. */
static bool has_program(const cli_arguments *out) { return out->operand_count > 0 || cli_given(out, CLI_CODE); }

static bool is_for_task(const cli_arguments *out, cli_flag_id id) {
    if (!out->command->trailing || !has_program(out)) return false;
    return id == CLI_CODE || (!cli_is_string(out) && out->command->string_flags >> id & 1);
}

/* True when the word was a flag (or a complaint about one). */
static bool read_flag(reader *r, char *word) {
    const char *attached;
    if (r->flags_ended || word[0] != '-' || !word[1]) return false;
    r->next++;
    if (!strcmp(word, "--")) {
        r->flags_ended = true;
        return true;
    }
    cli_flag_id id = find_flag(r->out->command, word, &attached);
    if (id != CLI_FLAGS && !is_for_task(r->out, id)) {
        take_flag(r, id, attached);
        return true;
    }
    if (r->out->command->trailing && has_program(r->out)) {
        r->next--;
        return false; /* the task's first argument */
    }
    unknown_flag(r, word);
    return true;
}

void cli_arguments_read(const cli_command *command, int count, char **argv, cli_arguments *ret_arguments) {
    *ret_arguments = (cli_arguments){.command = command, .operands = argv};
    reader r = {.out = ret_arguments, .argv = argv, .count = count};
    cli_arguments *out = ret_arguments;
    while (r.next < count) {
        char *word = argv[r.next];
        if (read_flag(&r, word)) continue;
        r.next++;
        if (command->trailing && has_program(out)) r.flags_ended = true;
        argv[out->operand_count++] = word; /* never ahead of what was read */
    }
    out->first_argument = cli_given(out, CLI_CODE) ? 0 : 1;
    if (out->operand_count < command->operands_least)
        complain(out, "missing %s", command->operands);
    else if (out->operand_count > command->operands_most && !command->trailing)
        complain(out, "one argument too many: '%.80s'", argv[command->operands_most]);
    if (cli_given(out, CLI_ARGS_FILE) && out->operand_count > out->first_argument)
        complain(out, "--args-file and ARGS exclude each other");
}

int cli_seed(const char *text, uint64_t *ret_seed) {
    uint64_t seed = 0;
    for (const char *p = text; *p; p++)
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(seed, UINT64_C(10), &seed) ||
            __builtin_add_overflow(seed, (uint64_t)(*p - '0'), &seed))
            return -1;
    if (!*text) return -1;
    *ret_seed = seed;
    return 0;
}

uint64_t cli_number(const char *text, uint64_t most, const char **ret_problem) {
    uint64_t number = 0;
    *ret_problem = "expected a whole number";
    if (!*text) return 0;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9') return 0;
        number = number * 10 + (uint64_t)(*p - '0');
        if (number > most) {
            *ret_problem = "the number is too large";
            return 0;
        }
    }
    if (number) *ret_problem = NULL;
    return number;
}
