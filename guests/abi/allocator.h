/* What a guest asks of its allocator beyond malloc. */
#ifndef CAPSULE_ALLOCATOR_H
#define CAPSULE_ALLOCATOR_H

#include <stddef.h>

/* Takes small free blocks out of use, `most` bytes of them: they are given to nobody. What is allocated afterwards then
 * lies together, and not in gaps all over the heap. Called when memory is about to become an image, because a page that
 * a run writes to has to be copied. */
void cap_heap_seal(size_t most);

#endif
