/* capsule.h: run untrusted Python and TypeScript/JavaScript in WebAssembly sandboxes.
 *
 * This header is the whole public interface of libcapsule and its specification.
 *
 *     capsule_runtime *runtime = NULL;
 *     capsule_program *program = NULL;
 *     capsule_result *result = NULL;
 *     capsule_error *error = NULL;
 *     if (capsule_runtime_create(NULL, &runtime, &error) == 0 &&
 *         capsule_program_load(runtime, "hello.py", NULL, &program, &error) == 0 &&
 *         capsule_program_call(program, NULL, &result, &error) == 0)
 *         puts(capsule_result_envelope(result));
 *     else
 *         fprintf(stderr, "%s\n", capsule_error_message(error));
 *     capsule_result_free(result); capsule_program_free(program); capsule_runtime_free(runtime); capsule_error_free(error);
 *
 * Handles. A runtime holds guests, image cache, sandboxes and the watchdog: one per process is enough. A program is a
 * loaded file or string with its tasks. A run is one execution of a task. A result is what it ended with: a task that
 * failed is a result too, not an error. Handles may be freed in any order and NULL is always fine: a handle that still
 * serves another stays alive until the last one is gone.
 *
 * Errors. Functions that can fail answer 0 or -1; on -1 *error (when error is not NULL) is a new capsule_error that the
 * caller frees, and outputs are untouched. Its code is for branching, its message is one line for people.
 *
 * Threads. Runtimes and programs may be used from any number of threads at once. A run and a result belong to one thread
 * at a time, except capsule_run_cancel and capsule_module_cancel, which any thread may call. Callbacks run on the threads
 * that execute the run they belong to, one at a time in each run, must be quick, must not call back into that run and must
 * return (no longjmp or exception out of them); one that has to wait for somebody also waits for capsule_callback_stop_fd.
 * A run's main task is executed on the thread that calls capsule_run_execute, on a stack of the library's own. The library changes no signal mask but those of its own threads; it
 * installs SIGSEGV and SIGBUS handlers once and passes on every fault that is not its own.
 *
 * Options. Structs begin with their size (set by the initialiser macros), grow at the end, and zero means default.
 * Strings are UTF-8, NUL-terminated, copied when kept. Times are nanoseconds, sizes are bytes, unless a name says otherwise.
 */
#ifndef CAPSULE_H
#define CAPSULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAPSULE_VERSION "0.1.0"

#if defined(__GNUC__)
#define CAPSULE_API __attribute__((visibility("default")))
#else
#define CAPSULE_API
#endif

/* Version of the library in use, like "0.1.0". Static string. */
CAPSULE_API const char *capsule_version(void);

/* ---- Errors ---------------------------------------------------------------------------------------------------- */

/* Codes of capsule_error. Only ever appended. */
typedef enum capsule_code {
    CAPSULE_OK = 0,
    CAPSULE_USAGE = 1,         /* the call itself is wrong: missing argument, bad combination */
    CAPSULE_NOT_FOUND = 2,     /* a file, task, program or run does not exist */
    CAPSULE_CONFIG = 3,        /* an option, capsule.toml or a mount cannot be accepted (error_type config_error) */
    CAPSULE_BUILD = 4,         /* the program cannot be loaded: syntax error, failing import, bundling (build_error) */
    CAPSULE_UNSUPPORTED = 5,   /* kernel, CPU or installation lacks something that is needed */
    CAPSULE_CORRUPT = 6,       /* an image, artifact, guest or cache entry is damaged */
    CAPSULE_MEMORY = 7,        /* the host is out of memory or address space */
    CAPSULE_IO = 8,            /* the host failed to read or write */
    CAPSULE_CANCELLED = 9,     /* capsule_run_cancel came before there was anything to answer */
    CAPSULE_FAULT = 10         /* a defect of ours (host_fault) */
} capsule_code;

typedef struct capsule_error capsule_error;

CAPSULE_API capsule_code capsule_error_code(const capsule_error *error); /* NULL: CAPSULE_OK */
CAPSULE_API const char *capsule_error_message(const capsule_error *error); /* one line; owned by error; NULL: "" */
/* More for people, several lines: the guest's traceback of a failed import, a bundler's report. NULL when none. */
CAPSULE_API const char *capsule_error_detail(const capsule_error *error);
CAPSULE_API const char *capsule_code_name(capsule_code code); /* "config_error", ...; static */
CAPSULE_API void capsule_error_free(capsule_error *error);

