#include "task/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

void cap_tree_init(cap_tree *tree, capsule_program *program) {
    tree->program = cap_program_reference(program);
    tree->width = program->runtime->jobs;
    tree->busy = 1; /* main */
    tree->turn_fd = -1;
    tree->held_limit = CAP_SUBTASK_BYTES_MAX;
    pthread_mutex_init(&tree->output_lock, NULL);
    pthread_mutex_init(&tree->lock, NULL);
    pthread_cond_init(&tree->finished, NULL);
}

const char *cap_tree_file(const cap_tree *tree) { return (tree->shown ? tree->shown : tree->program)->name; }

void cap_tree_clear(cap_tree *tree) {
    cap_record_free_rows(tree);
    for (size_t i = 0; i < tree->mount_count; i++) cap_grant_clear(&tree->mounts[i]);
    free(tree->mounts);
    cap_callbacks_clear(tree);
    pthread_cond_destroy(&tree->finished);
    pthread_mutex_destroy(&tree->lock);
    pthread_mutex_destroy(&tree->output_lock);
    capsule_program_free(tree->program);
    capsule_program_free(tree->shown);
}

static void ring(int fd) {
    uint64_t one = 1;
    ssize_t ignored = fd < 0 ? 0 : write(fd, &one, sizeof one); /* EAGAIN: it is readable already */
    (void)ignored;
}

/* Under tree->lock. */
static void stop_node(cap_node *node, cap_stop reason) {
    if (node->slot) cap_slot_stop(node->slot, reason, 0);
    ring(node->stop_fd);
}

/* Why the node has to end, if it has to. Under tree->lock. */
static cap_stop pending_stop(const cap_node *node) {
    if (node->tree->cancelled) return node->tree->stop;
    return node->cancelled ? node->stop : CAP_STOP_NONE;
}

void cap_tree_stop(cap_tree *tree, cap_stop reason) {
    pthread_mutex_lock(&tree->lock);
    if (!tree->cancelled) tree->stop = reason;
    __atomic_store_n(&tree->cancelled, true, __ATOMIC_SEQ_CST);
    for (cap_node *node = tree->active; node; node = node->next_active) stop_node(node, tree->stop);
    pthread_cond_broadcast(&tree->finished);
    pthread_mutex_unlock(&tree->lock);
    cap_tokens_wake(&tree->program->runtime->tokens);
}

void cap_node_enter(cap_node *node) {
    cap_tree *tree = node->tree;
    int stop_fd = tree->event ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1; /* output comes with a slot, which has one */
    pthread_mutex_lock(&tree->lock);
    node->stop_fd = stop_fd;
    node->next_active = tree->active;
    tree->active = node;
    if (pending_stop(node) != CAP_STOP_NONE) ring(stop_fd);
    pthread_mutex_unlock(&tree->lock);
}

void cap_node_leave(cap_node *node) {
    cap_tree *tree = node->tree;
    pthread_mutex_lock(&tree->lock);
    for (cap_node **link = &tree->active; *link; link = &(*link)->next_active) {
        if (*link != node) continue;
        *link = node->next_active;
        break;
    }
    if (node->stop_fd >= 0) close(node->stop_fd);
    node->stop_fd = -1;
    pthread_mutex_unlock(&tree->lock);
}

static void set_slot(cap_node *node, cap_slot *slot) {
    pthread_mutex_lock(&node->tree->lock);
    node->slot = slot;
    cap_stop reason = pending_stop(node);
    if (slot && reason != CAP_STOP_NONE) cap_slot_stop(slot, reason, 0);
    pthread_mutex_unlock(&node->tree->lock);
}

void cap_node_activate(cap_node *node, cap_slot *slot) { set_slot(node, slot); }
void cap_node_deactivate(cap_node *node) { set_slot(node, NULL); }

int cap_node_stop_fd(const cap_node *node) { return node->slot ? cap_slot_host(node->slot)->stop_fd : node->stop_fd; }

void cap_node_cancel(cap_node *node) { cap_node_stop(node, CAP_STOP_CANCELLED); }

void cap_node_fail_cancelled(const cap_node *node, cap_verdict *verdict) {
    bool alone = node && !__atomic_load_n(&node->tree->cancelled, __ATOMIC_SEQ_CST);
    cap_verdict_fail(verdict, "cancelled", alone ? "the subtask was cancelled" : "the run was cancelled");
}

void cap_node_stop(cap_node *node, cap_stop reason) {
    cap_tree *tree = node->tree;
    pthread_mutex_lock(&tree->lock);
    if (!node->cancelled) node->stop = reason;
    __atomic_store_n(&node->cancelled, true, __ATOMIC_SEQ_CST);
    stop_node(node, reason);
    pthread_cond_broadcast(&tree->finished);
    pthread_mutex_unlock(&tree->lock);
    cap_tokens_wake(&tree->program->runtime->tokens);
}

uint64_t cap_node_output_limit(const cap_node *node) {
    const uint64_t limit = node->tree->output_limit;
    return node->stream->parent && limit > CAP_BROUGHT_OUTPUT_MAX ? CAP_BROUGHT_OUTPUT_MAX : limit;
}

int cap_tree_output(cap_node *node, int stream, const void *bytes, size_t length) {
    cap_tree *tree = node->tree;
    cap_node *root = node->stream;
    pthread_mutex_lock(&tree->output_lock);
    uint64_t left = tree->output_limit - tree->output_bytes, own = cap_node_output_limit(node) - root->streamed_bytes;
    bool all_exceeded = length > left, exceeded = all_exceeded || length > own;
    if (exceeded) length = (size_t)(left < own ? left : own);
    tree->output_bytes += length;
    root->streamed_bytes += length;
    node->output_bytes += length;
    if (!tree->discard_output || root->parent) {
        cap_capture_add(&node->capture, stream, bytes, length);
        if (root != node) cap_capture_add(&root->capture, stream, bytes, length);
        if (exceeded) node->capture.truncated[stream - 1] = root->capture.truncated[stream - 1] = true;
    }
    pthread_mutex_unlock(&tree->output_lock);
    int status = root->parent ? 0 : cap_callback_output(node, stream, bytes, length);
    if (all_exceeded)
        cap_tree_stop(tree, CAP_STOP_OUTPUT);
    else if (exceeded)
        cap_node_stop(root, CAP_STOP_OUTPUT);
    return status;
}
