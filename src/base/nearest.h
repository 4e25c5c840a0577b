/* "Did you mean ...?" */
#ifndef CAP_BASE_NEAREST_H
#define CAP_BASE_NEAREST_H

#include <stddef.h>

/* The known name within three edits of `name` (`length` bytes), the nearest of them; NULL when there is none. Names are
 * short: longer than 64 bytes never match, so a hostile name costs nothing. */
const char *cap_nearest_name(const char *name, size_t length, const char *const *known, size_t count);

#endif
