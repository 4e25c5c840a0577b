/* Directories of the file system in memory: looking up, making, moving and removing names. */
#include <stdlib.h>
#include <string.h>

#include "wasi/abi.h"
#include "wasi/memfs_internal.h"

enum { FIRST_ENTRIES = 8 };

/* ---- Entries of one directory ---- */

/* Where `name` is, or (false) would have to be inserted. */
static bool position_of(const cap_memfs_entries *entries, const char *name, uint32_t *ret_index) {
    uint32_t low = 0, high = entries->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(entries->list[middle].text, name);
        if (order == 0) {
            *ret_index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_index = low;
    return false;
}

static cap_memfs_name *entry_of(const cap_memfs_node *directory, const char *name) {
    uint32_t index;
    return position_of(&directory->entries, name, &index) ? &directory->entries.list[index] : NULL;
}

static uint32_t set_capacity(cap_memfs_entries *entries, uint32_t capacity) {
    cap_memfs_name *list = realloc(entries->list, capacity * sizeof *list);
    if (!list) return WASI_ENOMEM;
    entries->list = list;
    entries->capacity = capacity;
    return WASI_OK;
}

/* One more name, which is not there yet: 0 or ENOMEM. Links and limits are the caller's. */
static uint32_t insert(cap_memfs_node *directory, const char *name, cap_memfs_node *node) {
    cap_memfs_entries *entries = &directory->entries;
    if (entries->count == entries->capacity &&
        set_capacity(entries, entries->capacity ? entries->capacity * 2 : FIRST_ENTRIES))
        return WASI_ENOMEM;
    char *text = strdup(name);
    if (!text) return WASI_ENOMEM;
    uint32_t index;
    position_of(entries, name, &index);
    memmove(entries->list + index + 1, entries->list + index, (entries->count - index) * sizeof *entries->list);
    entries->list[index] = (cap_memfs_name){.text = text, .node = node};
    entries->count++;
    directory->fs->used.names++;
    return WASI_OK;
}

/* A directory that was full once gives its room back, or names that move around could leave room behind everywhere. */
static void erase(cap_memfs_node *directory, const char *name) {
    cap_memfs_entries *entries = &directory->entries;
    uint32_t index;
    if (!position_of(entries, name, &index)) return;
    free(entries->list[index].text);
    entries->count--;
    memmove(entries->list + index, entries->list + index + 1, (entries->count - index) * sizeof *entries->list);
    directory->fs->used.names--;
    if (entries->count == 0)
        cap_memfs_entries_free(entries);
    else if (entries->capacity > FIRST_ENTRIES && entries->count <= entries->capacity / 4)
        set_capacity(entries, entries->capacity / 2); /* if it fails, it stays as it is */
}

void cap_memfs_entries_free(cap_memfs_entries *entries) {
    for (uint32_t i = 0; i < entries->count; i++) free(entries->list[i].text);
    free(entries->list);
    *entries = (cap_memfs_entries){0};
}

bool cap_memfs_entry(const cap_memfs_node *directory, size_t index, const char **ret_name, cap_memfs_node **ret_node) {
    if (index >= directory->entries.count) return false;
    *ret_name = directory->entries.list[index].text;
    *ret_node = directory->entries.list[index].node;
    return true;
}

/* ---- Looking up ---- */

static bool is_directory(const cap_memfs_node *node) { return node->type == S_IFDIR; }

uint32_t cap_memfs_find(cap_memfs_node *directory, const char *name, cap_memfs_node **ret_node) {
    if (!is_directory(directory)) return WASI_ENOTDIR;
    if (strcmp(name, ".") == 0) {
        *ret_node = directory;
    } else if (strcmp(name, "..") == 0) {
        *ret_node = directory->parent ? directory->parent : directory;
    } else {
        const cap_memfs_name *entry = entry_of(directory, name);
        if (!entry) return WASI_ENOENT;
        *ret_node = entry->node;
    }
    return WASI_OK;
}

uint32_t cap_memfs_find_path(cap_memfs_node *directory, const char *path, cap_memfs_node **ret_node) {
    *ret_node = directory;
    while (*path) {
        char name[256];
        size_t length = strcspn(path, "/");
        if ((*ret_node)->type == S_IFLNK) return WASI_ELOOP;
        if (length >= sizeof name) return WASI_ENAMETOOLONG;
        memcpy(name, path, length);
        name[length] = '\0';
        uint32_t error = cap_memfs_find(*ret_node, name, ret_node);
        if (error) return error;
        path += length + strspn(path + length, "/");
    }
    return WASI_OK;
}

/* ---- Making ---- */

static void touch(cap_memfs_node *directory) { directory->modified = directory->changed = cap_memfs_now(directory->fs); }

/* Gives a node a name in a directory: 0 or an errno. */
static uint32_t attach(cap_memfs_node *directory, const char *name, cap_memfs_node *node) {
    cap_memfs *fs = directory->fs;
    if (fs->used.names >= fs->inode_limit) return cap_memfs_refuse_inode(fs);
    uint32_t error = insert(directory, name, node);
    if (error) return error;
    if (is_directory(node)) {
        node->links = 2;
        node->parent = directory;
        directory->links++;
    } else {
        node->links++;
    }
    touch(directory);
    return WASI_OK;
}

/* Whether a name can be made there: ENOENT in a directory that was removed. */
static uint32_t check_free(const cap_memfs_node *directory, const char *name) {
    if (!directory->parent) return WASI_ENOENT;
    return entry_of(directory, name) ? WASI_EEXIST : WASI_OK;
}

/* A new node with a name. When it cannot get one it is gone again. */
static uint32_t make(cap_memfs_node *directory, const char *name, mode_t type, cap_memfs_node **ret_node) {
    uint32_t error = check_free(directory, name);
    if (!error) error = cap_memfs_node_make(directory->fs, type, ret_node);
    if (error) return error;
    error = attach(directory, name, *ret_node);
    if (error) cap_memfs_settle(*ret_node);
    return error;
}

uint32_t cap_memfs_make_file(cap_memfs_node *directory, const char *name, cap_memfs_node **ret_file) {
    return make(directory, name, S_IFREG, ret_file);
}

uint32_t cap_memfs_make_directory(cap_memfs_node *directory, const char *name) {
    cap_memfs_node *made;
    return make(directory, name, S_IFDIR, &made);
}

uint32_t cap_memfs_make_symlink(cap_memfs_node *directory, const char *name, const char *target) {
    cap_memfs *fs = directory->fs;
    size_t length = strlen(target);
    uint32_t error = check_free(directory, name);
    if (error) return error;
    if (length > fs->byte_limit - fs->used.bytes) return cap_memfs_refuse_bytes(fs, fs->used.bytes + length);
    char *copy = strdup(target);
    cap_memfs_node *link;
    if (!copy) return WASI_ENOMEM;
    error = make(directory, name, S_IFLNK, &link);
    if (error) {
        free(copy);
        return error;
    }
    link->target = copy;
    link->size = length;
    fs->used.bytes += length;
    return WASI_OK;
}

uint32_t cap_memfs_read_link(cap_memfs_node *directory, const char *name, char *buffer, size_t room, size_t *ret_length) {
    cap_memfs_node *link;
    uint32_t error = cap_memfs_find(directory, name, &link);
    if (error) return error;
    if (link->type != S_IFLNK) return WASI_EINVAL;
    *ret_length = link->size < room ? link->size : room;
    memcpy(buffer, link->target, *ret_length);
    return WASI_OK;
}

uint32_t cap_memfs_link(cap_memfs_node *from, const char *old_name, cap_memfs_node *to, const char *new_name) {
    cap_memfs_node *node;
    uint32_t error = cap_memfs_find(from, old_name, &node);
    if (!error) error = check_free(to, new_name);
    if (error) return error;
    if (is_directory(node)) return WASI_EPERM;
    error = attach(to, new_name, node);
    if (!error) node->changed = to->changed;
    return error;
}

/* ---- Removing ---- */

/* The node lost a name that was in `directory`. */
static void lose_name(cap_memfs_node *directory, cap_memfs_node *node) {
    node->changed = cap_memfs_now(node->fs);
    if (is_directory(node)) {
        node->links = 0;
        node->parent = NULL;
        directory->links--;
    } else {
        node->links--;
    }
    cap_memfs_settle(node);
}

static void detach(cap_memfs_node *directory, const char *name, cap_memfs_node *node) {
    erase(directory, name);
    touch(directory);
    lose_name(directory, node);
}

uint32_t cap_memfs_unlink(cap_memfs_node *directory, const char *name) {
    const cap_memfs_name *entry = entry_of(directory, name);
    if (!entry) return WASI_ENOENT;
    if (is_directory(entry->node)) return WASI_EISDIR;
    detach(directory, name, entry->node);
    return WASI_OK;
}

uint32_t cap_memfs_remove_directory(cap_memfs_node *directory, const char *name) {
    const cap_memfs_name *entry = entry_of(directory, name);
    if (!entry) return WASI_ENOENT;
    if (!is_directory(entry->node)) return WASI_ENOTDIR;
    if (entry->node->entries.count) return WASI_ENOTEMPTY;
    detach(directory, name, entry->node);
    return WASI_OK;
}

/* ---- Moving ---- */

/* Whether `directory` is `node` or lies below it. */
static bool lies_within(const cap_memfs_node *directory, const cap_memfs_node *node) {
    for (const cap_memfs_node *at = directory; at; at = at->parent) {
        if (at == node) return true;
        if (at->parent == at) break;
    }
    return false;
}

/* Whether `node` may take the place of `other`, which is not the same. */
static uint32_t check_replace(const cap_memfs_node *node, const cap_memfs_node *other) {
    if (is_directory(node) && !is_directory(other)) return WASI_ENOTDIR;
    if (!is_directory(node) && is_directory(other)) return WASI_EISDIR;
    return is_directory(other) && other->entries.count ? WASI_ENOTEMPTY : WASI_OK;
}

/* The node's name in `from` is gone; one in `to` is there: what links and parents become. */
static void settle_move(cap_memfs_node *from, cap_memfs_node *to, cap_memfs_node *node) {
    if (is_directory(node) && from != to) {
        node->parent = to;
        from->links--;
        to->links++;
    }
    touch(from);
    touch(to);
    node->changed = to->changed;
}

uint32_t cap_memfs_rename(cap_memfs_node *from, const char *old_name, cap_memfs_node *to, const char *new_name) {
    const cap_memfs_name *old = entry_of(from, old_name);
    cap_memfs_name *taken = entry_of(to, new_name);
    if (!old) return WASI_ENOENT;
    if (!to->parent) return WASI_ENOENT;
    cap_memfs_node *node = old->node, *replaced = taken ? taken->node : NULL;
    if (is_directory(node) && lies_within(to, node)) return WASI_EINVAL;
    if (replaced && lies_within(from, replaced)) return WASI_ENOTEMPTY;
    if (replaced == node) return WASI_OK; /* two names of one file: nothing happens */
    uint32_t error = replaced ? check_replace(node, replaced) : insert(to, new_name, node);
    if (error) return error;
    if (replaced) taken->node = node;
    erase(from, old_name);
    if (replaced) lose_name(to, replaced);
    settle_move(from, to, node);
    return WASI_OK;
}
