/* The contract between the runtime and a guest interpreter (a WebAssembly reactor module).
 *
 *   host                                   guest
 *   ----                                   -----
 *   map initial memory, _initialize  --->  C constructors
 *   capsule_boot                     --->  start the interpreter, warm the library   => language image
 *   capsule_load(request)            --->  import a program; TASKS reported          => program image
 *   capsule_resume                   --->  first call after an image was mapped
 *   capsule_call(request)            --->  run one task; RESULT, FAILURE or EXIT reported
 *
 * Besides WASI preview 1 a guest imports only the functions below, all of module "capsule".
 * Everything a guest passes is untrusted: the host checks ranges, sizes and UTF-8. The *kind* of a report is what
 * decides the status of a run; the text of a report never does.
 *
 * All mutable state of a guest lies in linear memory and in __stack_pointer, so that memory plus that one global
 * are the whole image. The build refuses a module with any other mutable global, or one that writes its table.
 */
#ifndef CAPSULE_ABI_H
#define CAPSULE_ABI_H

#include <stdint.h>

#define CAPSULE_ABI_VERSION 1

#ifdef __wasm__
#define CAPSULE_EXPORT(name) __attribute__((export_name(#name)))
#define CAPSULE_IMPORT(name) __attribute__((import_module("capsule"), import_name(#name)))
#else
#define CAPSULE_EXPORT(name)
#define CAPSULE_IMPORT(name)
#endif

/* Kinds of capsule_report. Texts are UTF-8. Of those that end a run the first one counts. */
enum capsule_report_kind {
    CAPSULE_REPORT_RESULT = 0,         /* JSON text of the task's value (the bare value, no wrapper) */
    CAPSULE_REPORT_FAILURE = 1,        /* JSON {"message":str,"traceback":str|null,"type":str(class name)}: task_error.
                                          "denied":{"file":path}|{"variable":name}|null may follow: what this exception
                                          could not have. It becomes a hint only if the host knows that it refused it */
    CAPSULE_REPORT_EXIT = 2,           /* decimal text of the exit code: sys.exit(n), process.exit(n) */
    CAPSULE_REPORT_UNSERIALIZABLE = 3, /* JSON {"message":str,"traceback":str|null}: not_serializable */
    CAPSULE_REPORT_NO_MEMORY = 4,      /* JSON like FAILURE: an uncaught MemoryError / out of memory: memory_exceeded */
    CAPSULE_REPORT_TASKS = 5,          /* JSON answer of capsule_load, see below */
    CAPSULE_REPORT_LOAD_FAILURE = 6,   /* JSON {"message","traceback","type","file","line","column"}: the import failed,
                                          or the string of a call cannot be compiled: nothing of it has run */
    CAPSULE_REPORT_IMPURE = 7,         /* plain text reason: the guest itself saw that its import was not pure (for
                                          example the global random generator changed); only honoured during load */
    CAPSULE_REPORT_NETWORK_DENIED = 8, /* JSON like FAILURE, "denied":{"host":str|null}: an uncaught refusal of the
                                          network: network_denied */
};

/* TASKS: {"tasks":[{"name":str,"options":{...},"file":str|null,"line":int|null,"column":int|null}...],
 *         "default":str|null, "has_main":bool}
 *   file, line: where the task is declared. JavaScript: file is null, line and column are of the bundle.
 *   options: as the reference's SDK would send them, keys in snake_case, only those the program set:
 *   name, compute (str|number), ram (str|number), timeout (str|number = ms), max_retries (int), retry_delay (as timeout),
 *   allowed_files ([str | {"path":str,"mode":str}]), allowed_hosts ([str]), env_variables ([str]),
 *   deterministic (bool).
 *   Values are passed as the program gave them, whatever their type: the host's policy judges them.
 *   Tasks are listed in order of registration; two of one name are both listed (the host refuses them).
 *   default: the task that `run` starts: "main" when registered, else a module-level function main
 *   (listed too, with empty options), else the first registered task. A program without any of these is a script:
 *   "main" is listed for it, which does nothing, because the import did it all.
 * capsule_load request (JSON): {"entry":str guest path of the program's main file or "" , "name":str file name as the
 *   user typed it, "source":str|null program text (JavaScript bundle; Python when run from a string), "argv":[str]}
 * capsule_call request (JSON): {"task":str, "args":[...], "kwargs":{...}, "argv":[str]}
 *   or, for a string, out of the language image and without capsule_load: {"code":str program text, "name":str what
 *   tracebacks call it, "original":str and "source_map":str (only when the code is the translation of another text, and the
 *   map from it), "args":[], "kwargs":{...} variables of the string, "argv":[str]}. Its last statement, when that is an expression, gives the value.
 * Both are read from the exchange buffer. Return value of the exports: 0 when something final was reported, else
 * a positive number for the log (the host then reports a trap). */