/* ---- Runtime --------------------------------------------------------------------------------------------------- */

typedef struct capsule_runtime capsule_runtime;

typedef struct capsule_runtime_options {
    size_t size;
    const char *guests_dir; /* directory of installed guests; default: CAPSULE_GUESTS, beside the library or executable */
    const char *cache_dir;  /* default: CAPSULE_CACHE, else XDG_CACHE_HOME/capsule, else ~/.cache/capsule */
    uint64_t cache_limit;   /* size cap of the image cache, bytes; default 2 GB */
    uint32_t jobs;          /* sandboxes that run at the same time; default: cores this process may use */
    bool no_cache;          /* neither read nor write the image cache */
    bool share_cores;       /* a run that has computed for 50 ms goes on with a lower priority (nice), so that short ones
                               are answered soon although long ones hold more run tokens than there are cores. The thread
                               is raised again at its end, where that is allowed: see capsule_thread_lowered */
} capsule_runtime_options;
#define CAPSULE_RUNTIME_OPTIONS_INIT { .size = sizeof(capsule_runtime_options) }

/* True when a run with share_cores lowered the priority of this thread and the process may not raise it again (no
 * CAP_SYS_NICE, a small RLIMIT_NICE): the thread is slow from now on, and better replaced by a new one. */
CAPSULE_API bool capsule_thread_lowered(void);

/* Creates a runtime. Guests are loaded on first use. options may be NULL. */
CAPSULE_API int capsule_runtime_create(const capsule_runtime_options *options, capsule_runtime **ret_runtime,
                                       capsule_error **error);
CAPSULE_API void capsule_runtime_free(capsule_runtime *runtime);

/* ---- Programs -------------------------------------------------------------------------------------------------- */

typedef struct capsule_program capsule_program;

/* Where things come from and what the operator allows at most. Everything a program declares is lowered to these. */
typedef struct capsule_program_options {
    size_t size;
    const char *project_dir;  /* where capsule.toml, .env files, relative grants and mounts are resolved; default "." */
    bool no_config;           /* ignore capsule.toml */
    bool no_env_files;        /* ignore .env files */
    const char *max_ram;      /* operator's ceiling, option text like "1GB"; NULL: none beyond capsule.toml [limits] */
    const char *max_timeout;  /* like "30s" */
    const char *max_compute;  /* "LOW", "MEDIUM", "HIGH" or units */
    bool deny_files;          /* no file grants whatever is declared; mounts given by the caller too */
    bool deny_net;            /* no network grants whatever is declared */
    void (*progress)(void *context, const char *step); /* long steps: "bundling", "importing", ...; NULL step: done */
    void *progress_context;
    const char *default_timeout; /* for tasks that declare none, like "60s"; NULL: none */
} capsule_program_options;
#define CAPSULE_PROGRAM_OPTIONS_INIT { .size = sizeof(capsule_program_options) }

/* Loads a program: .py, .js, .mjs, .ts, .mts, or an artifact (.wasm with a capsule section); path NULL: the entrypoint of
 * the project's capsule.toml. A relative path counts from the current directory, an entrypoint from the project. Imports it once in a
 * deny-all sandbox to collect its tasks and their options (frozen from then on), or takes both from the image cache. */
CAPSULE_API int capsule_program_load(capsule_runtime *runtime, const char *path, const capsule_program_options *options,
                                     capsule_program **ret_program, capsule_error **error);
CAPSULE_API void capsule_program_free(capsule_program *program);

#define CAPSULE_SOURCE_MAX 4194304u /* bytes of a string, 4 MiB */

/* What a string may do. It declares nothing: it has what is given here and in the options of a run, under the ceiling. */
typedef struct capsule_source_options {
    size_t size;
    const char *language; /* "python" or "py" (the default), "javascript" or "js", "typescript" or "ts" */
    const char *name;     /* what tracebacks and argv[0] call it: 1 to 64 letters, digits, blanks and "-_<>"; default "<string>" */
    const char *compute;  /* "LOW", "MEDIUM" (the default), "HIGH" or units */
    const char *ram;      /* like "256MB"; default 512MB */
    const char *timeout;  /* like "30s"; default: default_timeout of the program options, else none */
    const char *const *environment; /* NULL-terminated: "NAME" (the process's value, or that of the .env files) or "NAME=value";
                                       at most 64; NULL: none */
} capsule_source_options;
#define CAPSULE_SOURCE_OPTIONS_INIT { .size = sizeof(capsule_source_options) }

