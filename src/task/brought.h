/* Programs that a task brings itself: source text that it wants to run in a sandbox of its own (capsule.run_file,
 * capsule.run_code). Such a program is imported and called in one attempt, out of the language image, and has no more
 * than its caller passed on (policy/narrow.c). Its own tasks may call each other, each in a sandbox; what they declare
 * counts for nothing. */
#ifndef CAP_TASK_BROUGHT_H
#define CAP_TASK_BROUGHT_H

#include "task/tree.h"

/* Whether the program of the node is one that a task brought. */
bool cap_node_is_brought(const cap_node *node);

/* A node for the request of capsule_program_start; `name` is what to call it when the request is no good, in which case the
 * node's verdict says why. -1: no such JSON (-EINVAL) or no memory, as a negative errno in *ret_errno. */
cap_node *cap_brought_create(cap_node *parent, const char *request, size_t length, int32_t *ret_errno);

/* A node for the task `name` of the parent's own brought program: it has what the parent has. NULL: out of memory. */
cap_node *cap_brought_subtask(cap_node *parent, const char *name, char *request, size_t length);

/* Bytes that its text takes, and the end of it: for a program that nobody runs any more. */
size_t cap_brought_bytes(const capsule_program *program);
void cap_brought_forget(capsule_program *program);

/* TypeScript becomes JavaScript, once; -1 with *error when it cannot. On the node's own thread, before anything runs. */
int cap_brought_translate(cap_node *node, capsule_error **error);

/* The request of capsule_call for a brought program: its text, or the task that it is run for, out of what its import
 * reported (NULL: nothing). -1 with *error when there is none. */
int cap_brought_request(const cap_node *node, const char *tasks_json, cap_buffer *out, capsule_error **error);

#endif
