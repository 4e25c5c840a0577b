#include "wasi/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "wasi/abi.h"
#include "wasi/kernel.h"
#include "wasi/spelling.h"

/* Components of an absolute, normal guest path; 0 for "/", -1 when it is not one or too long or deep. */
static int count_components(const char *path) {
    if (!path || path[0] != '/') return -1;
    size_t length = strlen(path);
    if (length > CAP_WASI_PATH_MAX) return -1;
    if (length == 1) return 0;
    int count = 0;
    for (const char *at = path; *at; count++) {
        at++;
        size_t part = strcspn(at, "/");
        if (part == 0 || part > 255) return -1;
        if ((part == 1 && at[0] == '.') || (part == 2 && at[0] == '.' && at[1] == '.')) return -1;
        at += part;
    }
    return count <= (int)CAP_WASI_DEPTH_MAX ? count : -1;
}

static int compare_names(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t common = a_length < b_length ? a_length : b_length;
    int order = memcmp(a, b, common);
    if (order) return order;
    return a_length < b_length ? -1 : a_length > b_length;
}

static cap_mount_node *add_child(cap_mounts *mounts, cap_mount_node *parent, const char *name, size_t length) {
    cap_mount_node **at = &parent->first_child;
    while (*at) {
        int order = compare_names((*at)->name, (*at)->name_length, name, length);
        if (order == 0) return *at;
        if (order > 0) break;
        at = &(*at)->next_sibling;
    }
    cap_mount_node *node = &mounts->nodes[mounts->count++];
    *node = (cap_mount_node){.name = name, .name_length = length, .parent = parent, .next_sibling = *at,
                       .inode = (uint32_t)mounts->count, .internal = true};
    *at = node;
    return node;
}

static void add_mount(cap_mounts *mounts, const cap_wasi_mount *mount) {
    cap_mount_node *node = &mounts->nodes[0];
    const char *at = mount->guest_path + 1;
    while (*at) {
        size_t length = strcspn(at, "/");
        node = add_child(mounts, node, at, length);
        at += length;
        if (*at == '/') at++;
    }
    node->mount = mount;
    if (!mount->internal)
        for (; node; node = node->parent) node->internal = false;
}

/* Directories of the host need openat2 to be contained. */
static bool can_be_mounted(const cap_wasi_mount *mount) {
    return mount->internal || mount->memory || cap_kernel_has_openat2();
}

/* Nodes the mount needs, -1 when it breaks a rule. */
static int count_nodes(const cap_wasi_mount *mount) {
    if (mount->preopen) return strlen(mount->preopen) <= CAP_WASI_PATH_MAX ? 1 : -1;
    return count_components(mount->guest_path);
}

static void add_preopen(cap_mounts *mounts, const cap_wasi_mount *mount) {
    cap_mount_node *node = &mounts->nodes[mounts->count++];
    *node = (cap_mount_node){.name = "", .mount = mount, .inode = (uint32_t)mounts->count, .internal = mount->internal};
}

int cap_mounts_init(cap_mounts *mounts, const cap_wasi_mount *table, size_t count) {
    *mounts = (cap_mounts){.mounts = table, .mount_count = count};
    size_t nodes = 1;
    for (size_t i = 0; i < count; i++) {
        int needed = count_nodes(&table[i]);
        if (needed < 0) return -1;
        nodes += (size_t)needed;
        mounts->has_tree |= !table[i].preopen;
    }
    mounts->nodes = calloc(nodes, sizeof *mounts->nodes);
    if (!mounts->nodes) return -1;
    mounts->nodes[0].inode = 1;
    mounts->count = 1;
    for (size_t i = 0; i < count; i++)
        if (!table[i].preopen && can_be_mounted(&table[i])) add_mount(mounts, &table[i]);
    mounts->first_preopen = mounts->count;
    for (size_t i = 0; i < count; i++)
        if (table[i].preopen && can_be_mounted(&table[i])) add_preopen(mounts, &table[i]);
    /* What lies beside the mounts differs between runs, so seeing the root is not pure, unless it is ours itself. */
    cap_mount_node *root = &mounts->nodes[0];
    root->internal = root->mount && root->mount->internal;
    return 0;
}

void cap_mounts_free(cap_mounts *mounts) {
    free(mounts->nodes);
    *mounts = (cap_mounts){0};
}

const cap_mount_node *cap_mount_node_child(const cap_mount_node *node, const char *name, size_t length) {
    if (!node) return NULL;
    for (const cap_mount_node *child = node->first_child; child; child = child->next_sibling)
        if (child->name_length == length && memcmp(child->name, name, length) == 0) return child;
    return NULL;
}

uint64_t cap_mount_device(const cap_mounts *mounts, const cap_wasi_mount *mount) {
    return mount ? 2 + (uint64_t)(mount - mounts->mounts) : 1;
}

bool cap_mount_hides(const cap_wasi_mount *mount, const char *name) {
    if (mount->program_only && name[0] == '.') return true;
    return !mount->internal && !mount->memory && cap_name_spells(name, ".capsule", false);
}

/* A link's name does not tell what it leads to: one without a dot may be a package. What it leads to is judged again
 * when it is looked up. */
static bool program_shows(const char *name, uint8_t filetype) {
    if (filetype == WASI_FILETYPE_DIRECTORY) return true;
    size_t length = strlen(name);
    if (filetype == WASI_FILETYPE_SYMBOLIC_LINK && !strchr(name, '.')) return true;
    return length > 3 && memcmp(name + length - 3, ".py", 3) == 0;
}

bool cap_mount_shows(const cap_wasi_mount *mount, const char *name, uint8_t filetype) {
    if (cap_mount_hides(mount, name)) return false;
    return !mount->program_only || program_shows(name, filetype);
}

bool cap_name_is_protected(const char *name) { return cap_name_spells(name, "capsule.toml", false) || cap_name_spells(name, ".env", true); }
