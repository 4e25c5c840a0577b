/* What no task may write, rename, replace or remove through a mount, by identity: the files the program was imported from,
 * .env files and capsule.toml of the project, what its packages were read from, and the directories and links that lead to them inside the project (else
 * something else could be put in their place).
 *
 * A name in a mount is one way to such a file; a hard link, or a grant of the directory where a link leads, is another.
 * The list is made anew for each attempt that may write, because an editor that saves a file gives it a new identity. */
#ifndef CAP_TASK_PROTECT_H
#define CAP_TASK_PROTECT_H

#include "task/import.h"

/* Keeps the paths of the inputs that were found. Of more than one call the last counts. -1: out of memory. */
int cap_protect_sources(capsule_program *program, const cap_images_input *inputs, size_t count,
                        const cap_images_input *more, size_t more_count);

/* The directory of packages, when it lies inside the project: below it no task changes anything. False: it does not, and
 * no mount leads there. */
bool cap_protect_tree(const capsule_program *program, cap_wasi_inode *ret_tree);

/* The list as of now; *ret_list is the caller's to free. -1: out of memory. */
int cap_protect_list(const capsule_program *program, cap_wasi_inode **ret_list, size_t *ret_count);

#endif