/* Makes a program of `length` bytes of text, UTF-8 without NUL: at most CAPSULE_SOURCE_MAX. A run of it (its task is `main`)
 * executes the statements in order, in a sandbox that sees neither the project's modules nor its packages; the value of the
 * last one, when it is an expression, is the result, null otherwise. `keywords` of a run are variables of the string, its
 * `arguments` mean nothing. [limits] of capsule.toml hold, [tasks] do not apply. Nothing runs here, and nothing is kept:
 * an image is not needed. What cannot be compiled is found by the run (error_type build_error), in TypeScript often here
 * (CAPSULE_BUILD, with the place and an excerpt). CAPSULE_USAGE: an unknown language, a name that is not accepted, text
 * that is too long, no UTF-8 or holds a NUL. CAPSULE_CONFIG: an option. source and options may be NULL. */
CAPSULE_API int capsule_program_load_source(capsule_runtime *runtime, const char *code, size_t length,
                                            const capsule_source_options *source, const capsule_program_options *options,
                                            capsule_program **ret_program, capsule_error **error);

/* Whether everything the program was made from is still the same: every file its import looked at or looked for in vain,
 * by content, capsule.toml, requirements files and the .env files. False: load it again, what was loaded is not what is
 * there now. A program that the image cache could not keep is never current, nor is a string. */
CAPSULE_API bool capsule_program_current(capsule_program *program);

CAPSULE_API const char *capsule_program_language(const capsule_program *program); /* "python" | "javascript" */
/* Name of the task that a call without a name starts; NULL when the program has no task. */
CAPSULE_API const char *capsule_program_default_task(const capsule_program *program);
/* JSON of every task with its declared and effective options, and where they come from: {"file","language","default",
 * "packages":[{"name","version"}...],"tasks":[{"name","declared":{...},"effective":{...},"declared_at":{"file","line"}|null,"cost":{"class","cpu_ms",
 * "cpu_most_ms","ram","attempts","text"},"sources":{OPTION:{"set_by":SOURCE,"lowered_by":SOURCE|null}...},
 * "notes":[str...]}]}, a SOURCE being {"from","file","line","text"} (docs/policy.md, "Explain"). Owned by the program. */
CAPSULE_API const char *capsule_program_describe(const capsule_program *program);

/* Writes an artifact: a valid WebAssembly module whose custom section "capsule" carries sources, language, guest version
 * and the declared policy, with hashes. Replaces `path` by rename. CAPSULE_USAGE for a string. */
CAPSULE_API int capsule_program_export(capsule_program *program, const char *path, capsule_error **error);

/* ---- Runs ------------------------------------------------------------------------------------------------------ */

typedef struct capsule_run capsule_run;
typedef struct capsule_result capsule_result;

/* Guest output as it comes; stream is 1 (stdout) or 2 (stderr). Answer 0, or -1 when it is not taken: the task's write
 * fails then, and its envelope has the output all the same. */
typedef int capsule_output_callback(void *context, int stream, const void *bytes, size_t length);

/* Inside an output or event callback: a descriptor that becomes readable once the task it is called for has to end (its
 * deadline, another limit, a cancellation). A callback that waits polls it as well, and then gives up; one that does not
 * keeps the task alive as long as it waits. Not to be read or closed. -1: there is none, as outside of callbacks. */
CAPSULE_API int capsule_callback_stop_fd(void);