/* -- Exports of every guest -- */
#ifdef __wasm__
CAPSULE_EXPORT(capsule_abi_version) int32_t capsule_abi_version(void);
CAPSULE_EXPORT(capsule_boot) int32_t capsule_boot(void);
/* Address of an exchange buffer of at least `size` bytes (8-byte aligned), valid until the next call; 0: no memory. */
CAPSULE_EXPORT(capsule_buffer) void *capsule_buffer(uint32_t size);
CAPSULE_EXPORT(capsule_load) int32_t capsule_load(const char *request, uint32_t length);
CAPSULE_EXPORT(capsule_resume) int32_t capsule_resume(void);
CAPSULE_EXPORT(capsule_call) int32_t capsule_call(const char *request, uint32_t length);
#endif
/* A guest also defines `uint64_t capsule_meter` and exports its address: the counter of section "compute". It is
 * incremented by the generated code at every function entry and loop head, and by nothing else. */

/* -- Imports of module "capsule" -- Negative answers are -errno with WASI's numbers. */

/* Reports `kind` with a text. 0, or -E2BIG when the text is above the limit of its kind (the run then ends). */
CAPSULE_IMPORT(report) int32_t capsule_report(int32_t kind, const void *text, uint32_t length);

/* Starts a declared task of the program in a sandbox of its own. args: JSON {"args":[...],"kwargs":{...}}.
 * Answers a handle >= 0. Failures of the task itself (unknown name, limits, traps) come as its envelope. */
CAPSULE_IMPORT(task_start)
int32_t capsule_task_start(const char *name, uint32_t name_length, const char *args, uint32_t args_length);

/* Starts a program that the task brings itself, as a subtask in a sandbox of its own; answers as task_start. request: JSON
 *   {"language":"python"|"javascript","name":str file name for tracebacks,"source":str,"kind":"file"|"code",
 *    "options":{compute, ram, timeout, allowed_files, allowed_hosts, env_variables: as in TASKS},
 *    "args":[...],"kwargs":{...},"argv":[str]}
 * kind: "file" is loaded and its default task called; "code" is evaluated as a string, see capsule_call.
 * It has no more than its options say, and these no more than the caller has itself: "allowed_files" names directories by
 * the caller's own guest paths. What it prints is in its envelope alone. */
CAPSULE_IMPORT(program_start) int32_t capsule_program_start(const char *request, uint32_t length);

/* Blocks until one of `count` handles (u32 each) has its envelope; answers its position, or -ETIMEDOUT after
 * `timeout_ns` (negative: no limit; 0: just look). count 0: any open subtask; answers its *handle*, of each one once. */
CAPSULE_IMPORT(task_wait)
int32_t capsule_task_wait(const uint32_t *handles, uint32_t count, int64_t timeout_ns);

/* Length of the envelope (JSON text) of a finished task; copies it and closes the handle when capacity suffices.
 * -EAGAIN: not finished; -EBADF: no such handle. */
CAPSULE_IMPORT(task_read) int32_t capsule_task_read(uint32_t handle, void *buffer, uint32_t capacity);

/* Ends a subtask that runs or waits to: its envelope says cancelled, unless it was finished before. 0, or -EBADF: no such
 * handle. Waits for nothing; the handle stays open until its envelope is read. */
CAPSULE_IMPORT(task_cancel) int32_t capsule_task_cancel(uint32_t handle);

/* The task's environment, "K=V\0K=V\0...": its length in bytes; copied when capacity suffices. A call during
 * capsule_load makes the import impure. libc's environ is always empty. */
CAPSULE_IMPORT(environment) int32_t capsule_environment(void *buffer, uint32_t capacity);

/* Name of the innermost limit or denial for a path operation that just failed, for better messages: writes e.g.
 * "read-only mount", "not granted"; length, 0 when nothing is known. */
CAPSULE_IMPORT(last_denial) int32_t capsule_last_denial(void *buffer, uint32_t capacity);

/* Kinds of capsule_file_lock. */
enum capsule_lock_kind {
    CAPSULE_LOCK_NONE = 0,
    CAPSULE_LOCK_SHARED = 1,
    CAPSULE_LOCK_EXCLUSIVE = 2,
    CAPSULE_LOCK_TEST = 4, /* added to one of the two: only look */
};

/* Takes, changes or gives up an advisory lock on `length` bytes from `start` of an open file (length 0: to its end). Locks
 * belong to the run and the file, not to the descriptor: another descriptor of the file can give them up, and closing one
 * gives up nothing; the end of the run does. Never waits: -EAGAIN when somebody else has a lock in the way. -EBADF: not
 * open for what the lock protects; -ENOLCK: locks on too many files. */
CAPSULE_IMPORT(file_lock) int32_t capsule_file_lock(uint32_t fd, uint32_t kind, uint64_t start, uint64_t length);

#endif
