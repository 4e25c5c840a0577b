/* The kernel's side of containment: openat2, and what to do without it. */
#ifndef CAP_WASI_KERNEL_H
#define CAP_WASI_KERNEL_H

#include <stdbool.h>

/* True when openat2 works here; asked of the kernel once. */
bool cap_kernel_has_openat2(void);

/* Opens `path` below `directory` for looking only (O_PATH), links not followed anywhere: O_DIRECTORY when `directories`.
 * Answers a descriptor or -1 with errno (ELOOP: a link on the way; EXDEV: another file system). Without openat2
 * `path` must be a single name. */
int cap_kernel_open_below(int directory, const char *path, bool directories);

/* Opens one name for use; `name` has no slash and is not "..". */
int cap_kernel_open_name(int directory, const char *name, int flags, unsigned mode);

#endif
