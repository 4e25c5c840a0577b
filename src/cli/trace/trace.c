/* `capsule trace`: the runs of a project, as its trace database recorded them.
 *
 *   trace.c   the command: lists, one run, pruning      line.c    a run on one line
 *   follow.c  runs as they come                         tree.c    a run with its subtasks */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/console.h"
#include "cli/report.h"
#include "cli/trace/follow.h"
#include "cli/trace/view.h"

#define TEXT_MAX_BYTES (512u << 20)
#define LIMIT_MAX 10000u
#define PRUNE "prune"

static bool stdout_colours(void) {
    cli_sink sink;
    cli_sink_init(&sink, 1);
    bool colours = cli_colours_wanted(&sink);
    cli_sink_free(&sink);
    return colours;
}

static void add_list(cap_buffer *out, yyjson_val *runs, bool colours) {
    yyjson_arr_iter iterator = yyjson_arr_iter_with(runs);
    cli_trace_heading(out, colours);
    for (yyjson_val *run; (run = yyjson_arr_iter_next(&iterator));) cli_trace_line(out, run, colours);
}

/* Prints the library's answer, or what it says to people; frees it. */
static int show(const cli_arguments *arguments, char *json, uint32_t width) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, TEXT_MAX_BYTES);
    bool colours = stdout_colours();
    /* Numbers stay as they were written: a result may hold integers of any size. */
    cli_autojson yyjson_doc *document = yyjson_read(json, strlen(json), YYJSON_READ_BIGNUM_AS_RAW);
    yyjson_val *root = yyjson_doc_get_root(document);
    bool list = yyjson_is_arr(root), filtered = arguments->given & (CLI_FLAG(CLI_FAILURES) | CLI_FLAG(CLI_TASK) | CLI_FLAG(CLI_SINCE));
    if (cli_given(arguments, CLI_JSON) || !root)
        cap_buffer_add_format(&text, "%s\n", json);
    else if (!list)
        cli_trace_whole(&text, root, width, colours);
    else if (yyjson_arr_size(root) == 0)
        cap_buffer_add_text(&text, filtered ? "No such runs recorded here.\n" : "No runs recorded here yet.\n");
    else
        add_list(&text, root, colours);
    capsule_text_free(json);
    return cli_print(&text);
}

static int prune(const cli_arguments *arguments, const char *project, int *code, capsule_error **error) {
    uint64_t runs, bytes;
    char line[128];
    if (capsule_trace_prune(project, arguments->values[CLI_OLDER_THAN], &runs, &bytes, error) < 0) return -1;
    snprintf(line, sizeof line,
             cli_given(arguments, CLI_JSON) ? "{\"removed_runs\":%llu,\"removed_bytes\":%llu}\n" : "%llu runs removed, %llu bytes given back\n",
             (unsigned long long)runs, (unsigned long long)bytes);
    *code = cli_print_text(line);
    return 0;
}

/* The flags that go with a form of the command, and what it is called. */
static const char *excluded(const cli_arguments *arguments, const char *id) {
    uint64_t allowed = CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_PROJECT);
    if (id && !strcmp(id, PRUNE))
        allowed |= CLI_FLAG(CLI_OLDER_THAN);
    else if (id)
        allowed |= CLI_FLAG(CLI_LIMIT);
    else if (cli_given(arguments, CLI_FOLLOW))
        allowed |= CLI_FLAG(CLI_FOLLOW) | CLI_FLAG(CLI_FAILURES) | CLI_FLAG(CLI_TASK);
    else
        allowed |= CLI_FLAG(CLI_LIMIT) | CLI_FLAG(CLI_FAILURES) | CLI_FLAG(CLI_TASK) | CLI_FLAG(CLI_SINCE);
    for (cli_flag_id flag = 0; flag < CLI_FLAGS; flag++)
        if (cli_given(arguments, flag) && !(allowed >> flag & 1)) return cli_flags[flag].name;
    return NULL;
}

static int check(const cli_arguments *arguments, const char *id, capsule_error **error) {
    const char *flag = excluded(arguments, id);
    if (!flag) return 0;
    if (!strcmp(flag, cli_flags[CLI_OLDER_THAN].name))
        return cap_error_set(error, CAPSULE_USAGE, "--%s goes with `capsule trace " PRUNE "` alone", flag);
    return cap_error_set(error, CAPSULE_USAGE, "--%s and %s exclude each other", flag,
                         !id ? "--follow" : !strcmp(id, PRUNE) ? PRUNE : "an ID");
}

static int read_limit(const cli_arguments *arguments, uint32_t *ret_limit, capsule_error **error) {
    const char *limit = arguments->values[CLI_LIMIT], *problem;
    if (limit && !(*ret_limit = (uint32_t)cli_number(limit, LIMIT_MAX, &problem)))
        return cap_error_set(error, CAPSULE_USAGE, "invalid --limit \"%.40s\": %s, accepted is 1 to %u", limit, problem, LIMIT_MAX);
    return 0;
}

static int query(const cli_arguments *arguments, int *code, capsule_error **error) {
    const char *given = arguments->values[CLI_PROJECT], *project = given ? given : ".";
    const char *id = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    capsule_trace_filter filter = CAPSULE_TRACE_FILTER_INIT;
    char *json = NULL;
    if (check(arguments, id, error) < 0 || read_limit(arguments, &filter.limit, error) < 0) return -1;
    if (id && !strcmp(id, PRUNE)) return prune(arguments, project, code, error);
    filter.failed = cli_given(arguments, CLI_FAILURES);
    filter.task = arguments->values[CLI_TASK];
    filter.since = arguments->values[CLI_SINCE];
    if (cli_given(arguments, CLI_FOLLOW)) {
        *code = cli_trace_follow(project, &filter, cli_given(arguments, CLI_JSON), error);
        return *code < 0 ? -1 : 0;
    }
    if ((id ? capsule_trace_show(project, id, &json, error) : capsule_trace_find(project, &filter, &json, error)) < 0) return -1;
    *code = show(arguments, json, filter.limit);
    return 0;
}

static int trace(const cli_arguments *arguments) {
    cap_autoerror capsule_error *error = NULL;
    int code = CLI_SUCCESS;
    if (query(arguments, &code, &error) == 0) return code;
    cli_console console;
    cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
    code = cli_error_exit(error);
    if (capsule_error_code(error) == CAPSULE_NOT_FOUND) /* no program that could not be built */
        cli_report_failure(&console, "config_error", capsule_error_message(error), NULL);
    else
        cli_report_error(&console, error);
    cli_console_free(&console);
    return code;
}

const cli_command cli_trace = {
    .name = "trace",
    .operands = "[ID|prune]",
    .summary = "List the last runs, show one whole, or forget old ones",
    .description = "An unambiguous beginning of an ID is enough. Of a run, --limit bounds the subtasks shown of each task.\n"
                   "`prune` forgets what [trace] of capsule.toml does not keep, or with --older-than whatever is older.\n",
    .words = PRUNE,
    .flags = CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_LIMIT) | CLI_FLAG(CLI_PROJECT) | CLI_FLAG(CLI_FOLLOW) | CLI_FLAG(CLI_FAILURES) |
             CLI_FLAG(CLI_TASK) | CLI_FLAG(CLI_SINCE) | CLI_FLAG(CLI_OLDER_THAN),
    .operands_most = 1,
    .run = trace,
};
