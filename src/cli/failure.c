#include "cli/failure.h"

#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "base/utf8.h"
#include "cli/json.h"

#define NS_PER_MS UINT64_C(1000000)
#define LINES_MAX 80u   /* of a detail, shown without --verbose: the first and the last ones */
#define LINES_FIRST 20u
#define LINE_MAX_BYTES 600u /* of a line that is not ours, shown without --verbose */

/* ---- Text that is not ours ---- */

/* On a terminal the filter would let colours through: here they could make a guest's text look like ours. */
static void add_harmless(cap_buffer *out, const cli_console *console, const char *text, size_t length) {
    while (length > 0) {
        const char *escape = console->err.terminal ? memchr(text, 0x1b, length) : NULL;
        size_t plain = escape ? (size_t)(escape - text) : length;
        cap_buffer_add(out, text, plain);
        if (!escape) return;
        cap_buffer_add_text(out, "^[");
        text = escape + 1;
        length -= plain + 1;
    }
}

static void add_foreign(cap_buffer *out, const cli_console *console, const char *text, size_t length) {
    bool cut = length > LINE_MAX_BYTES && !console->verbose;
    add_harmless(out, console, text, cut ? cap_utf8_cut(text, LINE_MAX_BYTES) : length);
    if (cut) cap_buffer_add_text(out, "...");
}

static void begin_foreign_line(cap_buffer *out, const cli_console *console) {
    cap_buffer_add_format(out, "  %s|%s ", cli_dim(console), cli_plain(console));
}

/* The first line stands where we are, every other one behind a bar. */
static void add_message(cap_buffer *out, const cli_console *console, const char *message) {
    for (;;) {
        size_t length = strcspn(message, "\n");
        add_foreign(out, console, message, length);
        cap_buffer_add_text(out, "\n");
        message += length;
        if (!*message || !message[1]) return;
        message++;
        begin_foreign_line(out, console);
    }
}

/* ---- Tracebacks ---- */

typedef struct line {
    const char *text;
    size_t length;
} line;

static bool next_line(const char **cursor, line *ret_line) {
    if (!**cursor) return false;
    *ret_line = (line){*cursor, strcspn(*cursor, "\n")};
    *cursor += ret_line->length + ((*cursor)[ret_line->length] == '\n');
    return true;
}

/* The line without blanks and bars of exception groups before it. */
static line bare(line it) {
    while (it.length && strchr(" |+", *it.text)) it.text++, it.length--;
    return it;
}

static bool begins(line it, const char *text) {
    size_t length = strlen(text);
    return it.length >= length && memcmp(it.text, text, length) == 0;
}

/* `File "main.py", line 3, in main`, or `at main (main.ts:3:9)`. */
static bool is_frame(line it) {
    it = bare(it);
    return begins(it, "File \"") || begins(it, "at ");
}

/* `~~~^~~` under a line of source. */
static bool is_pointer(line it) {
    it = bare(it);
    bool found = false;
    for (size_t i = 0; i < it.length; i++) {
        if (!strchr("^~ ", it.text[i])) return false;
        found |= it.text[i] != ' ';
    }
    return found;
}

static bool is_python(const char *detail) { return strstr(detail, "  File \"") != NULL; }

/* The line of source that matters most: Python's last, under the innermost frame; JavaScript's first. NULL: none. */
static const char *main_source(const char *detail) {
    const char *cursor = detail, *found = NULL;
    bool after_frame = false;
    for (line it; next_line(&cursor, &it); after_frame = is_frame(it)) {
        if (!after_frame || is_frame(it) || is_pointer(it)) continue;
        if (!is_python(detail) && !(*cursor && is_pointer((line){cursor, strcspn(cursor, "\n")}))) continue;
        found = it.text;
        if (!is_python(detail)) break;
    }
    return found;
}

static const char *colour_of(const cli_console *console, line it, bool after_frame, const char *chief) {
    if (it.text == chief) return cli_bold(console);
    if (is_pointer(it)) return cli_red(console);
    return after_frame && !is_frame(it) && bare(it).length && begins(it, "    ") ? "" : cli_dim(console);
}

static size_t count_lines(const char *text) {
    size_t count = 0;
    for (line it; next_line(&text, &it);) count++;
    return count;
}

