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

/* Hashes what lies below a directory: names, kinds, contents and targets of links, in the order of the names; not owners,
 * modes and times. -1 with errno (EFBIG: more than CAP_HASH_TREE_FILES_MAX files or deeper than CAP_HASH_TREE_DEPTH_MAX;
 * EINVAL: something that is neither file nor directory nor link). The outputs but ret_text may be NULL. */
#define CAP_HASH_TREE_FILES_MAX 100000u
#define CAP_HASH_TREE_DEPTH_MAX 32u
int cap_hash_tree(int dir, char ret_text[CAP_HASH_TEXT], uint64_t *ret_files, uint64_t *ret_bytes);

#endif
