#include "wasi/random.h"

#include <errno.h>
#include <sys/random.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/state.h"
#include "wasi/wire.h"

enum { RANDOM_STEP = 64 * 1024 }; /* bytes between two looks at the stop flag; a multiple of eight */

/* ---- From a seed ---- */

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio, odd */

/* The output function of SplitMix64: every bit of the argument reaches every bit of the answer. */
static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

void cap_random_seed(cap_random *random, uint64_t seed) {
    for (int i = 0; i < 4; i++) random->words[i] = mix(seed += GOLDEN);
}

/* Mixed before and after: seeds that lie near each other, as 1 and 2 do, have no children in common. */
uint64_t cap_wasi_seed_derive(uint64_t seed, uint64_t index) { return mix(mix(seed + GOLDEN) ^ mix(~index)); }

static uint64_t next(cap_random *random) {
    uint64_t *s = random->words;
    uint64_t answer = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return answer;
}

void cap_random_fill(cap_random *random, uint8_t *bytes, uint32_t length) {
    for (uint32_t i = 0; i < length;) {
        uint64_t word = next(random);
        for (int left = 8; left && i < length; left--, word >>= 8) bytes[i++] = (uint8_t)word;
    }
}

/* ---- From the kernel ---- */

/* Fills one step. The kernel's generator is the only source: a guest that cannot have it does not run on. */
static uint32_t fill_entropy(cap_host *host, uint8_t *bytes, size_t length) {
    while (length) {
        ssize_t got = getrandom(bytes, length, 0);
        if (got < 0 && errno == EINTR) {
            if (cap_host_stopping(host)) return WASI_EINTR;
            continue;
        }
        if (got <= 0) {
            cap_host_stop(host, CAP_STOP_FAULT, 0);
            return WASI_EIO;
        }
        bytes += got;
        length -= (size_t)got;
    }
    return WASI_OK;
}

static uint32_t fill(cap_host *host, uint8_t *bytes, uint32_t length) {
    cap_wasi *wasi = host->wasi;
    if (!wasi->config.random_seeded) return fill_entropy(host, bytes, length);
    cap_random_fill(&wasi->random, bytes, length);
    return WASI_OK;
}

/* random_get: `length` bytes from the kernel's generator, or from the run's seed. */
uint32_t cap_wasi_random_get(cap_host *host, uint32_t buffer, uint32_t length) {
    cap_wasi_mark(host->wasi, CAP_IMPURE_RANDOM);
    uint8_t *bytes = cap_memory_writable(host->memory, buffer, length, 1);
    if (!bytes) return WASI_EFAULT;
    for (uint32_t done = 0; done < length;) {
        uint32_t step = length - done < RANDOM_STEP ? length - done : RANDOM_STEP;
        uint32_t error = fill(host, bytes + done, step);
        if (error) return error;
        done += step;
        if (done < length && cap_host_stopping(host)) return WASI_EINTR;
    }
    return WASI_OK;
}
