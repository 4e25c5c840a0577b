/* What only the engine knows about a value: its class, a proxy's target, an iterator's rest. */
#include "guest.h"

/* classId(value) => number of the engine's class, 0 for what is no object. The prelude learns the numbers from
 * samples of each class, so that none is written down. */
static JSValue host_class_id(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    return JS_NewInt32(cx, (int32_t)JS_GetClassID(argv[0]));
}

/* proxyDetails(value) => [target, handler], or undefined */
static JSValue host_proxy_details(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    if (!JS_IsProxy(argv[0]))
        return JS_UNDEFINED;
    JSValue pair[2] = {JS_GetProxyTarget(cx, argv[0]), JS_GetProxyHandler(cx, argv[0])};
    for (int i = 0; i < 2; i++)
        if (JS_IsException(pair[i])) { /* revoked */
            JS_FreeValue(cx, JS_GetException(cx));
            pair[i] = JS_NULL;
        }
    return JS_NewArrayFrom(cx, 2, pair);
}

/* iteratorEntries(value) => [entries, are they pairs], or undefined for what is no Map or Set iterator */
static JSValue host_iterator_entries(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    bool pairs = false;
    JSValue entries = JS_GetIteratorEntries(cx, argv[0], &pairs);
    if (!JS_IsObject(entries))
        return entries;
    JSValue result[2] = {entries, JS_NewBool(cx, pairs)};
    return JS_NewArrayFrom(cx, 2, result);
}

/* promiseState(value) => -1 no promise, 0 pending, 1 fulfilled, 2 rejected */
static JSValue host_promise_state(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    return JS_NewInt32(cx, JS_PromiseState(cx, argv[0]));
}

/* promiseResult(promise) => value or reason */
static JSValue host_promise_result(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    return JS_PromiseResult(cx, argv[0]);
}

/* getContext() and setContext(value): what follows the continuations of the running code */
static JSValue host_get_context(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    return JS_GetAsyncContext(cx);
}

static JSValue host_set_context(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    JS_SetAsyncContext(cx, JS_DupValue(cx, argv[0]));
    return JS_UNDEFINED;
}

static JSValue host_detach(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    JS_DetachArrayBuffer(cx, argv[0]);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("classId", 1, host_class_id),
    JS_CFUNC_DEF("proxyDetails", 1, host_proxy_details),
    JS_CFUNC_DEF("iteratorEntries", 1, host_iterator_entries),
    JS_CFUNC_DEF("promiseState", 1, host_promise_state),
    JS_CFUNC_DEF("promiseResult", 1, host_promise_result),
    JS_CFUNC_DEF("getContext", 0, host_get_context),
    JS_CFUNC_DEF("setContext", 1, host_set_context),
    JS_CFUNC_DEF("detach", 1, host_detach),
};

void cap_install_types(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
