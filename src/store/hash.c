#include "store/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "blake3.h"

enum { CHUNK = 256 * 1024 }; /* bytes read at a time: large enough for the wide code paths, small enough for L2 */

void cap_hash_to_text(const uint8_t hash[CAP_HASH_BYTES], char ret_text[CAP_HASH_TEXT]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < CAP_HASH_BYTES; i++) {
        ret_text[2 * i] = digits[hash[i] >> 4];
        ret_text[2 * i + 1] = digits[hash[i] & 15];
    }
    ret_text[2 * CAP_HASH_BYTES] = 0;
}

static void finish(const blake3_hasher *hasher, char ret_text[CAP_HASH_TEXT]) {
    uint8_t hash[CAP_HASH_BYTES];
    blake3_hasher_finalize(hasher, hash, sizeof hash);
    cap_hash_to_text(hash, ret_text);
}

void cap_hash_bytes(const void *bytes, size_t length, char ret_text[CAP_HASH_TEXT]) {
    blake3_hasher hasher;
    blake3_hasher_init(&hasher);
    blake3_hasher_update(&hasher, bytes, length);
    finish(&hasher, ret_text);
}

int cap_hash_fd(int fd, uint64_t maximum, char ret_text[CAP_HASH_TEXT], uint64_t *ret_bytes) {
    cap_autofree uint8_t *chunk = malloc(CHUNK);
    if (!chunk) return -1;
    blake3_hasher hasher;
    blake3_hasher_init(&hasher);
    uint64_t total = 0;
    for (;;) {
        ssize_t got = pread(fd, chunk, CHUNK, (off_t)total);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        if ((uint64_t)got > maximum - total) {
            errno = EFBIG;
            return -1;
        }
        blake3_hasher_update(&hasher, chunk, (size_t)got);
        total += (uint64_t)got;
    }
    finish(&hasher, ret_text);
    if (ret_bytes) *ret_bytes = total;
    return 0;
}
