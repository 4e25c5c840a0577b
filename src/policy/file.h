/* Small configuration files of a project: bounded, regular, read whole. */
#ifndef CAP_POLICY_FILE_H
#define CAP_POLICY_FILE_H

#include <stddef.h>

#include "base/error.h"

/* Descriptor of the project directory, or -1 with CAPSULE_CONFIG. */
int cap_project_open(const char *project_dir, capsule_error **error);

/* Reads a file of the project. 1: *ret_text is its NUL-terminated text, the caller's to free; 0: there is no such file;
 * -1: it is larger than max_bytes, no regular file, unreadable or not UTF-8. */
int cap_project_file_read(int project_fd, const char *name, size_t max_bytes, char **ret_text, size_t *ret_length,
                          capsule_error **error);

#endif
