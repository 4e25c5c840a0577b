/* Primitives over the engine itself: evaluating a program, running promise jobs, hooks, memory. */
#include <string.h>

#include "guest.h"

/* setHooks([function...]) in the order of enum cap_hook. */
static JSValue host_set_hooks(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    for (uint32_t i = 0; i < CAP_HOOK_COUNT; i++) {
        JSValue hook = JS_GetPropertyUint32(cx, argv[0], i);
        if (JS_IsException(hook))
            return JS_EXCEPTION;
        JS_FreeValue(cx, cap_guest.hooks[i]);
        cap_guest.hooks[i] = hook;
    }
    return JS_UNDEFINED;
}

static bool set_meta(JSContext *cx, JSModuleDef *module, JSValueConst meta)
{
    JSValue target = JS_GetImportMeta(cx, module);
    static const char *const names[] = {"url", "filename", "dirname"};
    bool ok = !JS_IsException(target);
    for (size_t i = 0; ok && i < sizeof(names) / sizeof(names[0]); i++) {
        JSValue value = JS_GetPropertyStr(cx, meta, names[i]);
        ok = !JS_IsException(value) && JS_SetPropertyStr(cx, target, names[i], value) >= 0;
    }
    JS_FreeValue(cx, target);
    return ok;
}

/* evaluateModule(source, name, meta, keepsValue) => [promise of the evaluation, namespace]. Throws for a syntax error and
 * for an import that cannot be resolved: nothing has run then. keepsValue: the namespace has the value of the last
 * statement, when that is an expression, under "<ret>". */
static JSValue host_evaluate_module(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    JSValue result = JS_EXCEPTION;
    size_t length;
    int flags = JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY | (JS_ToBool(cx, argv[3]) > 0 ? JS_EVAL_FLAG_VALUE : 0);
    const char *name = NULL;
    const char *source = JS_ToCStringLen(cx, &length, argv[0]);
    if (!source || !(name = JS_ToCString(cx, argv[1])))
        goto done;
    JSValue code = JS_Eval(cx, source, length, name, flags);
    if (JS_IsException(code))
        goto done;
    JSModuleDef *module = JS_VALUE_GET_PTR(code);
    if (!set_meta(cx, module, argv[2])) {
        JS_FreeValue(cx, code);
        goto done;
    }
    JSValue promise = JS_EvalFunction(cx, code);
    if (JS_IsException(promise))
        goto done;
    JSValue pair[2] = {promise, JS_GetModuleNamespace(cx, module)};
    result = JS_NewArrayFrom(cx, 2, pair);
done:
    JS_FreeCString(cx, name);
    JS_FreeCString(cx, source);
    return result;
}

/* runJobs(): runs promise jobs until none is left; throws what a microtask threw. */
static JSValue host_run_jobs(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    JSContext *job_context;
    int rc;
    do {
        rc = JS_ExecutePendingJob(cap_guest.runtime, &job_context);
    } while (rc > 0);
    (void)cx;
    return rc < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

static void on_rejection(JSContext *cx, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque)
{
    (void)opaque;
    JSValueConst hook = cap_guest.hooks[CAP_HOOK_REJECTED];
    if (!JS_IsFunction(cx, hook))
        return;
    JSValue saved = JS_GetException(cx);
    JSValueConst args[] = {promise, reason, is_handled ? JS_TRUE : JS_FALSE};
    JSValue result = JS_Call(cx, hook, JS_UNDEFINED, 3, args);
    JS_FreeValue(cx, JS_IsException(result) ? JS_GetException(cx) : result);
    if (!JS_IsUninitialized(saved))
        JS_Throw(cx, saved);
}

/* heapUsed() => bytes in use by the engine */
static JSValue host_heap_used(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    JSMemoryUsage usage;
    JS_ComputeMemoryUsage(cap_guest.runtime, &usage);
    return JS_NewInt64(cx, usage.malloc_size);
}

/* memorySize() => bytes of linear memory */
static JSValue host_memory_size(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    return JS_NewInt64(cx, (int64_t)__builtin_wasm_memory_size(0) * 65536);
}

/* resumed() => how often an image was mapped: another number, another run */
static JSValue host_resumed(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    return JS_NewUint32(cx, cap_guest.resumed);
}

static JSValue host_collect_garbage(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    JS_RunGC(JS_GetRuntime(cx));
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("setHooks", 1, host_set_hooks),
    JS_CFUNC_DEF("evaluateModule", 4, host_evaluate_module),
    JS_CFUNC_DEF("runJobs", 0, host_run_jobs),
    JS_CFUNC_DEF("heapUsed", 0, host_heap_used),
    JS_CFUNC_DEF("memorySize", 0, host_memory_size),
    JS_CFUNC_DEF("resumed", 0, host_resumed),
    JS_CFUNC_DEF("collectGarbage", 0, host_collect_garbage),
};

void cap_install_engine(JSContext *cx, JSValueConst host)
{
    JS_SetRandomSeedFunc(cap_guest.runtime, cap_random_seed);
    JS_SetHostPromiseRejectionTracker(cap_guest.runtime, on_rejection, NULL);
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
