/* Time, sleep and entropy, straight from WASI: the host sees each use, which is how it knows a pure import. */
#include <wasi/api.h>

#include "guest.h"

/* WASI's random_get may refuse long requests. */
#define RANDOM_PIECE 65536

static JSValue clock_error(JSContext *cx, const char *what, __wasi_errno_t error)
{
    return JS_ThrowPlainError(cx, "%s is not available (WASI error %d)", what, (int)error);
}

static bool read_clock(JSContext *cx, JSValueConst which, __wasi_timestamp_t *ret_time, JSValue *ret_error)
{
    int32_t id;
    *ret_error = JS_EXCEPTION;
    if (JS_ToInt32(cx, &id, which) < 0)
        return false;
    __wasi_errno_t error = __wasi_clock_time_get((__wasi_clockid_t)id, 1, ret_time);
    if (error)
        *ret_error = clock_error(cx, "the clock", error);
    return error == 0;
}

/* clock(id) => nanoseconds as BigInt; 0 realtime, 1 monotonic, 2 process CPU */
static JSValue host_clock(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    __wasi_timestamp_t now;
    JSValue error;
    return read_clock(cx, argv[0], &now, &error) ? JS_NewBigUint64(cx, now) : error;
}

/* clockMs(id) => milliseconds with their fraction */
static JSValue host_clock_ms(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    __wasi_timestamp_t now;
    JSValue error;
    if (!read_clock(cx, argv[0], &now, &error))
        return error;
    return JS_NewFloat64(cx, (double)(now / 1000) / 1e3);
}

/* sleep(ms): waits in the host, which may end the run meanwhile */
static JSValue host_sleep(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    double ms;
    if (JS_ToFloat64(cx, &ms, argv[0]) < 0)
        return JS_EXCEPTION;
    if (!(ms > 0))
        return JS_UNDEFINED;
    const double longest = 1e12;
    __wasi_subscription_t wait = {
        .u = {.tag = __WASI_EVENTTYPE_CLOCK,
              .u = {.clock = {.id = __WASI_CLOCKID_MONOTONIC,
                              .timeout = (__wasi_timestamp_t)((ms < longest ? ms : longest) * 1e6)}}},
    };
    __wasi_event_t event;
    __wasi_size_t count;
    __wasi_errno_t error = __wasi_poll_oneoff(&wait, &event, 1, &count);
    if (error && error != __WASI_ERRNO_INTR)
        return clock_error(cx, "sleeping", error);
    return JS_UNDEFINED;
}

/* random(bytes): fills it from the host's entropy */
static JSValue host_random(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    size_t length;
    uint8_t *bytes = JS_GetUint8Array(cx, &length, argv[0]);
    if (!bytes)
        return JS_EXCEPTION;
    while (length > 0) {
        size_t piece = length < RANDOM_PIECE ? length : RANDOM_PIECE;
        __wasi_errno_t error = __wasi_random_get(bytes, piece);
        if (error)
            return clock_error(cx, "entropy", error);
        bytes += piece;
        length -= piece;
    }
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("clock", 1, host_clock),
    JS_CFUNC_DEF("clockMs", 1, host_clock_ms),
    JS_CFUNC_DEF("sleep", 1, host_sleep),
    JS_CFUNC_DEF("random", 1, host_random),
};

void cap_install_clock(JSContext *cx, JSValueConst host)
{
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}

/* Seed of Math.random, asked by the engine on its first use after a start or a resume (see patches/). Never zero. */
uint64_t cap_random_seed(void)
{
    uint64_t seed = 0;
    if (__wasi_random_get((uint8_t *)&seed, sizeof(seed)) || seed == 0)
        seed = 0x9E3779B97F4A7C15u;
    return seed;
}
