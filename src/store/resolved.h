/* Directories of installed packages: ${cache}/packages/<key>/, key = a hash of what was asked for.
 *
 *   <key>/site/   the packages
 *   <key>/tree    hash of site/, and the boot of the machine during which it was last known to be whole: entries are not
 *                 synced to disk, so the first use after another boot compares the hash
 *
 * Made once, by whoever takes the lock file <key>.lock first, in a temporary directory, and published by rename. They
 * share the cache's size limit with the program images and go when they were not used for the longest time. Where the
 * cache cannot be used, a temporary directory serves instead. */
#ifndef CAP_STORE_RESOLVED_H
#define CAP_STORE_RESOLVED_H

#include <stdint.h>

#include "base/error.h"
#include "store/hash.h"
#include "store/images.h"

#define CAP_RESOLVED_SITE "site"

/* Fills `site`, an empty directory below the path `directory`, which may be used for other things meanwhile: what is in
 * it besides site/ at the end is removed. */
typedef int cap_resolved_make(void *context, const char *directory, int site, capsule_error **error);

typedef struct cap_resolved {
    char *site;               /* absolute path; the caller's to free */
    char *temporary;          /* directory that the caller removes (cap_unpacked_remove) when nothing uses site any more; or NULL */
    char tree[CAP_HASH_TEXT]; /* hash of what is in site */
} cap_resolved;

/* The directory of `key` (64 hexadecimal digits), made when it is not there. timeout_ms: how long another process that
 * makes it just now is waited for; then CAPSULE_BUILD. */
int cap_resolved_open(cap_images *images, const char *key, uint32_t timeout_ms, cap_resolved_make *make, void *context,
                      cap_resolved *ret_resolved, capsule_error **error);

#endif
