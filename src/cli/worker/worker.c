/* `capsule worker`: calls as lines of JSON on stdin, their outcomes as lines on stdout. docs/worker.md is the protocol.
 *
 *   this thread                               threads                         writer thread
 *   poll: signals, stdin --> input.c          serve.c: one for each call      output.c: what stdout
 *     --> request.c --> calls.c: queue -----> that may run ---> finish.c: --> did not take at once, and
 *                                             programs.c        replies ----> streams --> stdout
 *
 * This thread never waits for anything but its poll. It reads no further while the queue or the output is full. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/program.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/worker/calls.h"
#include "cli/worker/input.h"
#include "cli/worker/replies.h"

#define STALL_NS UINT64_C(5000000000)       /* an ending worker gives up on a reader who takes nothing for this long */
#define SAME_SIGNAL_NS UINT64_C(100000000)  /* a signal that comes again so soon is the same one: timeout(1) sends it twice */
#define LAST_INPUT_MAX ((size_t)1 << 20)    /* bytes an ending worker still reads to refuse what is in them */
#define NS_PER_MS UINT64_C(1000000)

typedef enum phase {
    PHASE_OPEN,
    PHASE_FINISHING,  /* after SIGTERM: what runs goes on, nothing else begins */
    PHASE_CANCELLING, /* after another signal, or when nobody reads stdout any more */
} phase;

typedef struct worker {
    const cli_arguments *arguments;
    cli_console console;
    capsule_runtime *runtime;
    cli_programs *programs;
    cli_output *output;
    cli_calls *calls;
    cli_input input;
    int signals, wake; /* signalfd, eventfd */
    phase phase;
    int signal;        /* the first one, or 0 */
    uint64_t signal_ns; /* when it came */
    bool unread;       /* the reader of stdout is gone */
    bool closed;       /* no more calls are accepted: the input or the worker ends */
    size_t last_input; /* bytes read since the phase changed */
    uint64_t progress, progress_ns; /* of the output, and when it last changed */
} worker;

/* ---- Signals ---- */

static void close_input(worker *w) {
    if (w->closed) return;
    w->closed = true;
    cli_calls_close(w->calls);
    cli_output_close(w->output);
}

static void end(worker *w, phase next) {
    if (w->phase >= next) return;
    w->phase = next;
    w->progress_ns = cli_now_ns();
    close_input(w);
    if (next == PHASE_CANCELLING)
        cli_calls_stop(w->calls);
    else
        cli_calls_refuse(w->calls, "refused: the worker is ending");
}

