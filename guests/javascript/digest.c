/* Message digests by HACL*, the verified implementations that CPython carries. */
#include <stdlib.h>
#include <string.h>

#include "Hacl_Hash_MD5.h"
#include "Hacl_Hash_SHA1.h"
#include "Hacl_Hash_SHA2.h"
#include "Hacl_Hash_SHA3.h"
#include "guest.h"

#define DIGEST_MAX 64

/* HACL* does not survive a failed allocation of its small states: this much must be free first. */
#define STATE_ROOM 2048

/* Wrappers give every algorithm the same types. */
#define ALGORITHM(tag, type, fresh, update_, digest_, free_, copy_)                                                 \
    static void *tag##_new(void) { return fresh; }                                                                 \
    static int tag##_update(void *state, uint8_t *data, uint32_t size) { return update_((type *)state, data, size); } \
    static void tag##_digest(void *state, uint8_t *out) { (void)digest_((type *)state, out); }                      \
    static void tag##_free(void *state) { free_((type *)state); }                                                   \
    static void *tag##_copy(void *state) { return copy_((type *)state); }

typedef Hacl_Streaming_MD_state_32 md32;
typedef Hacl_Streaming_MD_state_64 md64;
typedef Hacl_Hash_SHA3_state_t keccak;

ALGORITHM(md5, md32, Hacl_Hash_MD5_malloc(), Hacl_Hash_MD5_update, Hacl_Hash_MD5_digest, Hacl_Hash_MD5_free,
          Hacl_Hash_MD5_copy)
ALGORITHM(sha1, md32, Hacl_Hash_SHA1_malloc(), Hacl_Hash_SHA1_update, Hacl_Hash_SHA1_digest, Hacl_Hash_SHA1_free,
          Hacl_Hash_SHA1_copy)
ALGORITHM(sha224, md32, Hacl_Hash_SHA2_malloc_224(), Hacl_Hash_SHA2_update_224, Hacl_Hash_SHA2_digest_224,
          Hacl_Hash_SHA2_free_224, Hacl_Hash_SHA2_copy_256)
ALGORITHM(sha256, md32, Hacl_Hash_SHA2_malloc_256(), Hacl_Hash_SHA2_update_256, Hacl_Hash_SHA2_digest_256,
          Hacl_Hash_SHA2_free_256, Hacl_Hash_SHA2_copy_256)
ALGORITHM(sha384, md64, Hacl_Hash_SHA2_malloc_384(), Hacl_Hash_SHA2_update_384, Hacl_Hash_SHA2_digest_384,
          Hacl_Hash_SHA2_free_384, Hacl_Hash_SHA2_copy_512)
ALGORITHM(sha512, md64, Hacl_Hash_SHA2_malloc_512(), Hacl_Hash_SHA2_update_512, Hacl_Hash_SHA2_digest_512,
          Hacl_Hash_SHA2_free_512, Hacl_Hash_SHA2_copy_512)
ALGORITHM(sha3_256, keccak, Hacl_Hash_SHA3_malloc(Spec_Hash_Definitions_SHA3_256), Hacl_Hash_SHA3_update,
          Hacl_Hash_SHA3_digest, Hacl_Hash_SHA3_free, Hacl_Hash_SHA3_copy)
ALGORITHM(sha3_384, keccak, Hacl_Hash_SHA3_malloc(Spec_Hash_Definitions_SHA3_384), Hacl_Hash_SHA3_update,
          Hacl_Hash_SHA3_digest, Hacl_Hash_SHA3_free, Hacl_Hash_SHA3_copy)
ALGORITHM(sha3_512, keccak, Hacl_Hash_SHA3_malloc(Spec_Hash_Definitions_SHA3_512), Hacl_Hash_SHA3_update,
          Hacl_Hash_SHA3_digest, Hacl_Hash_SHA3_free, Hacl_Hash_SHA3_copy)

struct algorithm {
    const char *name;
    uint32_t size;
    void *(*fresh)(void);
    int (*update)(void *, uint8_t *, uint32_t);
    void (*digest)(void *, uint8_t *);
    void (*release)(void *);
    void *(*copy)(void *);
};

#define ENTRY(name, tag, size) {name, size, tag##_new, tag##_update, tag##_digest, tag##_free, tag##_copy}

static const struct algorithm algorithms[] = {
    ENTRY("md5", md5, 16),           ENTRY("sha1", sha1, 20),         ENTRY("sha224", sha224, 28),
    ENTRY("sha256", sha256, 32),     ENTRY("sha384", sha384, 48),     ENTRY("sha512", sha512, 64),
    ENTRY("sha3-256", sha3_256, 32), ENTRY("sha3-384", sha3_384, 48), ENTRY("sha3-512", sha3_512, 64),
};

struct digest {
    const struct algorithm *algorithm;
    void *state;
};

static JSClassID digest_class;

static void finalize(JSRuntime *runtime, JSValueConst object)
{
    struct digest *digest = JS_GetOpaque(object, digest_class);
    if (!digest)
        return;
    digest->algorithm->release(digest->state);
    js_free_rt(runtime, digest);
}

