/* Random bytes of a run: the kernel's, or a sequence that a seed decides. */
#ifndef CAP_WASI_RANDOM_H
#define CAP_WASI_RANDOM_H

#include <stdint.h>

/* The state of xoshiro256**. Nobody takes what it makes for a secret: whoever knows the seed knows it all. */
typedef struct cap_random {
    uint64_t words[4];
} cap_random;

void cap_random_seed(cap_random *random, uint64_t seed);

/* The next `length` bytes. Eight belong together: a request that ends between drops the rest. */
void cap_random_fill(cap_random *random, uint8_t *bytes, uint32_t length);

#endif
