/* BLAKE3, as lower-case hexadecimal text. */
#ifndef CAP_STORE_HASH_H
#define CAP_STORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define CAP_HASH_BYTES 32u
#define CAP_HASH_TEXT 65u /* 64 digits and the NUL */

void cap_hash_to_text(const uint8_t hash[CAP_HASH_BYTES], char ret_text[CAP_HASH_TEXT]);
void cap_hash_bytes(const void *bytes, size_t length, char ret_text[CAP_HASH_TEXT]);

/* Hashes a file from its beginning (the descriptor's offset is not used), at most `maximum` bytes: -1 with errno, EFBIG
 * when it is longer. *ret_bytes (may be NULL): what was hashed. */
int cap_hash_fd(int fd, uint64_t maximum, char ret_text[CAP_HASH_TEXT], uint64_t *ret_bytes);

#endif
