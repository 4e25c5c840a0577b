/* What a loaded program was made from: the inputs of its import, and the files that settings come from. Tells whether all
 * of it is as it was, for those who keep a program. */
#ifndef CAP_TASK_ORIGIN_H
#define CAP_TASK_ORIGIN_H

#include <stdbool.h>

#include "store/images.h"

typedef struct cap_origin cap_origin;

/* Notes capsule.toml and the .env files of a project as they are now: to be called before they are read, so that a change
 * in between is one that shows. NULL: out of memory. */
cap_origin *cap_origin_create(const char *project_dir);
void cap_origin_free(cap_origin *origin);
/* Notes one more file, before it is read. */
void cap_origin_add(cap_origin *origin, const char *path);
/* Path `index` of the noted files, there or not; NULL past the last. origin NULL: a string, which has none. */
const char *cap_origin_path(const cap_origin *origin, size_t index);
/* Takes over the cache entry the program came from or went to, whose inputs are those of the import. NULL: there is none,
 * and nothing is ever current. */
void cap_origin_keep(cap_origin *origin, cap_images_entry *entry);
/* From any thread. */
bool cap_origin_current(cap_origin *origin);

#endif
