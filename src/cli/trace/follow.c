/* `capsule trace --follow`. */
#include "cli/trace/follow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/console.h"
#include "cli/signals.h"
#include "cli/trace/view.h"

#define POLL_MS 100
#define TEXT_MAX_BYTES (512u << 20)

typedef struct follow_view {
    cli_sink out;
    int signals; /* signalfd */
    bool json, colours;
} follow_view;

static void add_events(const follow_view *view, cap_buffer *text, yyjson_val *runs) {
    yyjson_arr_iter iterator = yyjson_arr_iter_with(runs);
    for (yyjson_val *run; (run = yyjson_arr_iter_next(&iterator));) {
        if (!view->json) {
            cli_trace_line(text, run, view->colours);
            continue;
        }
        cap_autofree char *line = yyjson_val_write(run, 0, NULL);
        cap_buffer_add_format(text, "%s\n", line ? line : "null");
    }
}

/* 0, or -1 when stdout takes no more. A wait for its reader ends with a signal. */
static int print(follow_view *view, cap_buffer *text) {
    if (text->failed || !text->length) return text->failed ? -1 : 0;
    return cli_sink_write(&view->out, text->data, text->length);
}

static int show_new(follow_view *view, capsule_trace_follower *follower, capsule_error **error) {
    cap_autobuffer cap_buffer text;
    char *json = NULL;
    cap_buffer_init(&text, TEXT_MAX_BYTES);
    if (capsule_trace_follow_next(follower, &json, error) < 0) return -1;
    cli_autojson yyjson_doc *document = cli_json_parse(json);
    add_events(view, &text, yyjson_doc_get_root(document));
    capsule_text_free(json);
    return print(view, &text);
}

/* Waits a little. The signal that came, -1 when the reader of stdout has gone, else 0. */
static int rest(follow_view *view) {
    struct pollfd fds[] = {{.fd = view->signals, .events = POLLIN}, {.fd = view->out.fd}};
    if (poll(fds, 2, POLL_MS) < 0 && errno != EINTR) return -1;
    struct signalfd_siginfo info;
    if (read(view->signals, &info, sizeof info) == (ssize_t)sizeof info) return (int)info.ssi_signo;
    return fds[1].revents & (POLLERR | POLLNVAL) ? -1 : 0;
}

/* Answers the exit code. */
static int end(follow_view *view, int signal, const capsule_error *error) {
    int number = view->out.error;
    cli_sink_finish(&view->out, false);
    if (signal > 0) return 128 + signal;
    if (error) {
        fprintf(stderr, "capsule: %s\n", capsule_error_message(error));
        return CLI_FAULT;
    }
    if (!number || number == EPIPE) cli_die_of_closed_pipe();
    fprintf(stderr, "capsule: cannot write to stdout: %s\n", strerror(number));
    return CLI_FAULT;
}

static int loop(follow_view *view, capsule_trace_follower *follower) {
    cap_autoerror capsule_error *error = NULL;
    cap_autobuffer cap_buffer heading;
    cap_buffer_init(&heading, TEXT_MAX_BYTES);
    if (!view->json) cli_trace_heading(&heading, view->colours);
    int status = print(view, &heading), signal = 0;
    while (status == 0 && signal == 0) {
        status = show_new(view, follower, &error);
        if (status == 0) signal = rest(view);
    }
    if (view->out.interrupted) signal = rest(view);
    return end(view, signal, error);
}

int cli_trace_follow(const char *project, const capsule_trace_filter *filter, bool json, capsule_error **error) {
    capsule_trace_follower *follower = NULL;
    follow_view view = {.json = json, .signals = cli_signals_open()};
    if (view.signals < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot wait for signals");
    int code = capsule_trace_follow(project, filter, &follower, error);
    if (code == 0) {
        cli_sink_init(&view.out, 1);
        view.out.interrupt_fd = view.signals;
        view.colours = cli_colours_wanted(&view.out);
        code = loop(&view, follower);
        cli_sink_free(&view.out);
    }
    capsule_trace_follow_free(follower);
    close(view.signals);
    return code;
}
