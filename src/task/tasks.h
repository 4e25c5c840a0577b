/* From TASKS, as the deny-all import reported it, to tasks with effective policies, and back to a description. */
#ifndef CAP_TASK_TASKS_H
#define CAP_TASK_TASKS_H

#include "task/program.h"

/* Puts the lines of the user's files in place of a bundle's into TASKS, an owned text, by way of the program's source map.
 * Without one, and for what it does not know, nothing changes. */
void cap_tasks_locate(const capsule_program *program, char **tasks_json);
/* Fills tasks and default_task of a program out of its tasks_json. CAPSULE_BUILD for what the program did wrong (two tasks
 * of one name, too many), CAPSULE_CONFIG for options that cannot be accepted. */
int cap_tasks_read(capsule_program *program, capsule_error **error);
/* Fills the description (capsule_program_describe). */
int cap_tasks_describe(capsule_program *program, capsule_error **error);

#endif
