/* `capsule exec` of a WebAssembly module of other origin. Its exit codes are those of a program that runs another: the
 * guest's own, and a few beyond what guests usually answer. */
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/execute.h"
#include "cli/report.h"
#include "cli/signals.h"

enum { MODULE_TIMEOUT = 124, MODULE_FAULT = 125, MODULE_TRAP = 134, MODULE_MEMORY = 137 };

typedef struct execution {
    capsule_runtime *runtime;
    capsule_module *module;
    capsule_result *result;
    int stdin_fd; /* 0: none */
} execution;

static void execution_clear(execution *e) {
    cli_signals_watch(NULL, NULL);
    capsule_result_free(e->result);
    capsule_module_free(e->module);
    capsule_runtime_free(e->runtime);
    if (e->stdin_fd > 0) close(e->stdin_fd);
}

/* argv as the guest sees it: the file's name, then what was written behind the file. */
static const char **make_argv(const cli_arguments *arguments) {
    const char *file = arguments->operands[0], *slash = strrchr(file, '/');
    const char **argv = calloc(arguments->operand_count + 1, sizeof *argv);
    if (!argv) return NULL;
    argv[0] = slash ? slash + 1 : file;
    for (size_t i = 1; i < arguments->operand_count; i++) argv[i] = arguments->operands[i];
    return argv;
}

static int load(const cli_arguments *arguments, cli_console *console, execution *e, capsule_error **error) {
    capsule_module_options options = CAPSULE_MODULE_OPTIONS_INIT;
    cap_autofree const char **argv = make_argv(arguments);
    if (!argv) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for arguments");
    if (cli_given(arguments, CLI_DETERMINISTIC) && cli_given(arguments, CLI_SEED))
        return cap_error_set(error, CAPSULE_USAGE, "--deterministic and --seed exclude each other: write --deterministic=SEED");
    if (cli_open_stdin(arguments, &e->stdin_fd, error) < 0 || cli_runtime_create(arguments, &e->runtime, error) < 0) return -1;
    options.argv = argv;
    options.environment = arguments->environment;
    options.directories = arguments->directories;
    options.invoke = arguments->values[CLI_INVOKE];
    options.fuel = arguments->values[CLI_FUEL];
    options.ram = arguments->values[CLI_RAM];
    options.timeout = arguments->values[CLI_TIMEOUT];
    options.output = arguments->values[CLI_MAX_OUTPUT];
    options.tmp = arguments->values[CLI_TMP];
    options.deterministic = cli_given(arguments, CLI_DETERMINISTIC);
    options.seed = arguments->values[options.deterministic ? CLI_DETERMINISTIC : CLI_SEED];
    options.clock = arguments->values[CLI_CLOCK];
    options.stdin_fd = e->stdin_fd;
    options.discard_output = !console->json;
    if (!console->json) {
        options.output_callback = cli_console_output;
        options.output_context = console;
    }
    cli_console_progress(console, "compiling");
    int status = capsule_module_load(e->runtime, arguments->operands[0], &options, &e->module, error);
    cli_console_progress(console, NULL);
    return status;
}

/* ---- The end ---- */

static int error_exit(const capsule_error *error) { return cli_error_exit(error) == CLI_USAGE ? CLI_USAGE : MODULE_FAULT; }

static int result_exit(const capsule_result *result, int signal) {
    static const struct {
        const char *type;
        int code;
    } codes[] = {
        {"timeout", MODULE_TIMEOUT},      {"memory_exceeded", MODULE_MEMORY},  {"trap", MODULE_TRAP},
        {"compute_exceeded", MODULE_TRAP}, {"stack_exceeded", MODULE_TRAP},     {"output_exceeded", MODULE_TRAP},
        {"config_error", CLI_USAGE},      {"build_error", CLI_USAGE},
    };
    const char *type = capsule_result_error_type(result);
    if (!type) return CLI_SUCCESS;
    if (!strcmp(type, "exit")) return capsule_result_exit_code(result) & 0xff;
    if (!strcmp(type, "cancelled") && signal) return 128 + signal;
    for (size_t i = 0; i < CAP_COUNT(codes); i++)
        if (!strcmp(codes[i].type, type)) return codes[i].code;
    return MODULE_FAULT;
}

/* One line for people (more with --verbose), or the envelope. The guest's own exit code needs no words, and its stdout stays as it wrote it. */
static int report(cli_console *console, const capsule_result *result) {
    int signal = cli_signals_received();
    const char *type = capsule_result_error_type(result);
    cli_console_end_output(console, false);
    if (console->out.error) return MODULE_FAULT; /* whoever owns stdout is told by the caller, or has gone */
    if (console->json) {
        cli_sink_text(&console->out, capsule_result_envelope(result));
        cli_sink_text(&console->out, "\n");
        cli_sink_finish(&console->out, true);
    } else if (type && strcmp(type, "exit")) {
        cli_sink_finish(&console->err, true);
        /* A backtrace of WebAssembly says nothing to most people. */
        cli_report_failure(console, type, capsule_result_error_message(result),
                           console->verbose ? capsule_result_traceback(result) : NULL);
    }
    return result_exit(result, signal);
}

static void cancel(void *module) { capsule_module_cancel(module); }

static int execute(const cli_arguments *arguments, cli_console *console, execution *e) {
    cap_autoerror capsule_error *error = NULL;
    uint64_t begin = cli_now_ns();
    int status = load(arguments, console, e, &error);
    if (cli_signals_received()) return cli_give_up(console);
    if (status == 0) {
        if (console->verbose) cli_console_done(console, "Module ready", begin);
        cli_signals_watch(cancel, e->module);
        status = capsule_module_execute(e->module, &e->result, &error);
    }
    if (!cli_signals_done()) pause(); /* the other thread is ending the process */
    if (status == 0) return report(console, e->result);
    cli_console_end_output(console, false);
    cli_sink_finish(&console->err, true);
    cli_report_error(console, error);
    return error_exit(error);
}

static int execute_module(const cli_arguments *arguments, cli_console *console) {
    execution e = {0};
    int code = execute(arguments, console, &e);
    execution_clear(&e);
    return code;
}

int cli_execute_module(const cli_arguments *arguments) { return cli_execute_with(arguments, MODULE_FAULT, execute_module); }