typedef struct capsule_run_options {
    size_t size;
    const char *task;          /* NULL: the program's default task */
    const char *arguments;     /* JSON array of positional arguments; NULL: [] */
    const char *keywords;      /* JSON object of keyword arguments; NULL: {} */
    const char *const *argv;   /* NULL-terminated: what sys.argv / process.argv show after the program's name; NULL: none */
    const char *const *mounts; /* NULL-terminated: "HOST[::GUEST][:ro|:rw]", for the task and its subtasks */
    capsule_output_callback *output; /* live output; NULL: only kept for the envelope */
    void *output_context;
    bool discard_output;       /* keep no output for the envelope */
    uint64_t output_limit;     /* bytes, stdout and stderr together; default 16 MB, at most 1 GB */
    uint64_t result_limit;     /* bytes of the result's JSON text; default 16 MB, at most 256 MB */
    int stdin_fd;              /* 0: empty; else a descriptor the caller keeps open during the run */
    void (*event)(void *context, const char *json); /* start and end of main and subtasks, one JSON object each */
    void *event_context;
    bool no_trace;             /* do not record the run */
    /* Bytes of the directory /tmp that every attempt of every task has in memory, empty at first and gone with it; 0: 64 MB,
     * where no granted directory takes its place; CAPSULE_TMP_NONE: none. At most 64 GB. */
    uint64_t tmp_limit;
    /* Run the task and its subtasks deterministically, declared so or not: virtual time, randomness out of a seed, subtasks
     * in a fixed order. The same program, input and seed then give the same output, result and fuel (docs/deterministic.md). */
    bool deterministic;
    uint64_t seed;             /* of all randomness of a deterministic run; 0 is the default seed */
    uint64_t timeout_ns;       /* the caller's own bound on the whole run, waiting included, beside what its tasks
                                  declare; 0: none */
    /* Leave the recording to capsule_runs_record, which does it for many runs at once; without effect with `no_trace`. A
     * trace that cannot be written is then that function's error, not an event. */
    bool trace_later;
} capsule_run_options;
#define CAPSULE_TMP_NONE UINT64_MAX
#define CAPSULE_RUN_OPTIONS_INIT { .size = sizeof(capsule_run_options) }

/* Prepares a run. It starts when capsule_run_execute is called. */
CAPSULE_API int capsule_run_create(capsule_program *program, const capsule_run_options *options, capsule_run **ret_run,
                                   capsule_error **error);
/* Executes the run and blocks until it ended and is recorded (unless it is to be recorded later). -1 only when the host
 * failed; a failing task is a result. */
CAPSULE_API int capsule_run_execute(capsule_run *run, capsule_result **ret_result, capsule_error **error);
/* Records executed runs with `trace_later` in as few transactions as they have projects, and blocks until they are on
 * record. A run that has nothing to record, or was recorded before, is passed over; one that is freed before leaves no
 * trace but a row "running" when it lasted. No other thread may use these runs meanwhile. -1: rows were lost (*error says
 * why, of the first); they are not tried again. */
CAPSULE_API int capsule_runs_record(capsule_run *const *runs, size_t count, capsule_error **error);
/* Ends the run and its subtasks as `cancelled`. From any thread, before, during or after the execution. */
CAPSULE_API void capsule_run_cancel(capsule_run *run);
CAPSULE_API void capsule_run_free(capsule_run *run);

/* Creates, executes and frees a run in one call. */
CAPSULE_API int capsule_program_call(capsule_program *program, const capsule_run_options *options,
                                     capsule_result **ret_result, capsule_error **error);

/* ---- Results --------------------------------------------------------------------------------------------------- */

CAPSULE_API bool capsule_result_success(const capsule_result *result);
CAPSULE_API const char *capsule_result_value(const capsule_result *result);     /* JSON text, "null" on failure */
CAPSULE_API const char *capsule_result_envelope(const capsule_result *result);  /* JSON text, one line, no newline */
CAPSULE_API const char *capsule_result_error_type(const capsule_result *result); /* "timeout", ...; NULL on success */
CAPSULE_API const char *capsule_result_error_message(const capsule_result *result); /* NULL on success */
CAPSULE_API const char *capsule_result_traceback(const capsule_result *result); /* guest traceback or NULL */
CAPSULE_API const char *capsule_result_hint(const capsule_result *result);      /* one line or NULL */
CAPSULE_API const char *capsule_result_run_id(const capsule_result *result);
CAPSULE_API int64_t capsule_result_duration_ms(const capsule_result *result);
/* The code of error_type "exit", what the guest itself asked for; else 0. */
CAPSULE_API int capsule_result_exit_code(const capsule_result *result);
CAPSULE_API void capsule_result_free(capsule_result *result);

/* ---- Modules --------------------------------------------------------------------------------------------------- */

/* A WebAssembly module of other origin: a WASI preview 1 command (it exports `_start`) or reactor (`_initialize`). It runs
 * on a second engine, which is loaded with the first of them. There are no tasks and no policy: the module gets what the
 * options give. Nothing is recorded in a trace. A handle is one execution. */
