/* What this machine's CPU can do. */
#ifndef CAP_BASE_CPU_H
#define CAP_BASE_CPU_H

#include <stdbool.h>

/* Whether the CPU and the operating system run code of this level of the x86-64 psABI ("x86-64-v3"). Names of no level, as
 * "", ask for nothing: true. Elsewhere no level of x86-64 is there. */
bool cap_cpu_has_level(const char *level);

#endif
