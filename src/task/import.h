/* The deny-all import of a program: it sees its own files and the library and nothing else. It tells the program's tasks
 * and options, frozen from then on, and whether the import was pure, so that its memory can serve as the program image. */
#ifndef CAP_TASK_IMPORT_H
#define CAP_TASK_IMPORT_H

#include "task/sandbox.h"

#define CAP_IMPORT_TIMEOUT_NS (UINT64_C(60) * 1000000000u) /* wall time of one import */
#define CAP_IMPORT_INPUTS_MAX 20000u                       /* look-ups recorded for the cache */

/* An import that went well. */
typedef struct cap_import {
    char *tasks;          /* TASKS as reported, owned */
    char *impure_reason;  /* why it was not pure; NULL: pure */
    cap_slot *slot;       /* holds the memory, for the image; given back by cap_import_clear */
    cap_image image;      /* describes it, clocks too; fd and bytes are not set */
    cap_images_input *inputs; /* everything looked up below the program's directory, found or not; owned */
    size_t input_count;
    bool inputs_complete; /* false: too many to keep; the import cannot be cached */
    capsule_runtime *runtime;
} cap_import;

/* Imports on a guest thread and waits for it. program: guest, name, entry, app_fd and bundle are set; app_dir: host path
 * of what app_fd is, or NULL. Failures of the program are CAPSULE_BUILD with its traceback as detail. */
int cap_import_run(capsule_program *program, const char *app_dir, cap_import *ret_import, capsule_error **error);
void cap_import_clear(cap_import *import);

#endif
