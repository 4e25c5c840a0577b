#include "cli/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "base/error.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/string.h"
#include "cli/task_arguments.h"

typedef struct execution {
    const cli_arguments *arguments;
    cli_console *console;
    cli_task_arguments task;
    int stdin_fd; /* 0: none */
    uint64_t tmp_limit;
    uint64_t output_limit; /* 0: the default */
    uint64_t seed;
    capsule_runtime *runtime;
    capsule_program *program;
    capsule_run *run;
    capsule_result *result;
} execution;

/* The runtime stays: the process ends, and its threads and mappings sooner with it than one by one. */
static void execution_clear(execution *e) {
    cli_signals_watch(NULL, NULL);
    capsule_result_free(e->result);
    capsule_run_free(e->run);
    capsule_program_free(e->program);
    cli_task_arguments_clear(&e->task);
    if (e->stdin_fd > 0) close(e->stdin_fd);
}

/* The process is ended by a signal before there was a run. Called on the thread that waits for signals. */
static void abandon(void *context, int signal) {
    (void)signal;
    cli_report_failure(context, "cancelled", "cancelled while the program was being loaded", NULL);
}

int cli_give_up(cli_console *console) {
    if (cli_signals_done()) abandon(console, 0);
    return 128 + cli_signals_received();
}

int cli_open_stdin(const cli_arguments *arguments, int *ret_fd, capsule_error **error) {
    const char *path = arguments->values[CLI_STDIN];
    if (!path) return 0;
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : fcntl(0, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return cap_error_errno(error, CAPSULE_USAGE, errno, "cannot read --stdin '%s'", path);
    *ret_fd = fd;
    return 0;
}

static int make_task_arguments(execution *e, capsule_error **error) {
    cap_autobuffer cap_buffer problem;
    cap_buffer_init(&problem, 4096);
    if (cli_task_arguments_make(e->arguments, &e->task, &problem) == 0) return 0;
    return cap_error_set(error, CAPSULE_USAGE, "%s", problem.failed ? "out of memory" : problem.data);
}

/* --tmp, for the options of a run. */
static int read_tmp(const cli_arguments *arguments, uint64_t *ret_limit, capsule_error **error) {
    const char *text = arguments->values[CLI_TMP];
    if (!text) return 0;
    if (cap_size_read(text, ret_limit) < 0)
        return cap_error_set(error, CAPSULE_CONFIG,
                             "invalid --tmp \"%.40s\": expected a size like \"64MB\", \"1.5GB\", or 0 for no /tmp", text);
    if (*ret_limit == 0) *ret_limit = CAPSULE_TMP_NONE;
    return 0;
}

static int read_seed(execution *e, capsule_error **error) {
    const char *text = e->arguments->values[CLI_DETERMINISTIC];
    if (!text || cli_seed(text, &e->seed) == 0) return 0;
    return cap_error_set(error, CAPSULE_USAGE, "--deterministic=%.80s: a seed is a whole number from 0 to %llu", text,
                         (unsigned long long)UINT64_MAX);
}

/* --max-output, for the options of a run. */
static int read_output_limit(const cli_arguments *arguments, uint64_t *ret_limit, capsule_error **error) {
    const char *text = arguments->values[CLI_MAX_OUTPUT];
    if (!text || (cap_size_read(text, ret_limit) == 0 && *ret_limit > 0)) return 0;
    return cap_error_set(error, CAPSULE_CONFIG, "invalid --max-output \"%.40s\": expected a size like \"1MB\"", text);
}

static int load_program(execution *e, capsule_error **error) {
    if (cli_is_string(e->arguments)) return cli_string_load(e->arguments, e->console, e->runtime, &e->program, error);
    return cli_program_load(e->arguments, e->console, e->runtime, &e->program, error);
}

static int load(execution *e, capsule_error **error) {
    uint64_t begin = cli_now_ns();
    if (cli_string_check(e->arguments, error) < 0 || read_output_limit(e->arguments, &e->output_limit, error) < 0) return -1;
    if (make_task_arguments(e, error) < 0 || read_tmp(e->arguments, &e->tmp_limit, error) < 0 ||
        read_seed(e, error) < 0 || cli_open_stdin(e->arguments, &e->stdin_fd, error) < 0)
        return -1;
    if (cli_runtime_create(e->arguments, &e->runtime, error) < 0) return -1;
    uint64_t created = cli_now_ns();
    if (load_program(e, error) < 0) return -1;
    cli_console_done(e->console, "Environment ready", created);
    cli_console_done(e->console, "Runtime ready", begin);
    return 0;
}

static int start(execution *e, capsule_error **error) {
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    options.tmp_limit = e->tmp_limit;
    options.output_limit = e->output_limit;
    options.arguments = e->task.json;
    options.argv = e->task.argv;
    options.mounts = e->arguments->mounts;
    options.stdin_fd = e->stdin_fd;
    options.no_trace = cli_given(e->arguments, CLI_NO_TRACE);
    options.deterministic = cli_given(e->arguments, CLI_DETERMINISTIC);
    options.seed = e->seed;
    options.event = cli_console_event;
    options.event_context = e->console;
    if (!e->console->json) {
        options.output = cli_console_output;
        options.output_context = e->console;
    }
    return capsule_run_create(e->program, &options, &e->run, error);
}

static void cancel(void *run) { capsule_run_cancel(run); }

/* Loads, runs and reports. */
static int execute(execution *e) {
    cap_autoerror capsule_error *error = NULL;
    uint64_t begin = cli_now_ns();
    int status = load(e, &error);
    if (cli_signals_received()) return cli_give_up(e->console);
    if (status == 0) status = start(e, &error);
    if (status == 0) {
        cli_signals_watch(cancel, e->run);
        status = capsule_run_execute(e->run, &e->result, &error);
    }
    if (!cli_signals_done()) pause(); /* the other thread is ending the process */
    if (status < 0) {
        cli_console_end_output(e->console, true);
        return cli_report_error(e->console, error);
    }
    int code = cli_report_result(e->console, e->result, cli_signals_received());
    if (!e->console->out.error) cli_console_done(e->console, "Complete", begin);
    return code;
}

int cli_execute_with(const cli_arguments *arguments, int fault, int (*inner)(const cli_arguments *, cli_console *)) {
    cli_console console;
    cli_console_init(&console, cli_given(arguments, CLI_JSON), cli_given(arguments, CLI_VERBOSE));
    int code = fault;
    if (cli_signals_start(abandon, &console) < 0) {
        cli_report_failure(&console, "host_fault", "cannot start a thread", NULL);
    } else {
        console.stop = cli_signals_cancel;
        code = inner(arguments, &console);
    }
    int closed = console.out.error;
    if (closed && closed != EPIPE) {
        cli_console_note(&console, "cannot write to stdout: %s", strerror(closed));
        code = fault;
    }
    cli_console_free(&console);
    if (closed == EPIPE) cli_die_of_closed_pipe();
    return code;
}

static int execute_program(const cli_arguments *arguments, cli_console *console) {
    static execution e; /* what stays is in sight of those who look for leaks */
    e = (execution){.arguments = arguments, .console = console};
    int code = execute(&e);
    execution_clear(&e);
    return code;
}

int cli_execute(const cli_arguments *arguments) { return cli_execute_with(arguments, CLI_FAULT, execute_program); }