typedef struct capsule_module capsule_module;

/* Limits are texts, as people write them. */
typedef struct capsule_module_options {
    size_t size;
    const char *const *argv;        /* NULL-terminated, with argv[0]; NULL: the file's name alone */
    const char *const *environment; /* NULL-terminated "NAME=value"; NULL: empty */
    const char *const *directories; /* NULL-terminated "HOST[::GUEST][:ro|:rw]": each is a preopened directory called GUEST
                                     * (default: HOST as written, rw). Any directory will do, as it is the caller's choice */
    const char *invoke;   /* NULL: `_start`, else `_initialize`. Otherwise a function without parameters that is called
                           * after `_initialize` if there is one; `_start` is not called then */
    const char *fuel;     /* units, about one for each instruction; NULL: not counted */
    const char *ram;      /* most linear memory, like "256MB"; NULL: 512MB, at most 4GB */
    const char *timeout;  /* from the start of the guest, like "10s"; NULL: none */
    const char *output;   /* stdout and stderr together, like "1MB"; NULL: 16MB, at most 1GB */
    const char *seed;     /* a number: random_get then answers the same every time; NULL: real randomness */
    const char *clock;    /* "REALTIME", or "FROZEN:<ns>": every clock stands at so many ns since 1970, and waiting for one
                           * takes no time; NULL: REALTIME */
    int stdin_fd;         /* 0: empty; else a descriptor the caller keeps open during the execution */
    capsule_output_callback *output_callback; /* live output; NULL: only kept for the envelope */
    void *output_context;
    bool discard_output;  /* keep no output for the envelope */
    const char *tmp;      /* how much a directory "/tmp" in memory may hold, like "64MB"; NULL or "0": there is none */
    bool deterministic;   /* virtual time, randomness out of `seed` (NULL: 0), files without the host's numbers and times, and
                           * canonical NaNs: the same module, input and seed give the same output and fuel */
} capsule_module_options;
#define CAPSULE_MODULE_OPTIONS_INIT { .size = sizeof(capsule_module_options) }

/* Whether the file at `path` is such a module (*ret_foreign) or an artifact, which is capsule_program_load's. -1 when it is
 * neither: CAPSULE_NOT_FOUND, CAPSULE_CORRUPT (not WebAssembly, damaged), CAPSULE_BUILD (a component), CAPSULE_IO. */
CAPSULE_API int capsule_module_is_foreign(const char *path, bool *ret_foreign, capsule_error **error);
/* Reads, compiles (or takes the machine code from the cache) and checks a module: its imports, and that there is something
 * to call. CAPSULE_CONFIG for an option that cannot be accepted, CAPSULE_BUILD for a module that cannot be run,
 * CAPSULE_UNSUPPORTED when the engine is not installed. options may be NULL. */
CAPSULE_API int capsule_module_load(capsule_runtime *runtime, const char *path, const capsule_module_options *options,
                                    capsule_module **ret_module, capsule_error **error);
/* Executes it, once, and blocks until it ended. -1 only when the host failed; how the guest ended is a result, whose
 * error_type is one of those of tasks: "exit", "timeout", "compute_exceeded" (fuel), "memory_exceeded", "output_exceeded",
 * "stack_exceeded", "trap", "cancelled". Its value is what the function of `invoke` answered: a number, or an array of
 * several. */
CAPSULE_API int capsule_module_execute(capsule_module *module, capsule_result **ret_result, capsule_error **error);
/* Ends the execution as `cancelled`. From any thread, before, during or after it. */
CAPSULE_API void capsule_module_cancel(capsule_module *module);
CAPSULE_API void capsule_module_free(capsule_module *module);

/* ---- Trace ----------------------------------------------------------------------------------------------------- */

/* A run, or a subtask, is an object {"id","task","file","language","state","error_type","duration_ms","cpu_ms","ram_used",
 * "fuel_consumed","attempts","started_at","parent_id","message","exit_code","output_bytes","result_bytes","file_calls",
 * "denials","fuel_limit","ram_limit","timeout_ms","policy_digest"}.
 * state: "running" (runs of more than some 50 ms show while they last; what is only known at the end is null), "completed",
 * "failed", "timed_out", or "interrupted" (cancelled, or its process is gone; error_type is null then). What was used is of
 * all attempts together; sizes and memory in bytes. file_calls: calls on descriptors and paths; denials: paths that no grant
 * covers. policy_digest: BLAKE3 of the effective policy, equal for equal ones. Null where a run of an earlier version did
 * not record it. All texts are the caller's to free with capsule_text_free. */

