/* Subtasks and the environment: the imports of module "capsule" as functions of `host`. */
#include "guest.h"

/* taskStart(name, argsJson) => handle, or -errno */
static JSValue host_task_start(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t name_length, args_length;
    JSValue result = JS_EXCEPTION;
    const char *args = NULL;
    const char *name = cap_string_utf8(cx, argv[0], &name_length);
    if (name && (args = cap_string_utf8(cx, argv[1], &args_length)))
        result = JS_NewInt32(cx, capsule_task_start(name, (uint32_t)name_length, args, (uint32_t)args_length));
    JS_FreeCString(cx, args);
    JS_FreeCString(cx, name);
    return result;
}

/* programStart(requestJson) => handle, or -errno */
static JSValue host_program_start(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length;
    const char *request = cap_string_utf8(cx, argv[0], &length);
    if (!request)
        return JS_EXCEPTION;
    JSValue result = JS_NewInt32(cx, capsule_program_start(request, (uint32_t)length));
    JS_FreeCString(cx, request);
    return result;
}

/* taskCancel(handle) => 0, or -errno */
static JSValue host_task_cancel(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    uint32_t handle;
    if (JS_ToUint32(cx, &handle, argv[0]) < 0)
        return JS_EXCEPTION;
    return JS_NewInt32(cx, capsule_task_cancel(handle));
}

/* taskWait(Uint32Array handles, count, ms) => position of a finished one, or -errno; ms < 0: without limit;
 * count 0: the handle of any open one, of each once */
static JSValue host_task_wait(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t offset, length, unit;
    uint32_t count;
    double ms;
    if (JS_ToUint32(cx, &count, argv[1]) < 0 || JS_ToFloat64(cx, &ms, argv[2]) < 0)
        return JS_EXCEPTION;
    JSValue buffer = JS_GetTypedArrayBuffer(cx, argv[0], &offset, &length, &unit);
    if (JS_IsException(buffer))
        return JS_EXCEPTION;
    size_t size;
    const uint8_t *base = JS_GetArrayBuffer(cx, &size, buffer);
    JS_FreeValue(cx, buffer);
    if (!base)
        return JS_EXCEPTION;
    if (unit != sizeof(uint32_t) || count > length / sizeof(uint32_t))
        return JS_ThrowRangeError(cx, "count exceeds the handles");
    const double longest = 9e12;
    int64_t timeout = ms < 0 ? -1 : (int64_t)((ms < longest ? ms : longest) * 1e6);
    return JS_NewInt32(cx, capsule_task_wait((const uint32_t *)(base + offset), count, timeout));
}

/* Reads a text of unknown length: asks for the length, then for the text. */
static JSValue read_text(JSContext *cx, int32_t (*read)(uint32_t, void *, uint32_t), uint32_t handle)
{
    int32_t length = read(handle, NULL, 0);
    if (length <= 0)
        return length < 0 ? JS_NewInt32(cx, length) : JS_NewStringLen(cx, "", 0);
    char *buffer = js_malloc(cx, (size_t)length);
    if (!buffer)
        return JS_EXCEPTION;
    int32_t got = read(handle, buffer, (uint32_t)length);
    JSValue text = got > length ? JS_NewInt32(cx, -1)
                   : got < 0    ? JS_NewInt32(cx, got)
                                : JS_NewStringLen(cx, buffer, (size_t)got);
    js_free(cx, buffer);
    return text;
}

/* taskRead(handle) => envelope text; a negative number on failure */
static JSValue host_task_read(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    uint32_t handle;
    if (JS_ToUint32(cx, &handle, argv[0]) < 0)
        return JS_EXCEPTION;
    return read_text(cx, capsule_task_read, handle);
}

static int32_t read_environment(uint32_t unused, void *buffer, uint32_t capacity)
{
    (void)unused;
    return capsule_environment(buffer, capacity);
}

/* environment() => "K=V\0K=V\0..." */
static JSValue host_environment(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    return read_text(cx, read_environment, 0);
}

/* lastDenial() => name of the limit or denial behind the last failed path operation, "" when unknown */
static JSValue host_last_denial(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc, (void)argv;
    char text[256];
    int32_t length = capsule_last_denial(text, sizeof(text));
    bool usable = length > 0 && length <= (int32_t)sizeof(text);
    return JS_NewStringLen(cx, text, usable ? (size_t)length : 0);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("taskStart", 2, host_task_start),
    JS_CFUNC_DEF("programStart", 1, host_program_start),
    JS_CFUNC_DEF("taskCancel", 1, host_task_cancel),
    JS_CFUNC_DEF("taskWait", 3, host_task_wait),
    JS_CFUNC_DEF("taskRead", 1, host_task_read),
    JS_CFUNC_DEF("environment", 0, host_environment),
    JS_CFUNC_DEF("lastDenial", 0, host_last_denial),
};

void cap_install_tasks(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
