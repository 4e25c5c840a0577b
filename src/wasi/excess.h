/* A limit that was met: what was refused, for the verdict of a run. */
#ifndef CAP_WASI_EXCESS_H
#define CAP_WASI_EXCESS_H

#include <stdint.h>

typedef struct cap_excess {
    const char *limit;      /* "write_bytes", "inodes", "tmp", "tmp_inodes"; NULL: none was met. Static. */
    uint64_t used, allowed; /* what it would have been, and what it may be */
} cap_excess;

#endif
