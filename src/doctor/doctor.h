/* `capsule doctor`: is this installation whole, and what does this kernel and CPU give us? */
#ifndef CAP_TASK_DOCTOR_H
#define CAP_TASK_DOCTOR_H

#include <stdbool.h>

#include "base/error.h"
#include "store/images.h"

/* Reports on the guests installed below guests_dir, the image cache and the machine, in the form of capsule_doctor
 * (include/capsule.h). guests_dir NULL: none was found. *ret_json is the caller's to free. Takes some 100 ms: every
 * installed file is hashed. */
int cap_doctor_report(const char *guests_dir, cap_images *images, char **ret_json, bool *ret_healthy,
                      capsule_error **error);

#endif
