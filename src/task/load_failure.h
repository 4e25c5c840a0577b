/* What a guest reported as LOAD_FAILURE, for people. */
#ifndef CAP_TASK_LOAD_FAILURE_H
#define CAP_TASK_LOAD_FAILURE_H

#include <stdbool.h>

#include "base/error.h"

/* "FILE:LINE:COLUMN: Type: message" as CAPSULE_BUILD; the guest's traceback becomes the detail. name: the file when the
 * report names none. denied: the import asked for what an import does not have. Answers -1. */
int cap_load_failure(const char *report, const char *name, bool denied, capsule_error **error);

#endif
