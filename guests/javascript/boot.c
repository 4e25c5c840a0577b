/* Exports of the guest: start of the engine, and the way in for load, resume and call. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* The shadow stack is below all data (stack-first); its overflow would wrap around address zero. QuickJS keeps this
 * much of it free for the C code below its own checks. Units: bytes. */
#define STACK_RESERVE (96u * 1024)

/* Kept aside so that "out of memory" can be put into words. */
#define MEMORY_RESERVE (64u * 1024)

/* Memory that is lost to keep what runs write in few pages, see cap_heap_seal. Units: bytes. */
#define BOOT_LOSS (256u * 1024)
#define LOAD_LOSS (32u * 1024)

/* A run may make this much before garbage in cycles is looked for. */
#define COLLECT_AFTER (2u << 20)

/* Smallest exchange buffer, so that ordinary requests need no allocation. */
#define EXCHANGE_MIN (16u * 1024)

extern const unsigned char cap_prelude[];
extern const size_t cap_prelude_size;

struct cap_guest cap_guest;

/* Counter of section "compute": alone in its cache line, written by generated code only. */
_Alignas(64) uint64_t capsule_meter[8];

static struct {
    char *data;
    uint32_t capacity;
} exchange;

int32_t capsule_abi_version(void)
{
    return CAPSULE_ABI_VERSION;
}

void *capsule_buffer(uint32_t size)
{
    uint32_t wanted = size < EXCHANGE_MIN ? EXCHANGE_MIN : size;
    /* One byte more than asked: requests are parsed as NUL-terminated texts. */
    if (exchange.capacity < wanted) {
        free(exchange.data);
        exchange.data = malloc((size_t)wanted + 1);
        exchange.capacity = exchange.data ? wanted : 0;
    }
    return exchange.data;
}

static bool install_primitives(JSContext *cx)
{
    JSValue global = JS_GetGlobalObject(cx);
    JSValue host = JS_NewObject(cx);
    static void (*const groups[])(JSContext *, JSValueConst) = {
        cap_install_engine, cap_install_report, cap_install_stdio, cap_install_text,   cap_install_clock,
        cap_install_files,  cap_install_tasks,  cap_install_types, cap_install_digest, cap_install_url,
    };
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        groups[i](cx, host);
    int rc = JS_SetPropertyStr(cx, global, "__capsule_host", host);
    JS_FreeValue(cx, global);
    return rc >= 0;
}

/* Runs the prelude, which the build compiled to bytecode: it takes and removes __capsule_host and sets the hooks. */
static bool run_prelude(JSContext *cx)
{
    JSValue code = JS_ReadObject(cx, cap_prelude, cap_prelude_size, JS_READ_OBJ_BYTECODE);
    JSValue result = JS_IsException(code) ? code : JS_EvalFunction(cx, code);
    if (JS_IsException(result)) {
        cap_report_exception(cx, JS_GetException(cx), CAPSULE_REPORT_LOAD_FAILURE);
        return false;
    }
    JS_FreeValue(cx, result);
    return true;
}

/* Objects of the shapes that every run needs: those of a request as it is parsed member by member, and of what
 * JSON.stringify puts its argument into. As long as there is one of a shape, runs do not make the shape anew. */
static bool keep_shapes(JSContext *cx)
{
    static const char *const texts[] = {
        "{\"task\":0}", "{\"task\":0,\"args\":0}", "{\"task\":0,\"args\":0,\"kwargs\":0}",
        "{\"task\":0,\"args\":0,\"kwargs\":0,\"argv\":0}", "{\"\":0}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (JS_IsException(JS_ParseJSON(cx, texts[i], strlen(texts[i]), "<shape>")))
            return false;
    return true; /* nobody frees them */
}

static size_t stack_size(void)
{
    /* The frame address is close to the top here, and the stack ends at address zero. */
    size_t top = (size_t)__builtin_frame_address(0);
    return top - STACK_RESERVE;
}

int32_t capsule_boot(void)
{
    JSRuntime *runtime = JS_NewRuntime();
    if (!runtime)
        return 1;
    cap_guest.runtime = runtime;
    JS_UpdateStackTop(runtime);
    JS_SetMaxStackSize(runtime, stack_size());
    JSContext *cx = JS_NewContext(runtime);
    if (!cx)
        return 2;
    cap_guest.context = cx;
    JS_SetOutOfMemoryError(runtime, JS_NewRangeError(cx, "out of memory"));
    cap_guest.reserve = malloc(MEMORY_RESERVE);
    for (int i = 0; i < CAP_HOOK_COUNT; i++)
        cap_guest.hooks[i] = JS_UNDEFINED;
    cap_guest.last = JS_UNDEFINED;
    cap_modules_init(runtime);
    if (!cap_guest.reserve || !capsule_buffer(EXCHANGE_MIN) || !install_primitives(cx) || !run_prelude(cx) || !keep_shapes(cx))
        return 3;
    JS_Freeze(runtime);
    cap_heap_seal(BOOT_LOSS);
    JSMemoryUsage usage;
    JS_ComputeMemoryUsage(runtime, &usage);
    JS_SetGCThreshold(runtime, (size_t)usage.malloc_size + COLLECT_AFTER);
    return 0;
}

/* Parses the request, which the host wrote into the exchange buffer. JS_EXCEPTION: an exception is pending. */
static JSValue parse_request(JSContext *cx, const char *request, uint32_t length)
{
    if (request != exchange.data || length > exchange.capacity)
        return JS_ThrowTypeError(cx, "the request does not lie in the exchange buffer");
    exchange.data[length] = '\0';
    return JS_ParseJSON(cx, exchange.data, length, "<request>");
}

/* Calls a hook with the request; what it throws becomes a report of `kind`. */
static int32_t enter(enum cap_hook hook, const char *request, uint32_t length, int kind)
{
    JSContext *cx = cap_guest.context;
    JSValue argument = parse_request(cx, request, length);
    JSValue result = argument;
    if (!JS_IsException(argument)) {
        result = JS_Call(cx, cap_guest.hooks[hook], JS_UNDEFINED, 1, (JSValueConst *)&argument);
        JS_FreeValue(cx, argument);
    }
    if (JS_IsException(result)) {
        cap_report_exception(cx, JS_GetException(cx), kind);
        return 0;
    }
    JS_FreeValue(cx, result);
    return 0;
}

int32_t capsule_load(const char *request, uint32_t length)
{
    cap_guest.loading = true;
    int32_t rc = enter(CAP_HOOK_LOAD, request, length, CAPSULE_REPORT_LOAD_FAILURE);
    cap_guest.loading = false;
    JS_SealArenas(cap_guest.runtime);
    cap_heap_seal(LOAD_LOSS);
    /* The engine's list of objects ends with this one, which lies where the run's own will. */
    JS_FreeValue(cap_guest.context, cap_guest.last);
    cap_guest.last = JS_NewObject(cap_guest.context);
    return rc;
}

int32_t capsule_resume(void)
{
    JS_ResetRandom(cap_guest.context);
    cap_guest.resumed++;
    return 0;
}

int32_t capsule_call(const char *request, uint32_t length)
{
    return enter(CAP_HOOK_CALL, request, length, CAPSULE_REPORT_FAILURE);
}