typedef struct capsule_trace_filter {
    size_t size;
    uint32_t limit;    /* the newest so many; 0: 20, at most 10,000. Following has no limit */
    bool failed;       /* only what ended otherwise than well: failed, timed out, interrupted */
    const char *task;  /* only runs and subtasks of this name; NULL: runs of any task, without subtasks */
    const char *since; /* only those that started at most so long ago, like "2h"; NULL: whenever */
} capsule_trace_filter;
#define CAPSULE_TRACE_FILTER_INIT { .size = sizeof(capsule_trace_filter) }

/* The last runs of a project's trace database, newest first, as a JSON array. `filter` NULL: the last 20. A project without
 * a trace has no runs. CAPSULE_CORRUPT when the file is no trace. */
CAPSULE_API int capsule_trace_find(const char *project_dir, const capsule_trace_filter *filter, char **ret_json,
                                   capsule_error **error);
/* The same with a limit alone. */
CAPSULE_API int capsule_trace_list(const char *project_dir, uint32_t limit, char **ret_json, capsule_error **error);
/* One run whole: the object above plus "envelope", "limits" (its policy), "attempt_outcomes" (what each attempt came to,
 * when there were several; the first 100) and "subtasks", objects with attempt_outcomes and subtasks of their own (at most
 * 10,000 in all). An unambiguous prefix of the id is enough. CAPSULE_NOT_FOUND when there is none, CAPSULE_USAGE when there
 * are several. */
CAPSULE_API int capsule_trace_show(const char *project_dir, const char *id, char **ret_json, capsule_error **error);

/* Runs as they are recorded. The database may be made later, pruned or replaced meanwhile. A handle is used by one thread
 * at a time. */
typedef struct capsule_trace_follower capsule_trace_follower;
/* From now on. CAPSULE_CORRUPT, CAPSULE_IO when what is there now cannot be read. */
CAPSULE_API int capsule_trace_follow(const char *project_dir, const capsule_trace_filter *filter,
                                     capsule_trace_follower **ret_follower, capsule_error **error);
/* What was recorded since the last call, oldest first, as a JSON array; never waits. A run that lasts comes twice: when it
 * shows as running (unless only failures are asked for) and when it ended. */
CAPSULE_API int capsule_trace_follow_next(capsule_trace_follower *follower, char **ret_json, capsule_error **error);
CAPSULE_API void capsule_trace_follow_free(capsule_trace_follower *follower);

/* Forgets at once what capsule.toml ([trace] keep, max_size) does not keep, or, when `older_than` is given, what started
 * longer ago than that ("7d"; "0s": everything), and gives the room back to the file system. *ret_runs: removed, subtasks
 * included; *ret_bytes: by which the database shrank. CAPSULE_CONFIG for a duration that is none. */
CAPSULE_API int capsule_trace_prune(const char *project_dir, const char *older_than, uint64_t *ret_runs, uint64_t *ret_bytes,
                                    capsule_error **error);

/* ---- Image cache and installation -------------------------------------------------------------------------------- */

/* JSON array of cache entries {"key","kind","file","language","bytes","last_used","pure"}, most recently used first. kind:
 * "program", or "packages" of Python programs, whose "file" lists their names and versions. */
CAPSULE_API int capsule_cache_list(capsule_runtime *runtime, char **ret_json, capsule_error **error);
/* Removes entries, least recently used first, until at most keep_bytes remain (0: everything). */
CAPSULE_API int capsule_cache_prune(capsule_runtime *runtime, uint64_t keep_bytes, uint64_t *ret_removed_bytes,
                                    capsule_error **error);
/* Checks guests, hashes, permissions and kernel features. JSON array of {"check","ok":bool,"level":"ok"|"warning"|
 * "error","text","cost":str|null}. *ret_healthy is false when anything is an error. */
CAPSULE_API int capsule_doctor(capsule_runtime *runtime, char **ret_json, bool *ret_healthy, capsule_error **error);

CAPSULE_API void capsule_text_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
