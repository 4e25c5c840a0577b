/* From TASKS, as the deny-all import reported it, to tasks with effective policies, and back to a description. */
#ifndef CAP_TASK_TASKS_H
#define CAP_TASK_TASKS_H

#include "task/program.h"

/* Fills tasks and default_task of a program out of its tasks_json. CAPSULE_BUILD for what the program did wrong (two tasks
 * of one name, too many), CAPSULE_CONFIG for options that cannot be accepted. */
int cap_tasks_read(capsule_program *program, capsule_error **error);
/* Fills the description (capsule_program_describe). */
int cap_tasks_describe(capsule_program *program, capsule_error **error);

#endif
