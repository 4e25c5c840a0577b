#include "wasi/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "wasi/abi.h"
#include "wasi/errno_map.h"

enum { STOP_INTERVAL = 1024, DOTS = 2 }; /* entries between looks at the stop flag; "." and ".." */

void cap_listing_free(cap_wasi *wasi, cap_listing *listing) {
    if (!listing) return;
    wasi->listing_bytes -= listing->charged;
    free(listing->entries);
    free(listing->names);
    free(listing);
}

/* Doubles an array until `needed` items of `size` bytes fit, on the run's account. */
static uint32_t reserve(cap_wasi *wasi, cap_listing *listing, void *array, size_t *capacity, size_t needed, size_t size) {
    if (needed <= *capacity) return WASI_OK;
    size_t grown = *capacity ? *capacity * 2 : 64;
    while (grown < needed) grown *= 2;
    uint64_t extra = (uint64_t)(grown - *capacity) * size;
    if (extra > CAP_LISTING_BYTES_MAX - wasi->listing_bytes) return WASI_ENOMEM;
    void *moved = realloc(*(void **)array, grown * size);
    if (!moved) return WASI_ENOMEM;
    *(void **)array = moved;
    *capacity = grown;
    wasi->listing_bytes += extra;
    listing->charged += extra;
    return WASI_OK;
}

static uint32_t add_entry(cap_wasi *wasi, cap_listing *listing, const char *name, size_t length, uint64_t inode,
                          uint8_t filetype) {
    uint32_t error = reserve(wasi, listing, &listing->entries, &listing->capacity, listing->count + 1,
                             sizeof *listing->entries);
    if (!error)
        error = reserve(wasi, listing, &listing->names, &listing->names_capacity, listing->names_size + length + 1, 1);
    if (error) return error;
    listing->entries[listing->count++] = (cap_entry){.inode = inode, .name = (uint32_t)listing->names_size,
                                                     .name_length = (uint16_t)length, .filetype = filetype};
    memcpy(listing->names + listing->names_size, name, length);
    listing->names[listing->names_size + length] = '\0';
    listing->names_size += length + 1;
    return WASI_OK;
}

static uint8_t filetype_of(int directory, const struct dirent *entry) {
    switch (entry->d_type) {
    case DT_REG: return WASI_FILETYPE_REGULAR_FILE;
    case DT_DIR: return WASI_FILETYPE_DIRECTORY;
    case DT_LNK: return WASI_FILETYPE_SYMBOLIC_LINK;
    case DT_CHR: return WASI_FILETYPE_CHARACTER_DEVICE;
    case DT_BLK: return WASI_FILETYPE_BLOCK_DEVICE;
    case DT_SOCK: return WASI_FILETYPE_SOCKET_STREAM;
    case DT_UNKNOWN: break;
    default: return WASI_FILETYPE_UNKNOWN;
    }
    struct stat status;
    if (fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) return WASI_FILETYPE_UNKNOWN;
    return cap_filetype_of_mode(status.st_mode);
}

/* The number a file is shown with. */
static uint64_t shown_inode(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t device, uint64_t inode) {
    return cap_steady_knows(wasi, mount) ? cap_steady_meet(wasi, mount, device, inode)->number : inode;
}

static uint64_t inode_of(cap_wasi *wasi, const cap_wasi_mount *mount, const cap_object *directory, const char *name,
                         uint64_t otherwise) {
    struct stat status;
    if (cap_object_stat_at(directory, name, &status)) return otherwise;
    return shown_inode(wasi, mount, status.st_dev, status.st_ino);
}

/* "." and "..". What lies above a mount is not shown: there ".." has the number of ".". */
static uint32_t add_dots(cap_wasi *wasi, cap_listing *listing, const cap_descriptor *directory) {
    const cap_mount_node *node = directory->node;
    uint64_t here = node ? node->inode : 1;
    if (directory->mount) here = inode_of(wasi, directory->mount, &directory->object, ".", here);
    uint64_t above = here;
    if (directory->mount && !(node && node->mount)) above = inode_of(wasi, directory->mount, &directory->object, "..", here);
    uint32_t error = add_entry(wasi, listing, ".", 1, here, WASI_FILETYPE_DIRECTORY);
    return error ? error : add_entry(wasi, listing, "..", 2, above, WASI_FILETYPE_DIRECTORY);
}

/* True when the mount tree has its own word on `name`: the node's entry stands for it, unless the node only leads to
 * mounts and the host's directory shows through. */
static bool is_covered(const cap_mount_node *node, const char *name, uint8_t filetype) {
    const cap_mount_node *child = cap_mount_node_child(node, name, strlen(name));
    return child && (child->mount || filetype != WASI_FILETYPE_DIRECTORY);
}

