/* From the host's error numbers to preview 1's. */
#ifndef CAP_WASI_ERRNO_MAP_H
#define CAP_WASI_ERRNO_MAP_H

#include <stdint.h>

/* Preview 1 errno for the host's `number` (as in <errno.h>); EIO for what has no counterpart, so that an unknown
 * failure is never taken for success. EROFS becomes EPERM, like every refusal to write. */
uint32_t cap_wasi_errno(int number);

#endif
