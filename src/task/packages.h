/* The packages of a Python program: found, mounted, described. */
#ifndef CAP_TASK_PACKAGES_H
#define CAP_TASK_PACKAGES_H

#include "base/buffer.h"
#include "task/program.h"

#define CAP_ARTIFACT_PACKAGES ".packages" /* their directory in an artifact: no program can see a name that begins with '.' */
#define CAP_DESCRIBED_PACKAGES_MAX 1000u  /* packages that capsule_program_describe lists */

/* Sets `packages` and `packages_fd`. from_artifact: they are what the artifact carries and nothing is resolved. Once
 * `path` and `origin` of the program are set. */
int cap_program_find_packages(capsule_program *program, const capsule_program_options *options, bool from_artifact,
                              capsule_error **error);
/* Whether they are still where they were: they go when the cache is emptied. From any thread. */
bool cap_program_packages_current(const capsule_program *program);
/* Their mount; packages_fd is not -1. */
cap_wasi_mount cap_program_packages_mount(const capsule_program *program);
/* Adds "packages":[{"name","version"}...]. -1: out of memory. */
int cap_program_describe_packages(const capsule_program *program, cap_buffer *out);

#endif
