/* Native stacks for guests: with a wide guard, and an alternate stack for faults beside it, in one mapping.
 *
 *     | guard | native stack | guard page | signal stack |
 */
#ifndef CAP_ENGINE_STACK_H
#define CAP_ENGINE_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Bounds of a native stack. */
typedef struct cap_stack {
    char *guard;  /* lowest address of the guard */
    char *bottom; /* lowest usable address */
    char *top;
} cap_stack;

/* The stack of ours this thread runs on; all NULL: none. */
extern __thread cap_stack cap_stack_current __attribute__((tls_model("initial-exec"), visibility("hidden")));

typedef struct cap_guest_stack {
    cap_stack bounds;
    size_t mapping, signal_bytes;
    const void *user;             /* the thread that was on it last */
    struct cap_guest_stack *next; /* of those that are free */
} cap_guest_stack;

/* Something that is this thread's own as long as it lives, to be compared and never looked at. */
const void *cap_thread_mark(void);

/* -1: nothing is mapped. */
int cap_guest_stack_map(cap_guest_stack *stack, capsule_error **error);
void cap_guest_stack_unmap(cap_guest_stack *stack); /* fine when nothing is mapped */

/* Makes the signal stack the thread's, or none. -1: the thread runs on an alternate stack this very moment. */
int cap_guest_stack_signals(const cap_guest_stack *stack);

/* Runs job(argument) on the stack, on this thread, which goes on afterwards with its own. False: not possible here (no
 * switch for this CPU or build, faults blocked on this thread, or already on a stack of ours); nothing was run. */
bool cap_stack_call(const cap_guest_stack *stack, void (*job)(void *), void *argument);

#endif
