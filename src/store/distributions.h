/* The packages in a directory of Python packages, told by its NAME-VERSION.dist-info directories. */
#ifndef CAP_STORE_DISTRIBUTIONS_H
#define CAP_STORE_DISTRIBUTIONS_H

#include <stddef.h>

typedef struct cap_distribution {
    char *directory; /* "attrs-25.1.0.dist-info"; owned, as all of these */
    char *name, *version;
} cap_distribution;

typedef struct cap_distributions {
    cap_distribution *items; /* in the order of their directories' names */
    size_t count, capacity;
} cap_distributions;

/* Lists at most `maximum` of them. -1 only when memory is short; a directory that cannot be read has none. */
int cap_distributions_list(int directory, size_t maximum, cap_distributions *ret_distributions);
void cap_distributions_clear(cap_distributions *distributions);

#endif
