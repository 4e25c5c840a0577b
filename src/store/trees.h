/* Whole directories. Nothing is ever followed out of them: symbolic links are removed and counted as themselves. */
#ifndef CAP_STORE_TREES_H
#define CAP_STORE_TREES_H

#include <stdint.h>

#define CAP_TREE_DEPTH_MAX 128u /* directories within one another; what lies deeper stays */

/* Removes `name` in `dir` and everything below: 0, or -1 with errno when something stayed. */
int cap_tree_remove(int dir, const char *name);
/* Allocated bytes of `name` in `dir` and of everything below. */
uint64_t cap_tree_allocated(int dir, const char *name);

#endif
