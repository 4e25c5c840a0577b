/* The caller's callbacks. In one run they come one at a time, and none of them keeps a task from ending: it is told by a
 * descriptor when the task it is called for has to end, and whoever waits for its turn waits for that as well.
 *
 * An event never waits for a turn: it is left in a queue that the one who has the turn empties before he gives it back. So
 * a task that is over is over, however long another one's reader stalls. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "task/tree.h"

#define EVENTS_MAX_BYTES (1u << 20) /* of queued events; past it an event waits for its turn as output does */

struct cap_event {
    struct cap_event *next;
    size_t bytes;
    char json[];
};

static __thread int callback_stop_fd = -1;

int capsule_callback_stop_fd(void) { return callback_stop_fd; }

int cap_callback_stop_fd_set(int fd) {
    int before = callback_stop_fd;
    callback_stop_fd = fd;
    return before;
}

int cap_callbacks_init(cap_tree *tree, capsule_error **error) {
    if (!tree->output && !tree->event) return 0;
    tree->turn_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    return tree->turn_fd < 0 ? cap_error_errno(error, CAPSULE_IO, errno, "cannot make a descriptor for callbacks") : 0;
}

void cap_callbacks_clear(cap_tree *tree) {
    if (tree->turn_fd >= 0) close(tree->turn_fd);
    for (struct cap_event *event = tree->events, *next; event; event = next) {
        next = event->next;
        free(event);
    }
}

/* ---- Turns ---- */

static bool try_turn(cap_tree *tree) {
    uint64_t one;
    return read(tree->turn_fd, &one, sizeof one) == (ssize_t)sizeof one;
}

/* -1 when the task has to end before its turn comes. */
static int wait_turn(cap_tree *tree, int stop_fd) {
    struct pollfd waits[] = {{.fd = tree->turn_fd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
    while (!try_turn(tree)) {
        poll(waits, 2, -1);
        if (waits[1].revents) return -1;
    }
    return 0;
}

static struct cap_event *take_event(cap_tree *tree) {
    pthread_mutex_lock(&tree->output_lock);
    struct cap_event *event = tree->events;
    if (event) {
        tree->events = event->next;
        tree->events_bytes -= event->bytes;
        if (!tree->events) tree->last_event = NULL;
    }
    pthread_mutex_unlock(&tree->output_lock);
    return event;
}

/* The caller's code runs on the caller's stack, where it may be on his thread: it knows that one's bounds. */
typedef struct call {
    cap_tree *tree;
    const char *json;
    int stream;
    const void *bytes;
    size_t length;
    int status;
} call;

static void call_event(void *argument) {
    const call *self = argument;
    self->tree->event(self->tree->event_context, self->json);
}

static void call_output(void *argument) {
    call *self = argument;
    self->status = self->tree->output(self->tree->output_context, self->stream, self->bytes, self->length);
}

/* With the turn. */
static void deliver_events(cap_tree *tree) {
    for (struct cap_event *event; (event = take_event(tree)); free(event))
        cap_stack_call_outside(call_event, &(call){.tree = tree, .json = event->json});
}

static bool has_events(cap_tree *tree) {
    pthread_mutex_lock(&tree->output_lock);
    bool any = tree->events != NULL;
    pthread_mutex_unlock(&tree->output_lock);
    return any;
}

/* Ends a turn. An event that came after the last look is delivered by whoever gets the next turn: us, if it is free. */
static void end_turn(cap_tree *tree) {
    uint64_t one = 1;
    do {
        if (tree->event) deliver_events(tree);
        ssize_t ignored = write(tree->turn_fd, &one, sizeof one); /* cannot fail: it is 0 */
        (void)ignored;
    } while (tree->event && has_events(tree) && try_turn(tree));
}

/* ---- Calling ---- */

int cap_callback_output(cap_node *node, int stream, const void *bytes, size_t length) {
    cap_tree *tree = node->tree;
    int stop_fd = cap_node_stop_fd(node), outer = callback_stop_fd;
    if (!tree->output || length == 0) return 0;
    if (wait_turn(tree, stop_fd) < 0) return -1;
    callback_stop_fd = stop_fd;
    call output = {.tree = tree, .stream = stream, .bytes = bytes, .length = length};
    cap_stack_call_outside(call_output, &output);
    end_turn(tree);
    callback_stop_fd = outer;
    return output.status;
}

/* Takes a copy; false when the queue is full or memory short. */
static bool queue_event(cap_tree *tree, const char *json) {
    size_t bytes = strlen(json) + 1;
    struct cap_event *event = malloc(sizeof *event + bytes);
    if (!event) return false;
    event->next = NULL;
    event->bytes = bytes;
    memcpy(event->json, json, bytes);
    pthread_mutex_lock(&tree->output_lock);
    bool fits = !tree->events || tree->events_bytes + bytes <= EVENTS_MAX_BYTES;
    if (fits) {
        *(tree->last_event ? &tree->last_event->next : &tree->events) = event;
        tree->last_event = event;
        tree->events_bytes += bytes;
    }
    pthread_mutex_unlock(&tree->output_lock);
    if (!fits) free(event);
    return fits;
}

void cap_callback_event(cap_node *node, const char *json) {
    cap_tree *tree = node->tree;
    int stop_fd = cap_node_stop_fd(node), outer = callback_stop_fd;
    if (!tree->event) return;
    bool queued = queue_event(tree, json);
    if (queued ? !try_turn(tree) : wait_turn(tree, stop_fd) < 0) return;
    callback_stop_fd = stop_fd;
    if (!queued) {
        deliver_events(tree); /* what came before */
        cap_stack_call_outside(call_event, &(call){.tree = tree, .json = json});
    }
    end_turn(tree);
    callback_stop_fd = outer;
}
