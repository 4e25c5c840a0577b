#include "cli/console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "cli/json.h"

#define LINE_MAX_BYTES (64u << 10)
#define PRINT_MAX_BYTES (64u << 20)

uint64_t cli_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value && *value;
}

static bool is_able(const cli_sink *sink) {
    const char *terminal = getenv("TERM");
    return sink->terminal && terminal && strcmp(terminal, "dumb");
}

bool cli_colours_wanted(const cli_sink *sink) { return is_able(sink) && !is_set("NO_COLOR"); }

void cli_console_init(cli_console *console, bool json, bool verbose) {
    *console = (cli_console){.json = json, .verbose = verbose && !json};
    cli_sink_init(&console->out, 1);
    cli_sink_init(&console->err, 2);
    console->colours = cli_colours_wanted(&console->err);
    console->animated = is_able(&console->err) && !json;
    console->chatty = !json && (verbose || console->err.terminal);
}

void cli_console_free(cli_console *console) {
    cli_sink_free(&console->out);
    cli_sink_free(&console->err);
}

const char *cli_red(const cli_console *console) { return console->colours ? "\x1b[31m" : ""; }
const char *cli_bold(const cli_console *console) { return console->colours ? "\x1b[1m" : ""; }
const char *cli_cyan(const cli_console *console) { return console->colours ? "\x1b[36m" : ""; }
const char *cli_dim(const cli_console *console) { return console->colours ? "\x1b[2m" : ""; }
const char *cli_plain(const cli_console *console) { return console->colours ? "\x1b[0m" : ""; }

/* Our own control sequences go past the filter of the terminal. */
static void control(cli_console *console, const char *sequence) {
    bool terminal = console->err.terminal;
    console->err.terminal = false;
    cli_sink_text(&console->err, sequence);
    console->err.terminal = terminal;
    console->err.ended_line = true;
}

static void clear_progress(cli_console *console) {
    if (!console->in_progress) return;
    control(console, "\r\x1b[K");
    console->in_progress = false;
}

/* Inside a callback the wait for a reader ends with the task. */
static void let_interrupt(cli_console *console) {
    console->out.interrupt_fd = console->err.interrupt_fd = capsule_callback_stop_fd();
}

static void end_interrupt(cli_console *console) { console->out.interrupt_fd = console->err.interrupt_fd = -1; }

static int write_guest_output(cli_console *console, int stream, const void *bytes, size_t length) {
    if (console->out.error) return -1; /* the run is being stopped: nobody wants to hear of it */
    if (stream == 2) {
        cli_sink_write(&console->err, bytes, length); /* a closed stderr ends nothing */
        return 0;
    }
    if (cli_sink_write(&console->out, bytes, length) == 0) return 0;
    if (console->out.error && console->stop) console->stop();
    return -1;
}

int cli_console_output(void *context, int stream, const void *bytes, size_t length) {
    cli_console *console = context;
    if (console->json) return 0;
    let_interrupt(console);
    int status = write_guest_output(console, stream, bytes, length);
    end_interrupt(console);
    return status;
}

void cli_console_end_output(cli_console *console, bool end_lines) {
    if (console->json) return;
    cli_sink_finish(&console->out, end_lines && console->out.terminal);
    cli_sink_finish(&console->err, end_lines && console->err.terminal);
}

void cli_console_progress(void *context, const char *step) {
    cli_console *console = context;
    if (!console->animated) return;
    clear_progress(console);
    if (!step) return;
    char line[128];
    snprintf(line, sizeof line, "%s· %.80s%s", cli_dim(console), step, cli_plain(console));
    control(console, line);
    console->in_progress = true;
}

void cli_console_done(cli_console *console, const char *text, uint64_t since_ns) {
    clear_progress(console);
    if (!console->chatty) return;
    cli_sink_finish(&console->err, true);
    char line[128];
    double seconds = (double)(cli_now_ns() - since_ns) / 1e9;
    snprintf(line, sizeof line, "%s✓ %s (%.2fs)%s\n", cli_dim(console), text, seconds, cli_plain(console));
    cli_sink_text(&console->err, line);
}

void cli_console_note(cli_console *console, const char *format, ...) {
    cap_autobuffer cap_buffer line;
    cap_buffer_init(&line, LINE_MAX_BYTES);
    va_list arguments;
    va_start(arguments, format);
    cap_buffer_add_text(&line, "capsule: ");
    cap_buffer_add_vformat(&line, format, arguments);
    va_end(arguments);
    clear_progress(console);
    if (cap_buffer_add_text(&line, "\n") == 0) cli_sink_write(&console->err, line.data, line.length);
}

const char *cli_name(const char *text, char out[CLI_NAME_MAX]) {
    size_t used = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (used > CLI_NAME_MAX - 8) {
            used = cap_utf8_cut(out, used);
            used += (size_t)snprintf(out + used, 4, "...");
            break;
        }
        if (c < 0x20 || c == 0x7f) out[used++] = '^';
        out[used++] = (char)(c < 0x20 ? c + '@' : c == 0x7f ? '?' : c);
    }
    out[used] = 0;
    return out;
}

/* ---- Events ---- */

static void add_timestamp(cap_buffer *line) {
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    cap_buffer_add_format(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                          utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

static void add_event(cap_buffer *line, yyjson_val *event) {
    char name[CLI_NAME_MAX];
    const char *kind = cli_json_text(event, "event", ""), *task = cli_name(cli_json_text(event, "task", ""), name);
    if (!strcmp(kind, "start"))
        cap_buffer_add_format(line, " INFO [%s] task execution started\n", task);
    else if (!strcmp(kind, "end") && yyjson_is_true(yyjson_obj_get(event, "success")))
        cap_buffer_add_format(line, " SUCCESS [%s] Completed in %.2fs\n", task,
                              yyjson_get_num(yyjson_obj_get(event, "duration_ms")) / 1000);
    else if (!strcmp(kind, "end"))
        cap_buffer_add_format(line, " ERROR [%s] %s\n", task, cli_json_text(event, "message", ""));
    else
        cap_buffer_add_format(line, " WARNING %s\n", cli_json_text(event, "message", ""));
}

void cli_console_event(void *context, const char *json) {
    cli_console *console = context;
    cap_autobuffer cap_buffer line;
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    yyjson_val *event = yyjson_doc_get_root(document);
    bool warning = !strcmp(cli_json_text(event, "event", ""), "warning");
    cap_buffer_init(&line, LINE_MAX_BYTES);
    let_interrupt(console);
    if (warning && !console->json) {
        cli_console_note(console, "warning: %s", cli_json_text(event, "message", ""));
    } else if (console->verbose) {
        add_timestamp(&line);
        add_event(&line, event);
        if (!line.failed && line.data) cli_sink_write(&console->err, line.data, line.length);
    }
    end_interrupt(console);
}

/* ---- Plain printing ---- */

int cli_print(const cap_buffer *text) {
    cli_sink sink;
    cli_sink_init(&sink, 1);
    int status = text->failed ? -1 : cli_sink_write(&sink, text->data, text->length);
    cli_sink_finish(&sink, false);
    int number = sink.error;
    cli_sink_free(&sink);
    if (status == 0) return CLI_SUCCESS;
    fprintf(stderr, "capsule: cannot write to stdout: %s\n", number ? strerror(number) : "out of memory");
    return CLI_FAULT;
}

int cli_print_text(const char *text) {
    cap_autobuffer cap_buffer buffer;
    cap_buffer_init(&buffer, PRINT_MAX_BYTES);
    cap_buffer_add_text(&buffer, text);
    return cli_print(&buffer);
}
