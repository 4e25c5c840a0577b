/* The command line: one small file per command, all of one shape. Of the library it uses capsule.h and nothing else;
 * src/base/ is the house's toolbox and serves both.
 *
 *   main.c       finds the command            arguments.c   flags and operands of one command
 *   commands.c   the table of commands        flags.c       the table of flags
 *   COMMAND.c    one command each             the rest      what several commands share
 */
#ifndef CAP_CLI_CLI_H
#define CAP_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capsule.h"

/* Exit codes; 128 + signal besides. */
enum {
    CLI_SUCCESS = 0,
    CLI_FAILED = 1, /* the task failed, or a check of `doctor` */
    CLI_USAGE = 2,  /* usage, configuration or build error */
    CLI_FAULT = 70, /* our own fault, or the machine's */
};

/* ---- Flags ---- */

typedef enum cli_flag_id {
    CLI_JSON,
    CLI_VERBOSE,
    CLI_MOUNT,
    CLI_ARGS_FILE,
    CLI_STDIN,
    CLI_TMP,
    CLI_MAX_RAM,
    CLI_MAX_TIMEOUT,
    CLI_MAX_COMPUTE,
    CLI_DENY_FILES,
    CLI_DENY_NET,
    CLI_JOBS,
    CLI_NO_CACHE,
    CLI_NO_TRACE,
    CLI_DETERMINISTIC,
    CLI_PROJECT,
    CLI_EXPORT,
    CLI_LIMIT,
    CLI_KEEP,
    CLI_LANG,
    CLI_QUEUE,
    CLI_WARM,
    CLI_DIR,
    CLI_ENV,
    CLI_INVOKE,
    CLI_FUEL,
    CLI_RAM,
    CLI_TIMEOUT,
    CLI_MAX_OUTPUT,
    CLI_SEED,
    CLI_CLOCK,
    CLI_FOLLOW,
    CLI_FAILURES,
    CLI_TASK,
    CLI_SINCE,
    CLI_OLDER_THAN,
    CLI_CODE,
    CLI_COMPUTE,
    CLI_HELP,
    CLI_FLAGS,
} cli_flag_id;

#define CLI_FLAG(id) (UINT64_C(1) << (id))

typedef struct cli_flag {
    const char *name;  /* without the hyphens */
    char letter;       /* short form, or 0 */
    const char *value; /* name of its value, NULL for a switch */
    bool optional;     /* the value may be left out; it can only stand behind a '=' then */
    bool repeats;      /* may be given more than once (a switch always may) */
    bool is_path;      /* for completion */
    const char *help;  /* one line */
} cli_flag;

extern const cli_flag cli_flags[CLI_FLAGS];

/* ---- Commands ---- */

typedef struct cli_arguments cli_arguments;

typedef struct cli_command {
    const char *name;
    const char *operands;    /* as the usage line shows them */
    const char *summary;     /* one line */
    const char *description; /* lines for `help COMMAND`, each ending in a newline; or NULL */
    const char *words;       /* operands that completion offers, separated by blanks; NULL: files */
    uint64_t flags;          /* CLI_FLAG bits; --help always */
    size_t operands_least, operands_most;
    uint64_t string_flags; /* of these: what a program that is a string may have; behind a FILE they begin ARGS */
    bool trailing; /* operands from the second on are the task's: flags end there */
    int (*run)(const cli_arguments *arguments); /* answers the exit code */
} cli_command;

extern const cli_command *const cli_commands[]; /* NULL-terminated */
const cli_command *cli_command_find(const char *name);

extern const cli_command cli_run, cli_build, cli_exec, cli_explain, cli_trace, cli_cache, cli_doctor, cli_init,
    cli_worker, cli_completion, cli_help;

/* ---- Arguments of one command ---- */

#define CLI_MOUNTS_MAX 64u
#define CLI_ENVIRONMENT_MAX 1024u
#define CLI_PROBLEM_MAX 300u

struct cli_arguments {
    const cli_command *command;
    uint64_t given;                           /* CLI_FLAG bits */
    const char *values[CLI_FLAGS];            /* of flags with a value; NULL when not given */
    const char *mounts[CLI_MOUNTS_MAX + 1];   /* NULL-terminated */
    size_t mount_count;
    const char *directories[CLI_MOUNTS_MAX + 1]; /* of --dir, NULL-terminated */
    size_t directory_count;
    const char *environment[CLI_ENVIRONMENT_MAX + 1]; /* of --env, NULL-terminated */
    size_t environment_count;
    char **operands;                          /* into argv, operand_count of them */
    size_t operand_count;
    size_t first_argument;                    /* operand that ARGS begin with: behind FILE, or 0 after --code */
    char problem[CLI_PROBLEM_MAX];            /* what is wrong, "" when nothing is */
};

static inline bool cli_given(const cli_arguments *arguments, cli_flag_id id) {
    return arguments->given >> id & 1;
}

/* Whether the program is a string: of --code, or what stdin holds ("-" for FILE). */
bool cli_is_string(const cli_arguments *arguments);

/* Reads argv[0..count) (behind the command's name). All of it is read even when something is wrong (`problem` keeps the
 * first), so that --json is known when the answer has to be JSON. Operands are moved to the front of argv. */
void cli_arguments_read(const cli_command *command, int count, char **argv, cli_arguments *ret_arguments);

/* A whole number from 0 to 2^64 - 1 in decimal: 0, or -1 when the text is none. */
int cli_seed(const char *text, uint64_t *ret_seed);

/* A whole number from 1 to `most`, or 0 with a message in *ret_problem (static). */
uint64_t cli_number(const char *text, uint64_t most, const char **ret_problem);

/* ---- Help and complaints ---- */

/* On stdout; answer CLI_SUCCESS or, when it cannot be written, CLI_FAULT. */
int cli_print_usage(void);
int cli_print_help(const cli_command *command);
/* What a command line without a command gets, on stderr. Answers CLI_USAGE. */
int cli_usage_missing(void);
/* `capsule: TEXT` and where to find help, on stderr. Answers CLI_USAGE. */
int cli_usage_error(const cli_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
