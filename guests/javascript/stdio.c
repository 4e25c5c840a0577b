/* Descriptors 0 to 2, unbuffered: what was written before a run is stopped is never lost. */
#include <string.h>
#include <wasi/api.h>

#include "guest.h"

/* Writes everything; a WASI error number, 0 when all is written. */
static __wasi_errno_t write_all(__wasi_fd_t fd, const uint8_t *data, size_t length)
{
    while (length > 0) {
        __wasi_ciovec_t part = {.buf = data, .buf_len = length};
        __wasi_size_t written = 0;
        __wasi_errno_t error = __wasi_fd_write(fd, &part, 1, &written);
        if (error == __WASI_ERRNO_INTR || error == __WASI_ERRNO_AGAIN)
            continue;
        if (error)
            return error;
        data += written;
        length -= written;
    }
    return 0;
}

/* write(fd, string | Uint8Array) => WASI error number, 0 when all is written */
static JSValue host_write(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    int32_t fd;
    size_t length;
    if (JS_ToInt32(cx, &fd, argv[0]) < 0)
        return JS_EXCEPTION;
    if (JS_IsString(argv[1])) {
        const char *text = cap_string_utf8(cx, argv[1], &length);
        if (!text)
            return JS_EXCEPTION;
        __wasi_errno_t error = write_all(fd, (const uint8_t *)text, length);
        JS_FreeCString(cx, text);
        return JS_NewInt32(cx, error);
    }
    const uint8_t *bytes = JS_GetUint8Array(cx, &length, argv[1]);
    if (!bytes)
        return JS_EXCEPTION;
    return JS_NewInt32(cx, write_all(fd, bytes, length));
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("write", 2, host_write),
};

void cap_install_stdio(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
