/* What a task is called with: the words behind FILE, or the strings of --args-file. */
#ifndef CAP_CLI_TASK_ARGUMENTS_H
#define CAP_CLI_TASK_ARGUMENTS_H

#include "base/buffer.h"
#include "cli/cli.h"

#define CLI_ARGS_FILE_MAX (64u << 20) /* bytes of an arguments file */

typedef struct cli_task_arguments {
    char *json;        /* an array of strings */
    const char **argv; /* the same, NULL-terminated */
    size_t count;
    char *file_text;   /* what argv points into, or NULL: the process's own arguments */
} cli_task_arguments;

/* 0, or -1 with one line about what is wrong in *problem. */
int cli_task_arguments_make(const cli_arguments *arguments, cli_task_arguments *ret, cap_buffer *problem);
void cli_task_arguments_clear(cli_task_arguments *arguments);

#endif
