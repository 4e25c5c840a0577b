/* An invariant of a fuzz target: what is not so ends the target, with its place. */
#ifndef CAP_FUZZ_MUST_H
#define CAP_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                      \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);  \
            abort();                                                         \
        }                                                                    \
    } while (0)

/* ASan's own habits that cost time and find nothing here. */
const char *__asan_default_options(void);
__attribute__((weak)) const char *__asan_default_options(void) {
    return "malloc_context_size=2:max_malloc_fill_size=0:max_free_fill_size=0";
}

#endif
