/* One thing that a cached program was made from, and whether it is still the same. */
#ifndef CAP_STORE_INPUTS_H
#define CAP_STORE_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/hash.h"
#include "store/images.h"

#define CAP_INPUT_YOUNG_NS INT64_C(2000000000) /* a file changed less than this ago is judged by content */
#define CAP_INPUT_NAMES_MAX 100000u            /* names in a directory that counts */

typedef enum cap_input_kind { CAP_INPUT_ABSENT, CAP_INPUT_FILE, CAP_INPUT_DIRECTORY } cap_input_kind;

typedef struct cap_input {
    char *path; /* absolute; owned */
    cap_input_kind kind;
    uint64_t size, inode;       /* size of a file, bytes; 0 for a directory */
    int64_t mtime_ns, ctime_ns; /* since 1970 */
    bool settled;               /* old enough when it was read that an equal stat means equal content */
    char hash[CAP_HASH_TEXT];   /* of the content or listing; "" when absent */
} cap_input;

/* Records what `input` is now. Refused when it changed at or after `since`, or is no longer what the import saw.
 * *budget: bytes of content that may still be read. ret_input->path is a copy. */
int cap_input_record(const cap_images_input *input, int64_t since, uint64_t *budget, cap_input *ret_input,
                     capsule_error **error);

/* Whether the input is still the same. When its stat changed but its content did not, or it has settled meanwhile, the
 * input is brought up to date and *refreshed becomes true. now: ns since 1970. */
bool cap_input_confirm(cap_input *input, int64_t now, bool *refreshed);

/* Now, by the clock that file times are taken from: it may stand still for a few ms. ns since 1970. */
int64_t cap_input_clock(void);

void cap_input_clear(cap_input *input);

#endif
