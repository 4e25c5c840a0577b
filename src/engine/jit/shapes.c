/* From wasmtime's values to the arguments of a host function: one caller for each signature there is. */
#include <string.h>

#include "engine/jit/jit_internal.h"

#define I uint32_t
#define L uint64_t
#define i(n) ((uint32_t)v[n].i32)
#define l(n) ((uint64_t)v[n].i64)

/* name, signature, parameter types, arguments */
#define SHAPES(X)                                                                                                     \
    X(none, ">i", (cap_host *), (h))                                                                                  \
    X(exit, "i>", (cap_host *, I), (h, i(0)))                                                                         \
    X(i, "i>i", (cap_host *, I), (h, i(0)))                                                                           \
    X(ii, "ii>i", (cap_host *, I, I), (h, i(0), i(1)))                                                                \
    X(iL, "iI>i", (cap_host *, I, L), (h, i(0), l(1)))                                                                \
    X(iii, "iii>i", (cap_host *, I, I, I), (h, i(0), i(1), i(2)))                                                     \
    X(iLL, "iII>i", (cap_host *, I, L, L), (h, i(0), l(1), l(2)))                                                     \
    X(iLi, "iIi>i", (cap_host *, I, L, I), (h, i(0), l(1), i(2)))                                                     \
    X(iiii, "iiii>i", (cap_host *, I, I, I, I), (h, i(0), i(1), i(2), i(3)))                                          \
    X(iLii, "iIii>i", (cap_host *, I, L, I, I), (h, i(0), l(1), i(2), i(3)))                                          \
    X(iLLi, "iIIi>i", (cap_host *, I, L, L, I), (h, i(0), l(1), l(2), i(3)))                                          \
    X(iiiii, "iiiii>i", (cap_host *, I, I, I, I, I), (h, i(0), i(1), i(2), i(3), i(4)))                               \
    X(iiiLi, "iiiIi>i", (cap_host *, I, I, I, L, I), (h, i(0), i(1), i(2), l(3), i(4)))                               \
    X(iiiiii, "iiiiii>i", (cap_host *, I, I, I, I, I, I), (h, i(0), i(1), i(2), i(3), i(4), i(5)))                    \
    X(iiiiiii, "iiiiiii>i", (cap_host *, I, I, I, I, I, I, I), (h, i(0), i(1), i(2), i(3), i(4), i(5), i(6)))         \
    X(times, "iiiiIIi>i", (cap_host *, I, I, I, I, L, L, I), (h, i(0), i(1), i(2), i(3), l(4), l(5), i(6)))           \
    X(open, "iiiiiIIii>i", (cap_host *, I, I, I, I, I, L, L, I, I),                                                   \
      (h, i(0), i(1), i(2), i(3), i(4), l(5), l(6), i(7), i(8)))

#define DEFINE(name, signature, types, arguments)                                                                    \
    static uint32_t call_##name(void (*f)(void), cap_host *h, const wasmtime_val_raw_t *v) {                           \
        (void)v;                                                                                                       \
        return ((uint32_t(*) types)f)arguments;                                                                        \
    }
SHAPES(DEFINE)

static const struct {
    const char *signature;
    cap_jit_shape *call;
} shapes[] = {
#define ENTRY(name, signature, types, arguments) {signature, call_##name},
    SHAPES(ENTRY)
};

cap_jit_shape *cap_jit_shape_find(const char *signature) {
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++)
        if (strcmp(shapes[n].signature, signature) == 0) return shapes[n].call;
    return NULL;
}

static char letter(const cap_jit_library *library, const wasm_valtype_t *type) {
    switch (library->wasm_valtype_kind(type)) {
    case WASM_I32: return 'i';
    case WASM_I64: return 'I';
    case WASM_F32: return 'f';
    case WASM_F64: return 'F';
    default: return '?';
    }
}

void cap_jit_signature(const cap_jit_library *library, const wasm_functype_t *type, char ret_text[CAP_JIT_SIGNATURE_MAX]) {
    const wasm_valtype_vec_t *lists[] = {library->wasm_functype_params(type), library->wasm_functype_results(type)};
    size_t length = 0;
    for (size_t n = 0; n < 2; n++) {
        for (size_t k = 0; k < lists[n]->size && length + 3 < CAP_JIT_SIGNATURE_MAX; k++)
            ret_text[length++] = letter(library, lists[n]->data[k]);
        if (n == 0) ret_text[length++] = '>';
    }
    ret_text[length] = '\0';
}
