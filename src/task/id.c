#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "task/tree.h"

#define ENTROPY_BYTES 16u /* of an identifier */
#define DRAWN 64u         /* identifiers for which the kernel is asked at once: that costs as much as for one */

static struct {
    pthread_mutex_t lock;
    uint8_t bytes[DRAWN][ENTROPY_BYTES];
    size_t left;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void lock_pool(void) { pthread_mutex_lock(&pool.lock); }
static void unlock_pool(void) { pthread_mutex_unlock(&pool.lock); }

/* In a child of fork: or it would give out the identifiers that its parent does. */
static void empty_pool(void) {
    pool.left = 0;
    unlock_pool();
}

static void watch_forks(void) { pthread_atfork(lock_pool, unlock_pool, empty_pool); }

/* False: there is no entropy. */
static bool draw(uint8_t entropy[ENTROPY_BYTES]) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    lock_pool();
    if (!pool.left && getrandom(pool.bytes, sizeof pool.bytes, GRND_NONBLOCK) == (ssize_t)sizeof pool.bytes) pool.left = DRAWN;
    bool drawn = pool.left > 0;
    if (drawn) memcpy(entropy, pool.bytes[--pool.left], ENTROPY_BYTES);
    unlock_pool();
    return drawn;
}

static void write_id(uint64_t ms, const uint8_t entropy[ENTROPY_BYTES], char id[CAP_ID_BYTES]) {
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int i = 9; i >= 0; i--, ms >>= 5) id[i] = digits[ms & 31];
    for (int i = 0; i < 16; i++) id[10 + i] = digits[entropy[i] & 31];
    id[26] = 0;
}

void cap_id_make(char id[CAP_ID_BYTES]) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint8_t entropy[ENTROPY_BYTES];
    /* Identifiers are names, not secrets: without entropy the clock's nanoseconds must do. */
    if (!draw(entropy)) memcpy(entropy, &now, sizeof now < sizeof entropy ? sizeof now : sizeof entropy);
    write_id((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u, entropy, id);
}

void cap_id_derive(uint64_t seed, uint64_t ms, char id[CAP_ID_BYTES]) {
    uint64_t words[2] = {cap_wasi_seed_derive(seed, UINT64_MAX), cap_wasi_seed_derive(seed, UINT64_MAX - 1)};
    uint8_t entropy[ENTROPY_BYTES];
    for (int i = 0; i < 16; i++) entropy[i] = (uint8_t)(words[i / 8] >> i % 8 * 8);
    write_id(ms, entropy, id);
}
