/* What the C that wasm2c (WABT 1.0.32) writes needs, in our own terms: the bodies it generates include this header instead
 * of its prologue. tools/aot/translate.py is the other half; the two are all that knows the shape of that output.
 *
 * Memory accesses have no bounds check: the base sits in the GS segment (x86-64), an address is a 32-bit index plus a
 * 32-bit offset, and everything outside the memory, up to 8 GiB, is inaccessible; the fault becomes a trap.
 */
#ifndef CAP_ENGINE_AOT_GENERATED_H
#define CAP_ENGINE_AOT_GENERATED_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "module_abi.h"

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef float f32;
typedef double f64;

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define INLINE static inline __attribute__((always_inline, unused))
#define OUTLINE static __attribute__((noinline, unused))

/* ---- Traps, calls ---- */

#define TRAP(kind) (instance->services->trap(instance, CAP_AOT_TRAP_##kind), 0)
#define UNREACHABLE (instance->services->trap(instance, CAP_AOT_TRAP_UNREACHABLE))
#define FUNC_EPILOGUE

/* One table for all sandboxes: type and function only; a call passes its own instance. Entry 0 is null. */
typedef struct {
    u32 type;
    void (*function)(void);
} table_entry;
extern const table_entry guest_table[] __attribute__((visibility("hidden")));
extern const u32 guest_table_size __attribute__((visibility("hidden")));

/* ---- Memory ---- */

#if defined(__x86_64__)
#define GUEST_MEMORY __seg_gs
#define GUEST_ADDRESS(type, address) ((type GUEST_MEMORY *)(uintptr_t)(address))
/* One instruction, and one that the compiler neither drops, moves out of a loop nor merges: every loop touches memory. */
#define METER(n) __asm__ volatile("addq %1, %%gs:%c0" : : "i"(GUEST_METER), "i"(n) : "cc")
#else
#define GUEST_ADDRESS(type, address) ((type *)(instance->memory + (address)))
#define METER(n) (*(volatile u64 *)(instance->memory + GUEST_METER) += (n))
#endif

