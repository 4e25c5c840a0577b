#include "wasi/descriptor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wasi/abi.h"
#include "wasi/listing.h"
#include "wasi/state.h"

enum { FIRST_ENTRIES = 16 };

static cap_descriptor stream(cap_descriptor_kind kind, int host_fd, uint8_t number, uint64_t right) {
    return (cap_descriptor){.kind = (uint8_t)kind, .filetype = WASI_FILETYPE_UNKNOWN, .stream = number, .object = {.fd = host_fd},
                            .rights = CAP_RIGHTS_STREAM | right};
}

/* The top of a tree: the mount there, if any, else a synthetic directory. */
static cap_descriptor root_directory(const cap_mount_node *root, char *guest_path) {
    cap_object none = CAP_OBJECT_NONE;
    return (cap_descriptor){.kind = CAP_DESCRIPTOR_DIRECTORY, .filetype = WASI_FILETYPE_DIRECTORY, .preopen = true,
                            .object = root->mount ? cap_object_of_mount(root->mount) : none, .rights = CAP_RIGHTS_DIRECTORY,
                            .inheriting = WASI_RIGHTS_KNOWN, .mount = root->mount, .node = root,
                            .guest_path = guest_path};
}

static int add_root(cap_wasi *wasi, const cap_mount_node *root) {
    char *path = strdup("/");
    if (!path) return -1;
    cap_descriptor directory = root_directory(root, path);
    uint32_t fd;
    if (cap_descriptor_add(wasi, &directory, &fd) == WASI_OK) return 0;
    free(path);
    return -1;
}

int cap_descriptors_init(cap_wasi *wasi) {
    cap_descriptors *table = &wasi->descriptors;
    table->entries = calloc(FIRST_ENTRIES, sizeof *table->entries);
    if (!table->entries) return -1;
    table->count = FIRST_ENTRIES;
    table->limit = wasi->config.descriptor_limit;
    int stdin_fd = wasi->config.stdin_fd > 0 ? wasi->config.stdin_fd : -1;
    table->entries[0] = stream(CAP_DESCRIPTOR_INPUT, stdin_fd, 0, WASI_RIGHT_FD_READ);
    table->entries[1] = stream(CAP_DESCRIPTOR_OUTPUT, -1, 1, WASI_RIGHT_FD_WRITE);
    table->entries[2] = stream(CAP_DESCRIPTOR_OUTPUT, -1, 2, WASI_RIGHT_FD_WRITE);
    const cap_mounts *mounts = &wasi->mounts;
    if (mounts->has_tree && add_root(wasi, &mounts->nodes[0]) < 0) return -1; /* else nothing to see: no preopen */
    for (size_t i = mounts->first_preopen; i < mounts->count; i++)
        if (add_root(wasi, &mounts->nodes[i]) < 0) return -1;
    return 0;
}

void cap_descriptors_free(cap_wasi *wasi) {
    cap_descriptors *table = &wasi->descriptors;
    for (uint32_t i = 0; i < table->count; i++) cap_descriptor_close(wasi, &table->entries[i]);
    free(table->entries);
    *table = (cap_descriptors){0};
}

cap_descriptor *cap_descriptor_at(cap_wasi *wasi, uint32_t fd) {
    cap_descriptors *table = &wasi->descriptors;
    if (fd >= table->count || table->entries[fd].kind == CAP_DESCRIPTOR_FREE) return NULL;
    return &table->entries[fd];
}

uint32_t cap_descriptor_get(cap_wasi *wasi, uint32_t fd, uint64_t rights, cap_descriptor **ret_descriptor) {
    cap_descriptor *descriptor = cap_descriptor_at(wasi, fd);
    if (!descriptor) return WASI_EBADF;
    uint64_t missing = rights & ~descriptor->rights;
    if (missing & (WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE)) return WASI_EBADF;
    if (missing) return WASI_ENOTCAPABLE;
    wasi->file_calls++;
    *ret_descriptor = descriptor;
    return WASI_OK;
}

