/* What the programs of this folder share: a loaded program, calls that must succeed, clocks and quantiles. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>

#include <capsule.h>

uint64_t now_ns(void); /* monotonic */

/* Says what failed and why, and ends the process. */
_Noreturn void fail(const char *what, const char *why);

/* Loads a program with a runtime of its own, `jobs` sandboxes at once (0: one per core); ends the process when that fails. */
typedef struct loaded {
    capsule_runtime *runtime;
    capsule_program *program;
} loaded;
loaded load_program(const char *file, uint32_t jobs);
void unload(loaded l);

/* One run; the caller frees the result. Ends the process when the host failed; how the task ended is the caller's to look at. */
capsule_result *execute(capsule_program *program, const capsule_run_options *options);
/* One run that has to succeed. */
void call(capsule_program *program, const capsule_run_options *options);

/* Sorts, and answers the value below which that share of the values lies. */
void sort(uint64_t *values, size_t count);
uint64_t quantile(const uint64_t *sorted, size_t count, double share);

/* Memory of this process in bytes that is its own or its part of what is shared (Pss). */
uint64_t proportional_bytes(void);

#endif
