#include "task/tree.h"

#include <stdlib.h>
#include <string.h>

void cap_tree_init(cap_tree *tree, capsule_program *program) {
    tree->program = cap_program_reference(program);
    tree->width = program->runtime->jobs;
    tree->busy = 1; /* main */
    pthread_mutex_init(&tree->output_lock, NULL);
    pthread_mutex_init(&tree->lock, NULL);
    pthread_cond_init(&tree->finished, NULL);
}

static void free_row(cap_trace_row *row) {
    free((char *)row->id);
    free((char *)row->parent_id);
    free((char *)row->envelope);
}

void cap_tree_clear(cap_tree *tree) {
    for (size_t i = 0; i < tree->row_count; i++) free_row(&tree->rows[i]);
    for (size_t i = 0; i < tree->mount_count; i++) cap_grant_clear(&tree->mounts[i]);
    free(tree->mounts);
    pthread_cond_destroy(&tree->finished);
    pthread_mutex_destroy(&tree->lock);
    pthread_mutex_destroy(&tree->output_lock);
    capsule_program_free(tree->program);
}

void cap_tree_stop(cap_tree *tree, cap_stop reason) {
    pthread_mutex_lock(&tree->lock);
    if (!tree->cancelled) tree->stop = reason;
    __atomic_store_n(&tree->cancelled, true, __ATOMIC_SEQ_CST);
    for (cap_node *node = tree->active; node; node = node->next_active) cap_slot_stop(node->slot, tree->stop, 0);
    pthread_mutex_unlock(&tree->lock);
    cap_tokens_wake(&tree->program->runtime->tokens);
}

void cap_node_activate(cap_node *node, cap_slot *slot) {
    cap_tree *tree = node->tree;
    pthread_mutex_lock(&tree->lock);
    node->slot = slot;
    node->next_active = tree->active;
    tree->active = node;
    node->is_active = true;
    if (tree->cancelled)
        cap_slot_stop(slot, tree->stop, 0);
    else if (node->cancelled)
        cap_slot_stop(slot, CAP_STOP_CANCELLED, 0);
    pthread_mutex_unlock(&tree->lock);
}

void cap_node_deactivate(cap_node *node) {
    cap_tree *tree = node->tree;
    pthread_mutex_lock(&tree->lock);
    for (cap_node **link = &tree->active; *link; link = &(*link)->next_active) {
        if (*link != node) continue;
        *link = node->next_active;
        break;
    }
    node->is_active = false;
    node->slot = NULL;
    pthread_mutex_unlock(&tree->lock);
}

void cap_node_cancel(cap_node *node) {
    cap_tree *tree = node->tree;
    pthread_mutex_lock(&tree->lock);
    __atomic_store_n(&node->cancelled, true, __ATOMIC_SEQ_CST);
    if (node->is_active) cap_slot_stop(node->slot, CAP_STOP_CANCELLED, 0);
    pthread_mutex_unlock(&tree->lock);
    cap_tokens_wake(&tree->program->runtime->tokens);
}

void cap_tree_event(cap_tree *tree, const char *json) {
    if (!tree->event || !json) return;
    pthread_mutex_lock(&tree->output_lock);
    tree->event(tree->event_context, json);
    pthread_mutex_unlock(&tree->output_lock);
}

static void keep(cap_capture *capture, int stream, const void *bytes, size_t length) {
    cap_buffer *buffer = &capture->streams[stream - 1];
    if (buffer->failed || cap_buffer_add(buffer, bytes, length) < 0) capture->truncated[stream - 1] = true;
}

int cap_tree_output(cap_node *node, int stream, const void *bytes, size_t length) {
    cap_tree *tree = node->tree;
    int status = 0;
    bool exceeded = false;
    pthread_mutex_lock(&tree->output_lock);
    uint64_t left = tree->output_limit - tree->output_bytes;
    if (length > left) {
        length = (size_t)left;
        exceeded = true;
    }
    tree->output_bytes += length;
    node->output_bytes += length;
    if (!tree->discard_output) {
        keep(&node->capture, stream, bytes, length);
        cap_node *root = node;
        while (root->parent) root = root->parent;
        if (root != node) keep(&root->capture, stream, bytes, length);
        if (exceeded) node->capture.truncated[stream - 1] = root->capture.truncated[stream - 1] = true;
    }
    if (tree->output && length) status = tree->output(tree->output_context, stream, bytes, length);
    pthread_mutex_unlock(&tree->output_lock);
    if (exceeded) cap_tree_stop(tree, CAP_STOP_OUTPUT);
    return status;
}