uint32_t cap_descriptor_file(cap_wasi *wasi, uint32_t fd, uint64_t rights, cap_descriptor **ret_descriptor) {
    const cap_descriptor *descriptor = cap_descriptor_at(wasi, fd);
    if (!descriptor) return WASI_EBADF;
    if (descriptor->kind == CAP_DESCRIPTOR_DIRECTORY) return WASI_EISDIR;
    if (descriptor->kind != CAP_DESCRIPTOR_FILE) return WASI_ESPIPE;
    return cap_descriptor_get(wasi, fd, rights, ret_descriptor);
}

uint32_t cap_descriptor_directory(cap_wasi *wasi, uint32_t fd, uint64_t rights, cap_descriptor **ret_descriptor) {
    const cap_descriptor *descriptor = cap_descriptor_at(wasi, fd);
    if (!descriptor) return WASI_EBADF;
    if (descriptor->kind != CAP_DESCRIPTOR_DIRECTORY) return WASI_ENOTDIR;
    return cap_descriptor_get(wasi, fd, rights, ret_descriptor);
}

const char *cap_descriptor_preopen_name(const cap_descriptor *descriptor) {
    const cap_wasi_mount *mount = descriptor->mount;
    return mount && mount->preopen ? mount->preopen : descriptor->guest_path;
}

void cap_descriptor_mark(cap_wasi *wasi, const cap_descriptor *directory) {
    bool internal = directory->mount ? directory->mount->internal : directory->node->internal;
    if (!internal) cap_wasi_mark(wasi, CAP_IMPURE_FILES);
}

static uint32_t lowest_free(const cap_descriptors *table) {
    uint32_t fd = 0;
    while (fd < table->count && table->entries[fd].kind != CAP_DESCRIPTOR_FREE) fd++;
    return fd;
}

/* Doubles the table, up to the limit: 0 or ENOMEM. */
static uint32_t grow(cap_descriptors *table) {
    uint32_t count = table->count * 2 < table->limit ? table->count * 2 : table->limit;
    cap_descriptor *entries = realloc(table->entries, count * sizeof *entries);
    if (!entries) return WASI_ENOMEM;
    memset(entries + table->count, 0, (count - table->count) * sizeof *entries);
    table->entries = entries;
    table->count = count;
    return WASI_OK;
}

bool cap_descriptor_room(cap_wasi *wasi) { return lowest_free(&wasi->descriptors) < wasi->descriptors.limit; }

uint32_t cap_descriptor_add(cap_wasi *wasi, const cap_descriptor *descriptor, uint32_t *ret_fd) {
    cap_descriptors *table = &wasi->descriptors;
    uint32_t fd = lowest_free(table);
    if (fd >= table->limit) return WASI_EMFILE;
    if (fd >= table->count) {
        uint32_t error = grow(table);
        if (error) return error;
    }
    table->entries[fd] = *descriptor;
    *ret_fd = fd;
    return WASI_OK;
}

void cap_descriptor_close(cap_wasi *wasi, cap_descriptor *descriptor) {
    if (descriptor->kind == CAP_DESCRIPTOR_FREE) return;
    if (descriptor->owned) cap_object_close(&descriptor->object);
    cap_listing_free(wasi, descriptor->listing);
    free(descriptor->guest_path);
    *descriptor = (cap_descriptor){.kind = CAP_DESCRIPTOR_FREE, .object = CAP_OBJECT_NONE};
}

uint8_t cap_filetype_of_mode(uint32_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return WASI_FILETYPE_REGULAR_FILE;
    case S_IFDIR: return WASI_FILETYPE_DIRECTORY;
    case S_IFLNK: return WASI_FILETYPE_SYMBOLIC_LINK;
    case S_IFCHR: return WASI_FILETYPE_CHARACTER_DEVICE;
    case S_IFBLK: return WASI_FILETYPE_BLOCK_DEVICE;
    case S_IFSOCK: return WASI_FILETYPE_SOCKET_STREAM;
    default: return WASI_FILETYPE_UNKNOWN;
    }
}
