/* capsule_module: one execution of a WebAssembly module that is not ours. No task, no policy, no trace: the caller's
 * options are all it gets.
 *
 *   module_options.c   texts become limits, names and opened directories
 *   module_load.c      the file becomes machine code
 *   module.c           the guest runs, and how it ended becomes a result
 */
#ifndef CAP_TASK_MODULE_H
#define CAP_TASK_MODULE_H

#include <pthread.h>

#include "engine/jit/jit.h"
#include "task/capture.h"
#include "task/runtime.h"
#include "wasi/wasi.h"

#define CAP_MODULE_BYTES_MAX (256u << 20)        /* bytes of a module's file */
#define CAP_MODULE_WORDS_BYTES_MAX (128u * 1024u) /* of arguments, and of the environment, with their NULs */

struct capsule_module {
    capsule_runtime *runtime;
    char *name;                /* of the file, as the caller gave it */
    cap_wasi_inode file;       /* never written by the guest */

    /* Options. */
    char **argv, **environment; /* NULL-terminated, owned */
    cap_wasi_mount mounts[CAP_WASI_MOUNTS_MAX]; /* names and descriptors are owned */
    size_t mount_count;
    char *invoke;
    uint64_t fuel;              /* CAP_NO_LIMIT: not counted */
    uint64_t ram, timeout_ns, output_limit;
    uint64_t tmp;               /* bytes of a directory /tmp in memory; 0: none */
    uint64_t seed;
    bool seeded;
    cap_wasi_clock_mode clock_mode;
    uint64_t clock_ns;          /* where clocks that are not real begin */
    bool deterministic;
    int stdin_fd;
    bool discard_output;
    capsule_output_callback *output;
    void *output_context;

    cap_jit *jit;
    cap_jit_module *code;

    /* The execution; belongs to its guest thread. */
    cap_capture capture;
    uint64_t output_bytes;

    pthread_mutex_t lock;       /* everything below */
    pthread_cond_t changed;     /* deadline_ns or done */
    cap_jit_instance *instance; /* while it can be stopped */
    uint64_t deadline_ns;       /* CLOCK_MONOTONIC; UINT64_MAX: none, or the guest has not started */
    bool executed, done;
    bool cancelled;             /* also read without the lock, atomically */
};

/* Takes over what the options say; directories are opened. */
int cap_module_configure(capsule_module *module, const capsule_module_options *options, capsule_error **error);
/* Reads the file, and compiles it or takes its code from the cache. */
int cap_module_prepare(capsule_module *module, const char *path, capsule_error **error);

#endif
