/* The imports of module "capsule" (guests/abi/capsule_abi.h). */
#ifndef CAP_TASK_HOST_FUNCTIONS_H
#define CAP_TASK_HOST_FUNCTIONS_H

#include "engine/host.h"

extern const cap_host_function cap_task_functions[];

#endif
