/* Numbers of the artifact's encoding that writer and reader share. See task/artifact.h for the layout. */
#ifndef CAP_TASK_ARTIFACT_FORMAT_H
#define CAP_TASK_ARTIFACT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "task/artifact.h"

#define CAP_ARTIFACT_SECTION "capsule"
#define CAP_ARTIFACT_MAGIC "CPSL"
#define CAP_ARTIFACT_VERSION_MAX 64u /* bytes of a version's text */
#define CAP_ARTIFACT_NAME_MAX 4095u

enum {
    CAP_WASM_HEADER = 8,
    CAP_WASM_LEB_MAX = 5,        /* bytes of a 32-bit number in LEB128 */
    CAP_ARTIFACT_OFFSET_HASH = 8,    /* of the hash, in the payload */
    CAP_ARTIFACT_OFFSET_HASHED = 40, /* of the first byte that is hashed */
};

extern const unsigned char cap_wasm_header[CAP_WASM_HEADER];

/* Whether everything in `artifact` is acceptable: the same rules for writer and reader. -1 with `code` and the reason. */
int cap_artifact_check(const cap_artifact *artifact, capsule_code code, capsule_error **error);

#endif
