#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "task/tree.h"

static void write_id(uint64_t ms, const uint8_t entropy[16], char id[CAP_ID_BYTES]) {
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int i = 9; i >= 0; i--, ms >>= 5) id[i] = digits[ms & 31];
    for (int i = 0; i < 16; i++) id[10 + i] = digits[entropy[i] & 31];
    id[26] = 0;
}

void cap_id_make(char id[CAP_ID_BYTES]) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint8_t entropy[16];
    /* Identifiers are names, not secrets: without entropy the clock's nanoseconds must do. */
    if (getrandom(entropy, sizeof entropy, GRND_NONBLOCK) != (ssize_t)sizeof entropy)
        memcpy(entropy, &now, sizeof now < sizeof entropy ? sizeof now : sizeof entropy);
    write_id((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u, entropy, id);
}

void cap_id_derive(uint64_t seed, uint64_t ms, char id[CAP_ID_BYTES]) {
    uint64_t words[2] = {cap_wasi_seed_derive(seed, UINT64_MAX), cap_wasi_seed_derive(seed, UINT64_MAX - 1)};
    uint8_t entropy[16];
    for (int i = 0; i < 16; i++) entropy[i] = (uint8_t)(words[i / 8] >> i % 8 * 8);
    write_id(ms, entropy, id);
}
