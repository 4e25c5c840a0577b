/* `capsule cache`: the images of programs that were loaded before. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "base/error.h"
#include "cli/console.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/report.h"

#define TEXT_MAX_BYTES (64u << 20)

static void add_entries(cap_buffer *out, yyjson_val *entries) {
    char name[CLI_NAME_MAX];
    uint64_t total = 0;
    yyjson_arr_iter iterator = yyjson_arr_iter_with(entries);
    for (yyjson_val *entry; (entry = yyjson_arr_iter_next(&iterator));) {
        uint64_t bytes = yyjson_get_uint(yyjson_obj_get(entry, "bytes"));
        total += bytes;
        cap_buffer_add_format(out, "%-16.16s  %-24s  %8.1f MB  %-10s  %s\n", cli_json_text(entry, "key", "-"),
                              cli_json_text(entry, "last_used", "-"), (double)bytes / (1 << 20),
                              cli_json_text(entry, "language", "-"), cli_name(cli_json_text(entry, "file", "-"), name));
    }
    cap_buffer_add_format(out, "%zu entries, %.1f MB\n", yyjson_arr_size(entries), (double)total / (1 << 20));
}

static int list(const cli_arguments *arguments, capsule_runtime *runtime, int *code, capsule_error **error) {
    cap_autobuffer cap_buffer text;
    char *json = NULL;
    cap_buffer_init(&text, TEXT_MAX_BYTES);
    if (capsule_cache_list(runtime, &json, error) < 0) return -1;
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    if (cli_given(arguments, CLI_JSON))
        cap_buffer_add_format(&text, "%s\n", json);
    else
        add_entries(&text, yyjson_doc_get_root(document));
    *code = cli_print(&text);
    capsule_text_free(json);
    return 0;
}

static int prune(const cli_arguments *arguments, capsule_runtime *runtime, int *code, capsule_error **error) {
    uint64_t keep = 0, removed = 0;
    const char *text = arguments->values[CLI_KEEP];
    char line[96];
    if (text && cap_size_read(text, &keep) < 0)
        return cap_error_set(error, CAPSULE_USAGE, "invalid --keep \"%.40s\": expected a size like 500MB or 2GB", text);
    if (capsule_cache_prune(runtime, keep, &removed, error) < 0) return -1;
    if (cli_given(arguments, CLI_JSON))
        snprintf(line, sizeof line, "{\"removed_bytes\":%llu}\n", (unsigned long long)removed);
    else
        snprintf(line, sizeof line, "%.1f MB removed\n", (double)removed / (1 << 20));
    *code = cli_print_text(line);
    return 0;
}

static int cache(const cli_arguments *arguments) {
    const char *action = arguments->operands[0];
    bool pruning = !strcmp(action, "prune");
    if (!pruning && strcmp(action, "ls"))
        return cli_usage_error(arguments->command, "unknown action '%.80s': ls and prune are known", action);
    cli_console console;
    cap_autoerror capsule_error *error = NULL;
    capsule_runtime *runtime = NULL;
    int code = CLI_SUCCESS;
    cli_console_init(&console, cli_given(arguments, CLI_JSON), false);
    int status = cli_runtime_create(arguments, &runtime, &error);
    if (status == 0) status = (pruning ? prune : list)(arguments, runtime, &code, &error);
    if (status < 0) code = cli_report_error(&console, error);
    capsule_runtime_free(runtime);
    cli_console_free(&console);
    return code;
}

const cli_command cli_cache = {
    .name = "cache",
    .operands = "ls|prune",
    .summary = "List or empty the cache of program images",
    .description = "Everything in it is made again when it is needed. `prune` without --keep empties it.\n",
    .words = "ls prune",
    .flags = CLI_FLAG(CLI_JSON) | CLI_FLAG(CLI_KEEP),
    .operands_least = 1,
    .operands_most = 1,
    .run = cache,
};
