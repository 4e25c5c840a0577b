/* Numbers as people write them, for notes and messages. */
#ifndef CAP_BASE_FORMAT_H
#define CAP_BASE_FORMAT_H

#include <stdint.h>

#define CAP_FORMAT_MAX 48 /* bytes a formatted number may need, NUL included */

/* Each writes into `out` and returns it. UINT64_MAX is "none". */
const char *cap_format_size(uint64_t bytes, char out[CAP_FORMAT_MAX]);    /* "1.5 GB"; exact, else bytes */
const char *cap_format_duration(uint64_t ns, char out[CAP_FORMAT_MAX]);   /* "1h 30m", "1.8s", "500ms" */
const char *cap_format_count(uint64_t count, char out[CAP_FORMAT_MAX]);

#endif