#define DEFINE_LOAD(name, stored, middle, result)                          \
    typedef stored __attribute__((aligned(1), may_alias)) name##_cell;     \
    INLINE result name(cap_aot_instance *instance, u64 address) {          \
        (void)instance;                                                    \
        return (result)(middle)*GUEST_ADDRESS(const name##_cell, address); \
    }
#define DEFINE_STORE(name, stored, given)                                        \
    typedef stored __attribute__((aligned(1), may_alias)) name##_cell;           \
    INLINE void name(cap_aot_instance *instance, u64 address, given value) {     \
        (void)instance;                                                          \
        *GUEST_ADDRESS(name##_cell, address) = (stored)value;                    \
    }

DEFINE_LOAD(i32_load, u32, u32, u32)
DEFINE_LOAD(i64_load, u64, u64, u64)
DEFINE_LOAD(f32_load, f32, f32, f32)
DEFINE_LOAD(f64_load, f64, f64, f64)
DEFINE_LOAD(i32_load8_s, s8, s32, u32)
DEFINE_LOAD(i64_load8_s, s8, s64, u64)
DEFINE_LOAD(i32_load8_u, u8, u32, u32)
DEFINE_LOAD(i64_load8_u, u8, u64, u64)
DEFINE_LOAD(i32_load16_s, s16, s32, u32)
DEFINE_LOAD(i64_load16_s, s16, s64, u64)
DEFINE_LOAD(i32_load16_u, u16, u32, u32)
DEFINE_LOAD(i64_load16_u, u16, u64, u64)
DEFINE_LOAD(i64_load32_s, s32, s64, u64)
DEFINE_LOAD(i64_load32_u, u32, u64, u64)
DEFINE_STORE(i32_store, u32, u32)
DEFINE_STORE(i64_store, u64, u64)
DEFINE_STORE(f32_store, f32, f32)
DEFINE_STORE(f64_store, f64, f64)
DEFINE_STORE(i32_store8, u8, u32)
DEFINE_STORE(i32_store16, u16, u32)
DEFINE_STORE(i64_store8, u8, u64)
DEFINE_STORE(i64_store16, u16, u64)
DEFINE_STORE(i64_store32, u32, u64)

#define CHECK_RANGE(start, length) \
    if (UNLIKELY((u64)(start) + (length) > (u64)instance->pages * 65536u)) TRAP(MEMORY)

/* Bulk operations go in pieces, so that a revocation never waits for a long copy. */
#define PIECE 65536u

OUTLINE void memory_fill(cap_aot_instance *instance, u32 start, u32 value, u32 length) {
    CHECK_RANGE(start, length);
    u8 *at = instance->memory + start;
    for (; length > PIECE; at += PIECE, length -= PIECE) memset(at, (int)value, PIECE);
    memset(at, (int)value, length);
}

OUTLINE void memory_copy(cap_aot_instance *instance, u32 target, u32 source, u32 length) {
    CHECK_RANGE(target, length);
    CHECK_RANGE(source, length);
    u8 *to = instance->memory + target;
    const u8 *from = instance->memory + source;
    if (to <= from) {
        for (; length > PIECE; to += PIECE, from += PIECE, length -= PIECE) memmove(to, from, PIECE);
        memmove(to, from, length);
    } else {
        while (length > PIECE) {
            length -= PIECE;
            memmove(to + length, from + length, PIECE);
        }
        memmove(to, from, length);
    }
}

/* ---- The border to the host ---- */

/* Before a host function: from here on the memory is not revoked under its feet. A guest that was revoked, or has no
 * native stack left for the host, ends here. */
INLINE void leave_guest(cap_aot_instance *instance) {
    u32 mode = __atomic_exchange_n(&instance->mode, CAP_AOT_HOST, __ATOMIC_SEQ_CST);
    if (UNLIKELY(mode == CAP_AOT_REVOKED)) TRAP(STOPPED);
    if (UNLIKELY((char *)__builtin_frame_address(0) < instance->stack_low)) TRAP(STACK);
    if (GUEST_METER && UNLIKELY(*GUEST_ADDRESS(const volatile u64, GUEST_METER) > instance->compute_limit)) TRAP(COMPUTE);
}

/* After it: a stop that came meanwhile did not revoke, so it is noticed here. Mode first, question second: the asker
 * does it the other way round, and one of the two sees the other. */
INLINE void enter_guest(cap_aot_instance *instance) {
    __atomic_store_n(&instance->mode, CAP_AOT_GUEST, __ATOMIC_SEQ_CST);
    if (UNLIKELY(__atomic_load_n(&instance->stopping, __ATOMIC_SEQ_CST))) TRAP(STOPPED);
}

OUTLINE u32 memory_grow(cap_aot_instance *instance, u32 pages) {
    leave_guest(instance);
    u32 before = instance->services->grow(instance, pages);
    enter_guest(instance);
    return before;
}

/* ---- Arithmetic that C leaves undefined ---- */

#define I32_CLZ(x) ((x) ? (u32)__builtin_clz(x) : 32u)
#define I64_CLZ(x) ((x) ? (u64)__builtin_clzll(x) : 64u)
#define I32_CTZ(x) ((x) ? (u32)__builtin_ctz(x) : 32u)
#define I64_CTZ(x) ((x) ? (u64)__builtin_ctzll(x) : 64u)
#define I32_POPCNT(x) ((u32)__builtin_popcount(x))
#define I64_POPCNT(x) ((u64)__builtin_popcountll(x))

#define ROTATE(x, left, right, mask) (((x) << ((left) & (mask))) | ((x) >> ((right) & (mask))))
#define I32_ROTL(x, n) ROTATE((u32)(x), (n), -(u32)(n), 31)
#define I32_ROTR(x, n) ROTATE((u32)(x), -(u32)(n), (n), 31)
#define I64_ROTL(x, n) ROTATE((u64)(x), (n), -(u64)(n), 63)
#define I64_ROTR(x, n) ROTATE((u64)(x), -(u64)(n), (n), 63)

#define DIVIDE_SIGNED(u, s, least, x, y)                          \
    (UNLIKELY((y) == 0)                        ? (u)TRAP(DIVISION) \
     : UNLIKELY((s)(x) == least && (s)(y) == -1) ? (u)TRAP(OVERFLOW) \
                                               : (u)((s)(x) / (s)(y)))
#define REMAINDER_SIGNED(u, s, x, y)                  \
    (UNLIKELY((y) == 0)       ? (u)TRAP(DIVISION)     \
     : UNLIKELY((s)(y) == -1) ? (u)0                  \
                              : (u)((s)(x) % (s)(y)))
#define I32_DIV_S(x, y) DIVIDE_SIGNED(u32, s32, INT32_MIN, x, y)
#define I64_DIV_S(x, y) DIVIDE_SIGNED(u64, s64, INT64_MIN, x, y)
#define I32_REM_S(x, y) REMAINDER_SIGNED(u32, s32, x, y)
#define I64_REM_S(x, y) REMAINDER_SIGNED(u64, s64, x, y)
#define DIV_U(x, y) (UNLIKELY((y) == 0) ? (u32)TRAP(DIVISION) : (x) / (y))
#define REM_U(x, y) (UNLIKELY((y) == 0) ? (u32)TRAP(DIVISION) : (x) % (y))

/* ---- Floating point ---- */

#define DEFINE_REINTERPRET(name, from, to)    \
    INLINE to name(from value) {              \
        to result;                            \
        memcpy(&result, &value, sizeof result); \
        return result;                        \
    }
DEFINE_REINTERPRET(f32_reinterpret_i32, u32, f32)
DEFINE_REINTERPRET(i32_reinterpret_f32, f32, u32)
DEFINE_REINTERPRET(f64_reinterpret_i64, u64, f64)
DEFINE_REINTERPRET(i64_reinterpret_f64, f64, u64)

/* Open interval of the values that can be converted; the bounds are exact in the source type. */
#define TRUNCATE(x, low, low_op, high, u, s)                  \
    (UNLIKELY((x) != (x))             ? (u)TRAP(CONVERSION)   \
     : UNLIKELY(!((x)low_op(low) && (x) < (high))) ? (u)TRAP(OVERFLOW) \
                                      : (u)(s)(x))
#define I32_TRUNC_S_F32(x) TRUNCATE(x, -2147483648.f, >=, 2147483648.f, u32, s32)
#define I32_TRUNC_S_F64(x) TRUNCATE(x, -2147483649., >, 2147483648., u32, s32)
#define I64_TRUNC_S_F32(x) TRUNCATE(x, -9223372036854775808.f, >=, 9223372036854775808.f, u64, s64)
#define I64_TRUNC_S_F64(x) TRUNCATE(x, -9223372036854775808., >=, 9223372036854775808., u64, s64)
#define I32_TRUNC_U_F32(x) TRUNCATE(x, -1.f, >, 4294967296.f, u32, u32)
#define I32_TRUNC_U_F64(x) TRUNCATE(x, -1., >, 4294967296., u32, u32)
#define I64_TRUNC_U_F32(x) TRUNCATE(x, -1.f, >, 18446744073709551616.f, u64, u64)
#define I64_TRUNC_U_F64(x) TRUNCATE(x, -1., >, 18446744073709551616., u64, u64)

#define SATURATE(x, low, low_op, high, u, s, least, most) \
    (UNLIKELY((x) != (x))          ? (u)0                 \
     : UNLIKELY(!((x)low_op(low))) ? (u)(least)           \
     : UNLIKELY(!((x) < (high)))   ? (u)(most)            \
                                   : (u)(s)(x))
#define I32_TRUNC_SAT_S_F32(x) SATURATE(x, -2147483648.f, >=, 2147483648.f, u32, s32, INT32_MIN, INT32_MAX)
#define I32_TRUNC_SAT_S_F64(x) SATURATE(x, -2147483649., >, 2147483648., u32, s32, INT32_MIN, INT32_MAX)
#define I64_TRUNC_SAT_S_F32(x) \
    SATURATE(x, -9223372036854775808.f, >=, 9223372036854775808.f, u64, s64, INT64_MIN, INT64_MAX)
#define I64_TRUNC_SAT_S_F64(x) \
    SATURATE(x, -9223372036854775808., >=, 9223372036854775808., u64, s64, INT64_MIN, INT64_MAX)
#define I32_TRUNC_SAT_U_F32(x) SATURATE(x, -1.f, >, 4294967296.f, u32, u32, 0, UINT32_MAX)
#define I32_TRUNC_SAT_U_F64(x) SATURATE(x, -1., >, 4294967296., u32, u32, 0, UINT32_MAX)
#define I64_TRUNC_SAT_U_F32(x) SATURATE(x, -1.f, >, 18446744073709551616.f, u64, u64, 0, UINT64_MAX)
#define I64_TRUNC_SAT_U_F64(x) SATURATE(x, -1., >, 18446744073709551616., u64, u64, 0, UINT64_MAX)

/* NaNs are canonical: arithmetic that makes one, of numbers or of NaNs, makes this one as far as anybody can see. Which NaN
 * the processor makes is not the same everywhere: an invalid operation answers a negative one, a folded constant a positive
 * one, and of two operands that are NaN the first goes on, which a compiler may swap. tools/aot/floats.py calls these where
 * bits can be seen. A branch that is never taken costs next to nothing, and nothing waits for it. */
#define CANONICAL_F64 f64_reinterpret_i64(UINT64_C(0x7ff8000000000000))
#define CANONICAL_F32 f32_reinterpret_i32(UINT32_C(0x7fc00000))
INLINE f64 f64_canonical(f64 x) { return LIKELY(x == x) ? x : CANONICAL_F64; }
INLINE f32 f32_canonical(f32 x) { return LIKELY(x == x) ? x : CANONICAL_F32; }

/* Either operand NaN: NaN. Zeros are told apart by their sign. */
#define SMALLER(x, y, nan) ((x) != (x) || (y) != (y) ? (nan) : (x) == (y) ? (signbit(x) ? (x) : (y)) : (x) < (y) ? (x) : (y))
#define LARGER(x, y, nan) ((x) != (x) || (y) != (y) ? (nan) : (x) == (y) ? (signbit(x) ? (y) : (x)) : (x) > (y) ? (x) : (y))
#define CANONICAL_OF(x) _Generic((x), f32: CANONICAL_F32, f64: CANONICAL_F64)
#define FMIN(x, y) SMALLER(x, y, CANONICAL_OF(x))
#define FMAX(x, y) LARGER(x, y, CANONICAL_OF(x))

/* The library's functions quiet a signalling NaN or leave it; adding a NaN to itself makes the two agree. */
#define DEFINE_ROUNDING(name, type, function) \
    INLINE type name(type x) { return x != x ? x + x : function(x); }
DEFINE_ROUNDING(wasm_floor, f64, floor)
DEFINE_ROUNDING(wasm_floorf, f32, floorf)
DEFINE_ROUNDING(wasm_ceil, f64, ceil)
DEFINE_ROUNDING(wasm_ceilf, f32, ceilf)
DEFINE_ROUNDING(wasm_trunc, f64, trunc)
DEFINE_ROUNDING(wasm_truncf, f32, truncf)
DEFINE_ROUNDING(wasm_nearbyint, f64, nearbyint)
DEFINE_ROUNDING(wasm_nearbyintf, f32, nearbyintf)
INLINE f64 wasm_sqrt(f64 x) { return f64_canonical(sqrt(x)); }
INLINE f32 wasm_sqrtf(f32 x) { return f32_canonical(sqrtf(x)); }
DEFINE_ROUNDING(wasm_quiet, f64, )
DEFINE_ROUNDING(wasm_quietf, f32, )
/* Sign only, the payload stays: bitwise. */
INLINE f64 wasm_fabs(f64 x) { return f64_reinterpret_i64(i64_reinterpret_f64(x) & INT64_MAX); }
INLINE f32 wasm_fabsf(f32 x) { return f32_reinterpret_i32(i32_reinterpret_f32(x) & INT32_MAX); }

#endif
