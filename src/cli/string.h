/* A program that is a string: of --code, or what stdin holds. */
#ifndef CAP_CLI_STRING_H
#define CAP_CLI_STRING_H

#include "cli/console.h"

/* Refuses flags that mean something for strings alone when there is none, and a stdin that is asked for twice. */
int cli_string_check(const cli_arguments *arguments, capsule_error **error);

/* Makes the program, with what the flags give it. */
int cli_string_load(const cli_arguments *arguments, cli_console *console, capsule_runtime *runtime,
                    capsule_program **ret_program, capsule_error **error);

#endif
