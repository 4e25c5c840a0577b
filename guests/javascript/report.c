/* What a run ends with: texts for the host, and the last words when memory is gone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#include "guest.h"

static const char out_of_memory_report[] =
    "{\"message\":\"out of memory\",\"traceback\":null,\"type\":\"RangeError\"}";

void cap_report_text(int kind, const char *text, size_t length)
{
    (void)capsule_report(kind, text, (uint32_t)length);
}

const char *cap_string_utf8(JSContext *cx, JSValueConst value, size_t *ret_length)
{
    size_t length;
    const char *text = JS_ToCStringLen(cx, &length, value);
    if (!text)
        return NULL;
    /* QuickJS encodes a lone surrogate as ED A0..BF xx, three bytes like U+FFFD, which takes its place. The buffer
     * may be the string's own storage when it is pure ASCII; it is not written then. */
    for (size_t i = 0; i + 2 < length; i++) {
        unsigned char *p = (unsigned char *)(uintptr_t)text + i;
        if (p[0] == 0xED && p[1] >= 0xA0) {
            p[0] = 0xEF;
            p[1] = 0xBF;
            p[2] = 0xBD;
        }
    }
    *ret_length = length;
    return text;
}

/* JS_ThrowOutOfMemory makes a RangeError "out of memory", or throws one made before when there is no memory for that
 * (see patches/); a program may make one too, and only chooses the name of its own failure by that. */
static bool is_out_of_memory(JSContext *cx, JSValueConst error)
{
    if (!JS_IsError(error))
        return JS_IsUninitialized(error);
    JSValue message = JS_GetPropertyStr(cx, error, "message");
    const char *text = JS_ToCString(cx, message);
    bool found = text && strcmp(text, "out of memory") == 0;
    JS_FreeCString(cx, text);
    JS_FreeValue(cx, message);
    return found;
}

/* The prelude's JSON for an error; JS_EXCEPTION with the exception dropped when even that fails. */
static JSValue describe(JSContext *cx, JSValueConst error)
{
    JSValueConst hook = cap_guest.hooks[CAP_HOOK_DESCRIBE];
    if (!JS_IsFunction(cx, hook))
        return JS_EXCEPTION;
    JSValue text = JS_Call(cx, hook, JS_UNDEFINED, 1, &error);
    if (JS_IsException(text))
        JS_FreeValue(cx, JS_GetException(cx));
    return text;
}

/* Appends text as the inside of a JSON string, up to `limit` bytes in all; what is not printable ASCII becomes '?'. */
static size_t append_json(char *json, size_t at, size_t limit, const char *text)
{
    for (const char *p = text; *p && at + 2 < limit; p++) {
        if (*p == '\n') {
            json[at++] = '\\';
            json[at++] = 'n';
        } else {
            json[at++] = (*p < ' ' || *p == '"' || *p == '\\' || *p > '~') ? '?' : *p;
        }
    }
    return at;
}

/* When the prelude cannot describe an error: message and frames in the plainest way. */
static void report_plain(JSContext *cx, JSValueConst error, int kind)
{
    static char json[1024];
    JSValue stack = JS_GetPropertyStr(cx, error, "stack");
    const char *message = JS_ToCString(cx, error);
    const char *frames = JS_IsString(stack) ? JS_ToCString(cx, stack) : NULL;
    const char *parts[] = {"{\"message\":\"", message ? message : "an error that cannot be described",
                           "\",\"traceback\":\"", frames ? frames : "", "\",\"type\":\"Error\"}"};
    const size_t limits[] = {0, 400, 0, 900, 0};
    size_t at = 0;
    for (size_t i = 0; i < 5; i++) {
        size_t length = strlen(parts[i]);
        if (limits[i]) {
            at = append_json(json, at, limits[i], parts[i]);
        } else {
            memcpy(json + at, parts[i], length);
            at += length;
        }
    }
    cap_report_text(kind, json, at);
    JS_FreeCString(cx, frames);
    JS_FreeCString(cx, message);
    JS_FreeValue(cx, JS_IsException(stack) ? JS_GetException(cx) : stack);
}

void cap_report_exception(JSContext *cx, JSValue error, int kind)
{
    bool memory = is_out_of_memory(cx, error);
    if (memory) {
        free(cap_guest.reserve);
        cap_guest.reserve = NULL;
        kind = CAPSULE_REPORT_NO_MEMORY;
    }
    JSValue text = describe(cx, error);
    size_t length;
    const char *utf8 = JS_IsString(text) ? cap_string_utf8(cx, text, &length) : NULL;
    if (utf8)
        cap_report_text(kind, utf8, length);
    else if (memory)
        cap_report_text(kind, out_of_memory_report, sizeof(out_of_memory_report) - 1);
    else
        report_plain(cx, error, kind);
    JS_FreeCString(cx, utf8);
    JS_FreeValue(cx, text);
    JS_FreeValue(cx, error);
}

/* report(kind, text) */
static JSValue host_report(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    int32_t kind;
    size_t length;
    if (JS_ToInt32(cx, &kind, argv[0]) < 0)
        return JS_EXCEPTION;
    const char *text = cap_string_utf8(cx, argv[1], &length);
    if (!text)
        return JS_EXCEPTION;
    int32_t rc = capsule_report(kind, text, (uint32_t)length);
    JS_FreeCString(cx, text);
    return JS_NewInt32(cx, rc);
}

/* fail(kind, error): the report of an uncaught exception. */
static JSValue host_fail(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    int32_t kind;
    if (JS_ToInt32(cx, &kind, argv[0]) < 0)
        return JS_EXCEPTION;
    cap_report_exception(cx, JS_DupValue(cx, argv[1]), kind);
    return JS_UNDEFINED;
}

/* impure(reason): during an import, something was read that the host does not see. */
static JSValue host_impure(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    if (!cap_guest.loading)
        return JS_UNDEFINED;
    size_t length;
    const char *text = cap_string_utf8(cx, argv[0], &length);
    if (!text)
        return JS_EXCEPTION;
    cap_report_text(CAPSULE_REPORT_IMPURE, text, length);
    JS_FreeCString(cx, text);
    return JS_UNDEFINED;
}

/* exit(code): reports the code and ends the run at once; nothing in the program can catch it. */
static JSValue host_exit(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    int32_t code;
    if (JS_ToInt32(cx, &code, argv[0]) < 0)
        return JS_EXCEPTION;
    code &= 0xFF;
    char text[4];
    int length = snprintf(text, sizeof(text), "%d", (int)code);
    cap_report_text(CAPSULE_REPORT_EXIT, text, (size_t)length);
    __wasi_proc_exit((uint32_t)code);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("report", 2, host_report),
    JS_CFUNC_DEF("fail", 2, host_fail),
    JS_CFUNC_DEF("impure", 1, host_impure),
    JS_CFUNC_DEF("exit", 1, host_exit),
};

void cap_install_report(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
