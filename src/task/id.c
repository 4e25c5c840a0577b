#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "task/tree.h"

void cap_id_make(char id[CAP_ID_BYTES]) {
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
    uint8_t entropy[16];
    /* Identifiers are names, not secrets: without entropy the clock's nanoseconds must do. */
    if (getrandom(entropy, sizeof entropy, GRND_NONBLOCK) != (ssize_t)sizeof entropy)
        memcpy(entropy, &now, sizeof now < sizeof entropy ? sizeof now : sizeof entropy);
    for (int i = 9; i >= 0; i--, ms >>= 5) id[i] = digits[ms & 31];
    for (int i = 0; i < 16; i++) id[10 + i] = digits[entropy[i] & 31];
    id[26] = 0;
}
