#include "base/cpu.h"

#include <string.h>

#if defined(__x86_64__)
#include <sys/platform/x86.h>

/* The C library's table, filled once when the process starts: asking the CPU again, as the compiler's functions do before
 * main, ends in the hypervisor for every leaf. */
#define HAS(feature) CPU_FEATURE_ACTIVE(feature)

bool cap_cpu_has_level(const char *level) {
    bool second = HAS(SSE4_2) && HAS(SSSE3) && HAS(POPCNT) && HAS(CMPXCHG16B);
    bool third = second && HAS(AVX2) && HAS(BMI1) && HAS(BMI2) && HAS(FMA) && HAS(F16C) && HAS(LZCNT) && HAS(MOVBE);
    if (strcmp(level, "x86-64-v4") == 0)
        return third && HAS(AVX512F) && HAS(AVX512BW) && HAS(AVX512CD) && HAS(AVX512DQ) && HAS(AVX512VL);
    if (strcmp(level, "x86-64-v3") == 0) return third;
    if (strcmp(level, "x86-64-v2") == 0) return second;
    return true;
}
#else
bool cap_cpu_has_level(const char *level) { return strncmp(level, "x86", 3) != 0; }
#endif
