/* Whether a file system in memory is whole: what is counted is what is there, and within the limits. For tests and fuzzing. */
#ifndef CAP_TESTS_WASI_MEMFS_CHECK_H
#define CAP_TESTS_WASI_MEMFS_CHECK_H

#include <string.h>

#include "wasi/memfs_internal.h"

/* Pages below `at`; *ret_last is the highest index of one. */
static uint64_t memfs_count_pages(const void *at, unsigned level, uint64_t first, uint64_t *ret_last) {
    if (!at) return 0;
    if (level == 0) {
        *ret_last = first;
        return 1;
    }
    uint64_t count = 0, each = UINT64_C(1) << (6 * (level - 1));
    for (unsigned slot = 0; slot < CAP_MEMFS_WAYS; slot++)
        count += memfs_count_pages(((const cap_memfs_branch *)at)->slots[slot], level - 1, first + slot * each, ret_last);
    return count;
}

/* Names of `node` in all directories, and (a directory's) subdirectories. */
static void memfs_count_links(const cap_memfs *fs, const cap_memfs_node *node, uint32_t *ret_names, uint32_t *ret_directories) {
    *ret_names = *ret_directories = 0;
    const cap_memfs_node *at = &fs->root;
    do {
        for (uint32_t i = 0; at->type == S_IFDIR && i < at->entries.count; i++) {
            *ret_names += at->entries.list[i].node == node;
            *ret_directories += at == node && at->entries.list[i].node->type == S_IFDIR;
        }
        at = at->next;
    } while (at != &fs->root);
}

/* What is wrong with one node; NULL: nothing. */
static const char *memfs_node_problem(const cap_memfs *fs, const cap_memfs_node *node, uint64_t *pages) {
    uint32_t names, directories;
    uint64_t last = 0, count = 0;
    memfs_count_links(fs, node, &names, &directories);
    if (node->fs != fs || node->next->previous != node) return "a node out of the list";
    if (node != &fs->root && !names && !node->holders) return "a node that nobody has";
    if (node->type == S_IFREG) count = memfs_count_pages(node->pages.top, node->pages.height, 0, &last);
    *pages += count;
    if (count && last * CAP_MEMFS_PAGE >= node->size) return "a page past the end of its file";
    if (node->type != S_IFDIR) return node->links == names ? NULL : "links that are not the names";
    if (node != &fs->root && !names) return node->links || node->parent || node->entries.count ? "a removed directory in use" : NULL;
    if (node->links != 2 + directories) return "links that are not the subdirectories";
    for (uint32_t i = 0; i < node->entries.count; i++) {
        const cap_memfs_name *name = &node->entries.list[i];
        if (i && strcmp(name[-1].text, name->text) >= 0) return "names out of order";
        if (name->node->type == S_IFDIR && name->node->parent != node) return "a directory with another parent";
    }
    return NULL;
}

static const char *memfs_problem(const cap_memfs *fs) {
    cap_memfs_usage seen = {0};
    const cap_memfs_node *node = &fs->root;
    do {
        const char *problem = memfs_node_problem(fs, node, &seen.pages);
        if (problem) return problem;
        seen.bytes += node->size;
        seen.nodes += node != &fs->root;
        if (node->type == S_IFDIR) seen.names += node->entries.count;
        node = node->next;
    } while (node != &fs->root);
    if (memcmp(&seen, &fs->used, sizeof seen)) return "an account that is not what is there";
    if (seen.bytes > fs->byte_limit || seen.pages > fs->page_limit) return "more bytes than the limit";
    return seen.nodes > fs->inode_limit || seen.names > fs->inode_limit ? "more nodes than the limit" : NULL;
}

#endif
