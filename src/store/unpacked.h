/* Directories made out of an artifact's files: ${cache}/artifacts/<key>/, key = a hash of the artifact. They are made once,
 * compared with the artifact at every use (the files are in memory anyway), share the cache's size limit with the program
 * images, and go when they were not used for the longest time. Where the cache cannot be used, a temporary directory
 * serves instead. */
#ifndef CAP_STORE_UNPACKED_H
#define CAP_STORE_UNPACKED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "store/images.h"

typedef struct cap_unpacked_file {
    const char *path; /* relative and normal, '/' between names: the caller has checked it */
    const void *data;
    size_t length;
} cap_unpacked_file;

/* Path of a directory that holds exactly these contents at these paths; the caller frees it. key: 64 hexadecimal digits.
 * *ret_temporary: the caller removes it with cap_unpacked_remove when nothing uses it any more. */
int cap_unpacked_open(cap_images *images, const char *key, const cap_unpacked_file *files, size_t count, char **ret_path,
                      bool *ret_temporary, capsule_error **error);
void cap_unpacked_remove(const char *path);

#endif
