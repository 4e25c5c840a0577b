/* From the host's error numbers to preview 1's. */
#ifndef CAP_WASI_ERRNO_MAP_H
#define CAP_WASI_ERRNO_MAP_H

#include <stdint.h>

/* Preview 1 errno for the host's `number` (as in <errno.h>); EIO for what has no counterpart, so that an unknown
 * failure is never taken for success. EROFS becomes EPERM, and so does what openat2 says of an escape (EXDEV is
 * decided by the caller, which knows whether a link or a path was asked for). */
uint32_t cap_wasi_errno(int number);

#endif
