/* The programs a worker has loaded, by name of their file: loaded at the first call, kept while they are used, loaded
 * again when anything they were made from changed. */
#ifndef CAP_CLI_WORKER_PROGRAMS_H
#define CAP_CLI_WORKER_PROGRAMS_H

#include "cli/cli.h"
#include "cli/worker/request.h"

#define CLI_PROGRAMS_KEPT 64u /* the least recently used go first; those in use stay */
#define CLI_SERVICE_TIMEOUT "60s" /* of tasks that declare none */

typedef struct cli_programs cli_programs;
typedef struct cli_lease cli_lease;

/* Ceiling and project are those of the flags. NULL: out of memory. */
cli_programs *cli_programs_create(const cli_arguments *arguments, capsule_runtime *runtime);
void cli_programs_free(cli_programs *programs);

/* Judges the flags without a program: a ceiling that cannot be read is an error of the worker, not of every call. */
int cli_programs_check(cli_programs *programs, capsule_error **error);

/* Told when a load begins that the caller has to wait for (1), and when it is over (-1); perhaps under a lock of ours. */
typedef struct cli_slow {
    void (*change)(void *context, int change);
    void *context;
} cli_slow;

/* The program of `file` as it is on disk, or was at some moment after `since_ns` (CLOCK_MONOTONIC): of all calls that were
 * read before it, one looks. For one thread until it gives it back: long enough to create a run, which holds the program by
 * itself. Those who want a file that is being loaded wait, so that it is loaded once. `slow` may be NULL. -1 with *error. */
int cli_programs_take(cli_programs *programs, const char *file, uint64_t since_ns, const cli_slow *slow, cli_lease **ret_lease,
                      capsule_error **error);
/* A program of the request's string, made anew: the caller's. */
int cli_programs_make(cli_programs *programs, const cli_request *request, capsule_program **ret_program, capsule_error **error);
capsule_program *cli_lease_program(const cli_lease *lease);
void cli_programs_give(cli_programs *programs, cli_lease *lease);

#endif
