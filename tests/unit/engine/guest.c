/* A guest for the engine's tests: every way a guest can behave, one export each. */
#include <stdint.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("test"), import_name(#name)))

IMPORT(note) int32_t note(int32_t value);
IMPORT(nap) int32_t nap(int32_t milliseconds);

__attribute__((aligned(64))) uint64_t capsule_meter;
static uint32_t private_value;
static char block[256 * 1024], other[256 * 1024];

static int32_t add_private(int32_t x) { return x + (int32_t)private_value; }
static int32_t note_private(int32_t x) { return note((int32_t)private_value + x); }
static int32_t (*volatile table[])(int32_t) = {add_private, note_private};

EXPORT(set_value) int32_t set_value(int32_t value) {
    private_value = (uint32_t)value;
    return 0;
}
EXPORT(get_value) int32_t get_value(void) { return (int32_t)private_value; }
EXPORT(call_table) int32_t call_table(int32_t index, int32_t argument) { return table[index](argument); }
EXPORT(call_table_many) int32_t call_table_many(int32_t index, int32_t count) {
    int32_t last = 0;
    for (int32_t i = 0; i < count; i++) last = table[index](0);
    return last;
}

EXPORT(spin) int32_t spin(void) {
    for (;;) __asm__ volatile("");
}
EXPORT(count_to) int32_t count_to(int32_t n) {
    volatile int32_t i = 0;
    while (i < n) i++;
    return i;
}
EXPORT(copy_forever) int32_t copy_forever(void) {
    for (;;) {
        memmove(block, other, sizeof block);
        memset(other, block[7], sizeof other);
    }
}
EXPORT(nap_forever) int32_t nap_forever(void) {
    for (;;) nap(1000000);
}
EXPORT(note_forever) int32_t note_forever(void) {
    for (int32_t i = 0;; i++) note(i);
}
EXPORT(grow_forever) int32_t grow_forever(void) {
    for (;;)
        if (__builtin_wasm_memory_grow(0, 1) == (size_t)-1) note(-1);
}
EXPORT(grow) int32_t grow(int32_t pages) { return (int32_t)__builtin_wasm_memory_grow(0, (size_t)pages); }
EXPORT(peek) int32_t peek(int32_t address) { return *(volatile int32_t *)(uintptr_t)address; }
EXPORT(poke) int32_t poke(int32_t address, int32_t value) {
    *(volatile int32_t *)(uintptr_t)address = value;
    return 0;
}
EXPORT(fill) int32_t fill(int32_t address, int32_t length) {
    __builtin_memset((void *)(uintptr_t)address, 0x5a, (size_t)length);
    return 0;
}
EXPORT(divide) int32_t divide(int32_t a, int32_t b) { return a / b; }
EXPORT(to_int) int32_t to_int(int32_t exponent) {
    double x = 1;
    for (int32_t i = 0; i < exponent; i++) x *= 2;
    return (int32_t)__builtin_wasm_trunc_s_i32_f64(x);
}
EXPORT(unreachable) int32_t unreachable(void) { __builtin_trap(); }

/* Uses the native stack and not the shadow stack; of a shape that no compiler turns into a loop. */
EXPORT(recurse) int32_t recurse(int32_t depth, int32_t x) {
    if (depth == 0) return x;
    int32_t y = recurse(depth - 1, x * 3 + depth);
    return (y * 5) ^ (x + depth);
}
/* The same with a host call at the bottom. */
EXPORT(recurse_note) int32_t recurse_note(int32_t depth, int32_t x) {
    if (depth == 0) return note(x);
    int32_t y = recurse_note(depth - 1, x * 3 + depth);
    return (y * 5) ^ (x + depth);
}
EXPORT(wrong_type) int32_t wrong_type(void) {
    int64_t (*function)(int64_t, int64_t) = (int64_t(*)(int64_t, int64_t))(uintptr_t)table[0];
    return (int32_t)function(1, 2);
}
EXPORT(null_call) int32_t null_call(void) {
    int32_t (*volatile function)(int32_t) = 0;
    return function(1);
}

/* ---- NaNs: what makes them, and every way to see their bits ---- */

/* Results of arithmetic that are NaN: from numbers, from one NaN, from two in either order. */
static volatile uint64_t operands[][2] = {
    {0x7ff0000000000000, 0xfff0000000000000}, /* infinity + -infinity */
    {0x7ff8000000000123, 0x3ff0000000000000},
    {0x3ff0000000000000, 0xfff8000000000456},
    {0x7ff8000000000123, 0xfff8000000000456},
    {0xfff8000000000456, 0x7ff8000000000123},
};
static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static double operand(int32_t which, int32_t side) {
    uint64_t bits = operands[which][side];
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
static volatile double cell;
static volatile int32_t one = 1;
__attribute__((noinline)) static double added(double a, double b) { return a + b; }
__attribute__((noinline)) static uint64_t stored(double x) {
    cell = x;
    return *(volatile uint64_t *)&cell;
}

static uint64_t nan_seen(int32_t how, int32_t which) {
    double a = operand(which, 0), b = operand(which, 1), kept, sum;
    switch (how) {
    case 0: cell = a + b; return *(volatile uint64_t *)&cell;
    case 1: return bits_of(a + b);
    case 2: return stored(added(a, b));
    case 3: return stored(a + b);
    case 4: return bits_of(__builtin_copysign(1.0, a + b));
    case 5: return bits_of(-(a + b));
    case 6: return bits_of(__builtin_fabs(a + b));
    case 7: return bits_of(one ? a + b : a);
    case 8: return bits_of((a + b) * 3.0 - a / b);
    case 9: /* a local that holds nothing but results, over a loop */
        sum = 0;
        for (int32_t i = 0; i < 3 * one; i++) sum = (sum + a) * b + b + a;
        if (sum == 1.0) return 0;
        return bits_of(sum);
    case 10: /* one that may hold a loaded value too */
        kept = a;
        if (one) kept = a + b, note(1);
        cell = kept;
        return *(volatile uint64_t *)&cell;
    case 11: return bits_of(__builtin_floor(a + b));
    case 12: return bits_of(__builtin_sqrt(a + b));
    case 13: return bits_of((double)(float)(a + b));
    default: return 0;
    }
}
EXPORT(nan_high) int32_t nan_high(int32_t how, int32_t which) { return (int32_t)(nan_seen(how, which) >> 32); }
EXPORT(nan_low) int32_t nan_low(int32_t how, int32_t which) { return (int32_t)nan_seen(how, which); }
/* A NaN that is only passed on, in a variable that could hold a result. */
EXPORT(nan_copied) int32_t nan_copied(int32_t which, int32_t side) {
    double x = operand(which, side);
    if (one)
        note(2);
    else
        x = x + (double)note(3);
    return (int32_t)stored(x);
}
