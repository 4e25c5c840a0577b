/* Between programs and artifacts: what `build --export` packs, and what `exec` makes of it. */
#ifndef CAP_TASK_UNPACK_H
#define CAP_TASK_UNPACK_H

#include "task/artifact.h"
#include "task/program.h"

/* Makes an artifact's sources usable: Python sources become files below the cache (named by their hash), a bundle is taken
 * over into memory. Sets path and name of the program. */
int cap_unpack_artifact(capsule_program *program, cap_artifact *artifact, capsule_error **error);

#endif