static uint32_t add_host_entries(cap_host *host, cap_listing *listing, const cap_descriptor *directory, DIR *stream) {
    uint32_t error = WASI_OK;
    for (uint32_t seen = 1; !error; seen++) {
        if (seen % STOP_INTERVAL == 0 && cap_host_stopping(host)) return WASI_EINTR;
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (!entry) return errno ? cap_wasi_errno(errno) : WASI_OK;
        const char *name = entry->d_name;
        size_t length = strlen(name);
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !cap_utf8_valid(name, length)) continue;
        uint8_t filetype = filetype_of(dirfd(stream), entry);
        if (!cap_mount_shows(directory->mount, name, filetype) || is_covered(directory->node, name, filetype)) continue;
        error = add_entry(host->wasi, listing, name, length, entry->d_ino, filetype);
        if (!error) listing->entries[listing->count - 1].of_host = true;
    }
    return error;
}

static uint32_t add_host_directory(cap_host *host, cap_listing *listing, const cap_descriptor *directory) {
    int fd = openat(directory->object.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return cap_wasi_errno(errno);
    DIR *stream = fdopendir(fd);
    if (!stream) {
        close(fd);
        return WASI_ENOMEM;
    }
    uint32_t error = add_host_entries(host, listing, directory, stream);
    closedir(stream);
    return error;
}

static uint32_t add_memory_directory(cap_host *host, cap_listing *listing, const cap_descriptor *directory) {
    const char *name;
    cap_memfs_node *node;
    uint32_t error = WASI_OK;
    for (size_t i = 0; !error && cap_memfs_entry(directory->object.node, i, &name, &node); i++) {
        struct stat status;
        cap_memfs_stat(node, &status);
        uint8_t filetype = cap_filetype_of_mode(status.st_mode);
        if (!is_covered(directory->node, name, filetype))
            error = add_entry(host->wasi, listing, name, strlen(name), status.st_ino, filetype);
    }
    return error;
}

static bool has_entry(const cap_listing *listing, size_t count, const char *name, size_t length) {
    for (size_t i = DOTS; i < count; i++)
        if (listing->entries[i].name_length == length && memcmp(listing->names + listing->entries[i].name, name, length) == 0)
            return true;
    return false;
}

/* The names that lead to mounts. ".capsule", where ours lie (and folders of sessions that were granted), stays unlisted. */
static uint32_t add_nodes(cap_wasi *wasi, cap_listing *listing, const cap_mount_node *node) {
    const size_t host_entries = listing->count;
    uint32_t error = WASI_OK;
    for (const cap_mount_node *child = node->first_child; child && !error; child = child->next_sibling) {
        if (child->name_length == 8 && memcmp(child->name, ".capsule", 8) == 0) continue;
        if (!child->mount && has_entry(listing, host_entries, child->name, child->name_length)) continue;
        cap_object root = CAP_OBJECT_NONE;
        if (child->mount) root = cap_object_of_mount(child->mount);
        uint64_t inode = child->mount ? inode_of(wasi, child->mount, &root, ".", child->inode) : child->inode;
        error = add_entry(wasi, listing, child->name, child->name_length, inode, WASI_FILETYPE_DIRECTORY);
    }
    return error;
}

static int compare_entries(const void *a, const void *b, void *names) {
    const cap_entry *left = a, *right = b;
    return strcmp((char *)names + left->name, (char *)names + right->name);
}

/* In the order of names, because the host's order is its file system's affair. */
static void number_host_entries(cap_wasi *wasi, cap_listing *listing, const cap_descriptor *directory) {
    struct stat status;
    if (!directory->mount || !cap_steady_knows(wasi, directory->mount) || cap_object_stat(&directory->object, &status)) return;
    for (size_t i = DOTS; i < listing->count; i++)
        if (listing->entries[i].of_host) listing->entries[i].inode = shown_inode(wasi, directory->mount, status.st_dev, listing->entries[i].inode);
}

uint32_t cap_listing_take(cap_host *host, const cap_descriptor *directory, cap_listing **ret_listing) {
    cap_listing *listing = calloc(1, sizeof *listing);
    if (!listing) return WASI_ENOMEM;
    uint32_t error = add_dots(host->wasi, listing, directory);
    if (!error && directory->object.node)
        error = add_memory_directory(host, listing, directory);
    else if (!error && directory->mount)
        error = add_host_directory(host, listing, directory);
    if (!error && directory->node) error = add_nodes(host->wasi, listing, directory->node);
    if (error) {
        cap_listing_free(host->wasi, listing);
        return error;
    }
    qsort_r(listing->entries + DOTS, listing->count - DOTS, sizeof *listing->entries, compare_entries, listing->names);
    number_host_entries(host->wasi, listing, directory);
    *ret_listing = listing;
    return WASI_OK;
}