/* The first SIGTERM lets what runs finish; any other signal, or a second one, cancels; one more ends the process. */
static void take_signals(worker *w) {
    struct signalfd_siginfo info;
    while (read(w->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        int number = (int)info.ssi_signo;
        uint64_t now = cli_now_ns();
        if (number == w->signal && now - w->signal_ns < SAME_SIGNAL_NS) continue;
        if (w->phase == PHASE_CANCELLING && w->signal) _exit(128 + w->signal);
        phase next = number == SIGTERM && !w->signal ? PHASE_FINISHING : PHASE_CANCELLING;
        if (!w->signal) {
            w->signal = number;
            w->signal_ns = now;
        }
        end(w, next);
    }
}

/* ---- Input ---- */

static void refuse(worker *w, const char *id, const char *type, const char *message) {
    cli_reply_error(w->output, id, type, message, NULL, false);
}

static bool is_blank(const char *line, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r", line[i])) return false;
    return true;
}

static void take_request(worker *w, cli_request *request) {
    if (request->cancel)
        cli_calls_cancel(w->calls, request->cancel);
    else if (w->phase != PHASE_OPEN)
        refuse(w, request->id, "cancelled", "refused: the worker is ending");
    else if (cli_calls_add(w->calls, request) < 0)
        refuse(w, request->id, "config_error", "duplicate id: a call of this id is not answered yet");
    else
        *request = (cli_request){0};
}

static void take_line(worker *w, const char *line, size_t length, bool cut) {
    cli_request request;
    cap_autobuffer cap_buffer problem;
    cap_buffer_init(&problem, 2 * CLI_REQUEST_PROBLEM_MAX);
    if (is_blank(line, length)) return;
    if (cli_request_parse(line, length, &request, &problem) == 0) {
        take_request(w, &request);
    } else {
        if (cut) cap_buffer_add_text(&problem, " (the input ended within the line)");
        refuse(w, request.id, "config_error", problem.failed || !problem.data ? "out of memory" : problem.data);
    }
    cli_request_clear(&request);
}

static bool may_read(worker *w) { return !cli_calls_full(w->calls) && !cli_output_full(w->output); }

/* Hands on the whole lines that were read, as long as there is room for what they ask. */
static void take_lines(worker *w) {
    const char *line;
    size_t length;
    while (may_read(w)) {
        switch (cli_input_next(&w->input, &line, &length)) {
        case CLI_LINE_NONE:
            if (w->input.eof) close_input(w);
            return;
        case CLI_LINE_LONG:
            refuse(w, NULL, "config_error", "the line is longer than 16777216 bytes");
            break;
        case CLI_LINE_WHOLE: take_line(w, line, length, false); break;
        case CLI_LINE_CUT: take_line(w, line, length, true); break;
        }
    }
}
_Static_assert(CLI_REQUEST_LINE_MAX == 16777216, "the message names the limit");

static void read_input(worker *w) {
    ptrdiff_t got = cli_input_read(&w->input);
    if (got < 0) refuse(w, NULL, "host_fault", "out of memory for a line");
    if (got < 0) w->input.eof = true;
    if (w->phase != PHASE_OPEN && got > 0) w->last_input += (size_t)got;
}

/* ---- The loop ---- */

/* Nobody takes what we write: no reply was written for a while, and nothing else is left to wait for. */
static bool stalled(worker *w, uint64_t now) {
    uint64_t progress = cli_output_progress(w->output);
    if (progress != w->progress || cli_output_idle(w->output)) {
        w->progress = progress;
        w->progress_ns = now;
    }
    return w->phase != PHASE_OPEN && cli_calls_running(w->calls) == 0 && now - w->progress_ns >= STALL_NS;
}

static bool finished(worker *w) {
    return w->closed && cli_calls_unanswered(w->calls) == 0 && cli_output_idle(w->output);
}

/* How long to sleep, ms: until a waiting call's time is over, or an ending worker has to look whether it is read. */
static int timeout_of(worker *w, uint64_t deadline, uint64_t now) {
    uint64_t at = deadline;
    if (w->phase != PHASE_OPEN && w->progress_ns + STALL_NS < at) at = w->progress_ns + STALL_NS;
    if (at == UINT64_MAX) return -1;
    if (at <= now) return w->phase == PHASE_OPEN ? 0 : 100;
    uint64_t ms = (at - now + NS_PER_MS - 1) / NS_PER_MS;
    return ms > 3600000 ? 3600000 : (int)ms;
}

/* One round. False: it is over. */
static bool step(worker *w) {
    take_lines(w);
    uint64_t now = cli_now_ns(), deadline = cli_calls_expire(w->calls, now), ignored;
    cli_output_flush(w->output); /* what this thread answered */
    bool reading = !w->input.eof && may_read(w) && (w->phase == PHASE_OPEN || w->last_input < LAST_INPUT_MAX);
    bool done = finished(w), hopeless = stalled(w, now);
    struct pollfd fds[] = {
        {.fd = w->signals, .events = POLLIN},
        {.fd = w->wake, .events = POLLIN},
        {.fd = reading ? w->input.fd : -1, .events = POLLIN},
        {.fd = w->unread ? -1 : 1, .events = 0}, /* tells when the reader is gone */
    };
    int ready = poll(fds, CAP_COUNT(fds), done || hopeless ? 0 : timeout_of(w, deadline, now));
    if (ready < 0 && errno != EINTR) return false;
    if (fds[1].revents && read(w->wake, &ignored, sizeof ignored) < 0) return false;
    take_signals(w);
    if (fds[3].revents & (POLLERR | POLLHUP)) w->unread = true;
    if (w->unread || cli_output_error(w->output)) {
        end(w, PHASE_CANCELLING);
        return cli_calls_unanswered(w->calls) > 0;
    }
    if (fds[2].revents) {
        read_input(w);
        return true;
    }
    return !(done || hopeless);
}

/* ---- Begin and end ---- */

static int warm(worker *w, capsule_error **error) {
    if (w->arguments->operand_count && !cli_given(w->arguments, CLI_WARM))
        return cap_error_set(error, CAPSULE_USAGE, "FILE is for --warm: requests name the file to run");
    if (cli_programs_check(w->programs, error) < 0) return -1;
    for (size_t i = 0; i < w->arguments->operand_count; i++) {
        cli_lease *lease;
        if (cli_programs_take(w->programs, w->arguments->operands[i], cli_now_ns(), NULL, &lease, error) < 0) return -1;
        cli_programs_give(w->programs, lease);
    }
    return 0;
}

static int read_number(const cli_arguments *arguments, cli_flag_id id, uint64_t otherwise, uint64_t most,
                       uint64_t *ret_number, capsule_error **error) {
    const char *text = arguments->values[id], *problem = NULL;
    *ret_number = text ? cli_number(text, most, &problem) : otherwise;
    if (!problem) return 0;
    return cap_error_set(error, CAPSULE_USAGE, "invalid --%s \"%.40s\": %s, accepted is 1 to %llu", cli_flags[id].name, text, problem,
                         (unsigned long long)most);
}

static uint64_t usable_cores(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (uint64_t)count : 1;
}

static int start(worker *w, capsule_error **error) {
    uint64_t jobs, queue;
    if (read_number(w->arguments, CLI_JOBS, usable_cores(), 1024, &jobs, error) < 0) return -1;
    if (read_number(w->arguments, CLI_QUEUE, CLI_CALLS_QUEUE_DEFAULT, CLI_CALLS_QUEUE_MAX, &queue, error) < 0) return -1;
    w->signals = cli_signals_open();
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->signals < 0 || w->wake < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot start the worker");
    cli_input_init(&w->input, 0, CLI_REQUEST_LINE_MAX);
    if (cli_runtime_create(w->arguments, &w->runtime, error) < 0) return -1;
    w->programs = cli_programs_create(w->arguments, w->runtime);
    w->output = cli_output_create(1, w->wake);
    const cli_calls_options options = {
        .jobs = (uint32_t)jobs,
        .queue = (size_t)queue,
        .no_trace = cli_given(w->arguments, CLI_NO_TRACE),
        .notify = w->wake,
        .output = w->output,
        .programs = w->programs,
    };
    w->calls = w->programs && w->output ? cli_calls_create(&options) : NULL;
    if (!w->calls) return cap_error_set(error, CAPSULE_MEMORY, "out of memory or threads for a worker");
    return warm(w, error);
}

/* Frees everything; a program that is still being loaded is left behind with the process. */
static void stop(worker *w, int code) {
    bool at_once = w->output && !cli_output_idle(w->output);
    if (!cli_calls_free(w->calls)) _exit(code);
    cli_output_free(w->output, at_once);
    cli_programs_free(w->programs);
    capsule_runtime_free(w->runtime);
    cli_input_free(&w->input);
    if (w->signals >= 0) close(w->signals);
    if (w->wake >= 0) close(w->wake);
    cli_console_free(&w->console);
}

/* Says what went wrong beside the calls, and answers the exit code. */
static int conclude(worker *w) {
    int written = cli_output_error(w->output);
    if (written && written != EPIPE) {
        cli_console_note(&w->console, "cannot write to stdout: %s", strerror(written));
        return CLI_FAULT;
    }
    if (w->input.error) {
        cli_console_note(&w->console, "cannot read stdin: %s", strerror(w->input.error));
        return CLI_FAULT;
    }
    if (!written && !cli_output_idle(w->output)) cli_console_note(&w->console, "nobody reads stdout: replies are lost");
    return w->signal ? 128 + w->signal : CLI_SUCCESS;
}

static int work(const cli_arguments *arguments) {
    worker w = {.arguments = arguments, .signals = -1, .wake = -1};
    cap_autoerror capsule_error *error = NULL;
    cli_console_init(&w.console, false, false);
    int code;
    bool closed_pipe = false;
    if (start(&w, &error) < 0) {
        code = cli_report_error(&w.console, error);
    } else {
        while (step(&w)) continue;
        closed_pipe = w.unread || cli_output_error(w.output) == EPIPE;
        code = conclude(&w);
    }
    if (closed_pipe) cli_die_of_closed_pipe();
    stop(&w, code);
    return code;
}

const cli_command cli_worker = {
    .name = "worker",
    .operands = "[FILE]...",
    .summary = "Run calls that come as lines of JSON",
    .description =
        "Reads requests from stdin, one a line, and answers each with a line on stdout, in\n"
        "the order in which they finish:\n"
        "\n"
        "  {\"id\": \"1\", \"file\": \"main.py\", \"args\": [\"Ada\"], \"mounts\": [\"data:ro\"]}\n"
        "  {\"id\": \"1\", \"output\": ENVELOPE}  or  {\"id\": \"1\", \"error\": TEXT, ...}\n"
        "\n"
        "Programs stay loaded, and are loaded again when a file of theirs changed. A task\n"
        "that declares no timeout gets 60 s, and a call may print 1 MB. The end of stdin\n"
        "ends the worker when everything is answered; SIGTERM lets what runs finish and\n"
        "refuses the rest; SIGINT cancels. With --warm, FILEs are loaded beforehand.\n",
    .flags = CLI_PROGRAM_FLAGS | CLI_FLAG(CLI_QUEUE) | CLI_FLAG(CLI_WARM) | CLI_FLAG(CLI_NO_TRACE),
    .operands_most = 64,
    .run = work,
};