static void add_detail(cap_buffer *out, const cli_console *console, const char *detail) {
    size_t count = count_lines(detail), number = 0, left_out = 0;
    if (!console->verbose && count > LINES_MAX) left_out = count - LINES_MAX;
    const char *cursor = detail, *chief = main_source(detail);
    bool after_frame = false;
    for (line it; next_line(&cursor, &it); after_frame = is_frame(it), number++) {
        if (left_out && number == LINES_FIRST)
            cap_buffer_add_format(out, "  %s| ... %zu lines left out, --verbose and --json have them ...%s\n", cli_dim(console),
                                  left_out, cli_plain(console));
        if (left_out && number >= LINES_FIRST && number < LINES_FIRST + left_out) continue;
        begin_foreign_line(out, console);
        const char *colour = colour_of(console, it, after_frame, chief);
        cap_buffer_add_text(out, colour);
        add_foreign(out, console, it.text, it.length);
        cap_buffer_add_format(out, "%s\n", *colour ? cli_plain(console) : "");
    }
}

void cli_failure_add(cap_buffer *out, const cli_console *console, const char *type, const char *message, const char *detail) {
    cap_buffer_add_format(out, "%s%serror[%s]:%s ", cli_bold(console), cli_red(console), type, cli_plain(console));
    add_message(out, console, message ? message : "");
    if (detail && *detail) add_detail(out, console, detail);
}

/* ---- Facts ---- */

static const char *format_amount(const char *limit, uint64_t amount, char out[CAP_FORMAT_MAX]) {
    if (!strcmp(limit, "timeout") || !strcmp(limit, "cpu"))
        return amount > UINT64_MAX / NS_PER_MS ? "none" : cap_format_duration(amount * NS_PER_MS, out);
    if (!strcmp(limit, "ram") || !strcmp(limit, "output") || !strcmp(limit, "result") || !strcmp(limit, "write_bytes") ||
        !strcmp(limit, "tmp"))
        return cap_format_size(amount, out);
    return cap_format_count(amount, out);
}

/* `limit ram: 540 MB used, 512 MB allowed`. */
static void add_limit(cap_buffer *out, yyjson_val *error) {
    const char *limit = cli_json_text(error, "limit", NULL);
    uint64_t used = cli_json_number(error, "used"), allowed = cli_json_number(error, "allowed");
    char texts[2][CAP_FORMAT_MAX];
    if (limit && allowed > 0 && allowed < UINT64_MAX)
        cap_buffer_add_format(out, "  limit %s: %s used, %s allowed\n", limit, format_amount(limit, used, texts[0]),
                              format_amount(limit, allowed, texts[1]));
}

static void add_hint(cap_buffer *out, const cli_console *console, const char *hint) {
    if (!hint) return;
    cap_buffer_add_format(out, "  %shint:%s ", cli_cyan(console), cli_plain(console));
    add_message(out, console, hint);
}

/* `main took 12ms, 10ms of CPU, 16 MB of memory and 1234 units`. */
static void add_resources(cap_buffer *out, const cli_console *console, yyjson_val *execution) {
    char name[CLI_NAME_MAX], texts[4][CAP_FORMAT_MAX];
    uint64_t attempts = cli_json_number(execution, "attempts");
    if (attempts == 0 || attempts == UINT64_MAX) return;
    cap_buffer_add_format(out, "  %s", cli_dim(console));
    cli_name(cli_json_text(execution, "task_name", "?"), name);
    add_foreign(out, console, name, strlen(name));
    cap_buffer_add_format(out, " took %s, %s of CPU, %s of memory, %s units",
                          format_amount("timeout", cli_json_number(execution, "duration_ms"), texts[0]),
                          format_amount("cpu", cli_json_number(execution, "cpu_ms"), texts[1]),
                          format_amount("ram", cli_json_number(execution, "ram_used"), texts[2]),
                          format_amount("compute", cli_json_number(execution, "fuel_consumed"), texts[3]));
    if (attempts > 1) cap_buffer_add_format(out, " in %llu attempts", (unsigned long long)attempts);
    cap_buffer_add_format(out, "%s\n", cli_plain(console));
}

void cli_failure_add_facts(cap_buffer *out, const cli_console *console, const char *envelope) {
    cli_autojson yyjson_doc *document = cli_json_parse(envelope);
    yyjson_val *root = yyjson_doc_get_root(document), *error = yyjson_obj_get(root, "error");
    add_limit(out, error);
    add_hint(out, console, cli_json_text(error, "hint", NULL));
    add_resources(out, console, yyjson_obj_get(root, "execution"));
}
