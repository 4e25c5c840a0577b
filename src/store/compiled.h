/* Machine code of WebAssembly modules, kept in the image cache: entries without inputs, named by the module's content. They
 * share the cache's rules about owners and permissions, its limit and its eviction. Because what they hold is executed,
 * their hash is compared whenever they are read, not only by `capsule doctor`. */
#ifndef CAP_STORE_COMPILED_H
#define CAP_STORE_COMPILED_H

#include <stddef.h>

#include "store/hash.h"
#include "store/images.h"

/* Code kept for the module of this content hash, compiled as `build` says; free(). NULL: none, or it is damaged. */
char *cap_compiled_find(cap_images *images, const char module_hash[CAP_HASH_TEXT], const char *build, size_t *ret_length);

/* Keeps it, replacing what was there. file: what `capsule cache ls` shows. 0, or -1 with *error: the caller goes on. */
int cap_compiled_keep(cap_images *images, const char module_hash[CAP_HASH_TEXT], const char *build, const char *file,
                      const void *code, size_t length, capsule_error **error);

#endif
