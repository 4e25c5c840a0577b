/* The JavaScript guest: QuickJS-ng behind the contract of guests/abi/capsule_abi.h.
 *
 * The C files here are a layer of primitives: each group of functions is installed on one private object, `host`,
 * which only the prelude (JavaScript, prelude/) ever sees. The prelude builds everything a program knows on top of
 * it: console, timers, node's modules, the SDK, and the running of tasks. C calls back into the prelude through a
 * few hooks. All state lies in linear memory, so that an image of it can be mapped again.
 */
#ifndef CAPSULE_JS_GUEST_H
#define CAPSULE_JS_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../abi/allocator.h"
#include "../abi/capsule_abi.h"
#include "quickjs.h"

/* Functions of the prelude that C calls. Set once by host.setHooks. */
enum cap_hook {
    CAP_HOOK_LOAD,     /* (request): imports a program, reports TASKS or LOAD_FAILURE */
    CAP_HOOK_CALL,     /* (request): runs a task, reports its outcome */
    CAP_HOOK_BUILTIN,  /* (name) => exports of a module that the guest provides, or undefined */
    CAP_HOOK_REJECTED, /* (promise, reason, handled): unhandled-rejection bookkeeping */
    CAP_HOOK_DESCRIBE, /* (error) => JSON text for a FAILURE report */
    CAP_HOOK_COUNT
};

struct cap_guest {
    JSRuntime *runtime;
    JSContext *context;
    JSValue hooks[CAP_HOOK_COUNT];
    void *reserve; /* freed when memory ran out, so that the failure can still be told */
    bool loading;  /* inside capsule_load: impurity is worth a report */
    JSValue last;     /* made after everything else of an import */
    uint32_t resumed; /* how often an image was mapped, see capsule_resume */
};

extern struct cap_guest cap_guest;

/* Each installs one group of primitives on `host`. */
void cap_install_engine(JSContext *cx, JSValueConst host); /* engine.c: programs, jobs, hooks, memory */
void cap_install_report(JSContext *cx, JSValueConst host); /* report.c: outcome of a run */
void cap_install_stdio(JSContext *cx, JSValueConst host);  /* stdio.c: descriptors 0 to 2 */
void cap_install_text(JSContext *cx, JSValueConst host);   /* text.c: encodings */
void cap_install_clock(JSContext *cx, JSValueConst host);  /* clock.c: time, sleep, entropy */
void cap_install_files(JSContext *cx, JSValueConst host);  /* files.c: the file system */
void cap_install_tasks(JSContext *cx, JSValueConst host);  /* tasks.c: subtasks, environment */
void cap_install_types(JSContext *cx, JSValueConst host);  /* types.c: classes of values, async context */
void cap_install_digest(JSContext *cx, JSValueConst host); /* digest.c: message digests */
void cap_install_url(JSContext *cx, JSValueConst host);    /* url.c: URL parsing */

/* Seed of Math.random: fresh entropy, never zero. */
uint64_t cap_random_seed(void);

/* Module resolution over the prelude's registry; called once at boot. */
void cap_modules_init(JSRuntime *runtime);

/* Reports an uncaught exception (takes ownership): out of memory, or a failure described by the prelude.
 * `kind` is CAPSULE_REPORT_FAILURE or CAPSULE_REPORT_LOAD_FAILURE. */
void cap_report_exception(JSContext *cx, JSValue error, int kind);

/* Sends a report; a text above the limit of its kind ends the run on the host's side. */
void cap_report_text(int kind, const char *text, size_t length);

/* UTF-8 of a string with lone surrogates as U+FFFD. Free with JS_FreeCString. NULL: an exception is pending. */
const char *cap_string_utf8(JSContext *cx, JSValueConst value, size_t *ret_length);

#endif
