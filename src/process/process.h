/* A tool of the host as a child process that gets no more than it needs: no shell, closed descriptors, an environment of
 * the caller's making, limits on time, memory and files, and no life of its own (it dies with us, and is killed with all
 * it started when its time is up). */
#ifndef CAP_PROCESS_PROCESS_H
#define CAP_PROCESS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* What is run, and how. Everything is borrowed for the length of the call. */
typedef struct cap_process {
    const char *what;         /* "the bundler": in errors */
    const char *program;      /* path of the executable, links resolved */
    char *const *arguments;   /* NULL-terminated, the program's name first */
    char *const *environment; /* NULL-terminated "K=V" */
    const char *directory;    /* its working directory */
    int ruleset;              /* of cap_landlock_create; -1: none */
    uint32_t timeout_ms;      /* wall time */
    uint64_t file_bytes;      /* longest file it may write */
    uint64_t data_bytes;      /* of its memory */
    size_t report_bytes;      /* of its standard error that are kept */
    /* Asked every CAP_PROCESS_WATCH_MS while it runs, false: it is killed. NULL: nobody asks. */
    bool (*watch)(void *context);
    void *watch_context;
} cap_process;

#define CAP_PROCESS_WATCH_MS 200u

/* What it ended with. */
typedef struct cap_process_outcome {
    int exit_code;     /* -1: killed by a signal */
    bool timed_out;
    bool refused;      /* `watch` had it killed */
    cap_buffer report; /* its standard error, cut; the caller frees it */
} cap_process_outcome;

/* Runs it to its end. CAPSULE_UNSUPPORTED when it cannot be started, CAPSULE_IO. */
int cap_process_run(const cap_process *process, cap_process_outcome *ret_outcome, capsule_error **error);

#endif