static bool state_room(JSContext *cx)
{
    void *probe = malloc(STATE_ROOM);
    free(probe);
    if (!probe)
        JS_ThrowOutOfMemory(cx);
    return probe != NULL;
}

/* Wraps a state; takes ownership of it. */
static JSValue wrap(JSContext *cx, const struct algorithm *algorithm, void *state)
{
    JSValue object = JS_NewObjectClass(cx, (int)digest_class);
    struct digest *digest = JS_IsException(object) ? NULL : js_malloc(cx, sizeof(*digest));
    if (!digest) {
        algorithm->release(state);
        JS_FreeValue(cx, object);
        return JS_EXCEPTION;
    }
    *digest = (struct digest){algorithm, state};
    JS_SetOpaque(object, digest);
    return object;
}

/* digestNew(name) => state, or null for an unknown name */
static JSValue host_digest_new(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    const char *name = JS_ToCString(cx, argv[0]);
    if (!name)
        return JS_EXCEPTION;
    JSValue result = JS_NULL;
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        if (strcmp(algorithms[i].name, name) == 0)
            result = state_room(cx) ? wrap(cx, &algorithms[i], algorithms[i].fresh()) : JS_EXCEPTION;
    JS_FreeCString(cx, name);
    return result;
}

/* digestUpdate(state, bytes) */
static JSValue host_digest_update(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    struct digest *digest = JS_GetOpaque2(cx, argv[0], digest_class);
    size_t length;
    uint8_t *bytes = digest ? JS_GetUint8Array(cx, &length, argv[1]) : NULL;
    if (!bytes)
        return JS_EXCEPTION;
    if (digest->algorithm->update(digest->state, bytes, (uint32_t)length))
        return JS_ThrowRangeError(cx, "too much data for %s", digest->algorithm->name);
    return JS_UNDEFINED;
}

/* digestFinal(state) => Uint8Array; the state stays usable */
static JSValue host_digest_final(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    struct digest *digest = JS_GetOpaque2(cx, argv[0], digest_class);
    uint8_t out[DIGEST_MAX];
    if (!digest || !state_room(cx))
        return JS_EXCEPTION;
    digest->algorithm->digest(digest->state, out);
    return JS_NewUint8ArrayCopy(cx, out, digest->algorithm->size);
}

/* digestCopy(state) => state */
static JSValue host_digest_copy(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    struct digest *digest = JS_GetOpaque2(cx, argv[0], digest_class);
    if (!digest || !state_room(cx))
        return JS_EXCEPTION;
    return wrap(cx, digest->algorithm, digest->algorithm->copy(digest->state));
}

/* pbkdf2Block(inner, outer, salt block bytes, iterations) => xor of the iterated HMAC blocks. inner and outer are
 * states that have taken the padded key; the loop runs here because it is long by design. */
static JSValue host_pbkdf2_block(JSContext *cx, JSValueConst self, int argc, JSValueConst *argv)
{
    (void)self, (void)argc;
    struct digest *inner = JS_GetOpaque2(cx, argv[0], digest_class);
    struct digest *outer = inner ? JS_GetOpaque2(cx, argv[1], digest_class) : NULL;
    size_t length;
    uint32_t iterations;
    if (!outer || JS_ToUint32(cx, &iterations, argv[3]) < 0 || !state_room(cx))
        return JS_EXCEPTION;
    uint8_t *salt = JS_GetUint8Array(cx, &length, argv[2]);
    if (!salt)
        return JS_EXCEPTION;
    const struct algorithm *a = inner->algorithm;
    uint8_t block[DIGEST_MAX], sum[DIGEST_MAX] = {0};
    for (uint32_t i = 0; i < iterations; i++) {
        void *state = a->copy(inner->state);
        a->update(state, i ? block : salt, i ? a->size : (uint32_t)length);
        a->digest(state, block);
        a->release(state);
        state = a->copy(outer->state);
        a->update(state, block, a->size);
        a->digest(state, block);
        a->release(state);
        for (uint32_t k = 0; k < a->size; k++)
            sum[k] ^= block[k];
    }
    return JS_NewUint8ArrayCopy(cx, sum, a->size);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("digestNew", 1, host_digest_new),
    JS_CFUNC_DEF("digestUpdate", 2, host_digest_update),
    JS_CFUNC_DEF("digestFinal", 1, host_digest_final),
    JS_CFUNC_DEF("digestCopy", 1, host_digest_copy),
    JS_CFUNC_DEF("pbkdf2Block", 4, host_pbkdf2_block),
};

void cap_install_digest(JSContext *cx, JSValueConst host)
{
    static const JSClassDef definition = {.class_name = "Digest", .finalizer = finalize};
    JS_NewClassID(cap_guest.runtime, &digest_class);
    JS_NewClass(cap_guest.runtime, digest_class, &definition);
    JS_SetPropertyFunctionList(cx, host, functions, sizeof(functions) / sizeof(functions[0]));
}
