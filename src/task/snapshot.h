/* What the image cache keeps of a program: the record of its import, the program image, the bundle. */
#ifndef CAP_TASK_SNAPSHOT_H
#define CAP_TASK_SNAPSHOT_H

#include "task/import.h"

/* Restores tasks_json, purity, image, bundle and inputs of a program from the cache. 1: found, 0: not there. */
int cap_snapshot_find(capsule_program *program);
/* Fetches the bundle of a JavaScript program that came from the cache without it. -1: it is gone. */
int cap_snapshot_bundle(capsule_program *program);
/* Publishes an import under the program's key and makes the program use it; without a usable cache the image lives in memory alone.
 * extra: inputs beside those of the import (a bundler's), may be NULL. -1 when a pure program's image cannot be kept at all. */
int cap_snapshot_keep(capsule_program *program, cap_import *import, const cap_images_input *extra,
                      size_t extra_count, capsule_error **error);

#endif
