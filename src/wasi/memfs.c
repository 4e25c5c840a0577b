#include "wasi/memfs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "wasi/abi.h"
#include "wasi/memfs_internal.h"

enum { NS_PER_S = 1000000000 };

/* ---- Life ---- */

static void init_node(cap_memfs *fs, cap_memfs_node *node, mode_t type) {
    uint64_t now = cap_memfs_now(fs);
    *node = (cap_memfs_node){.fs = fs, .type = type, .inode = ++fs->last_inode, .accessed = now, .modified = now,
                             .changed = now};
}

cap_memfs *cap_memfs_create(uint64_t bytes, uint32_t inodes, cap_memfs_clock *clock, void *context) {
    cap_memfs *fs = calloc(1, sizeof *fs);
    if (!fs) return NULL;
    fs->byte_limit = bytes;
    fs->page_limit = bytes / CAP_MEMFS_PAGE + (bytes % CAP_MEMFS_PAGE != 0);
    fs->inode_limit = inodes;
    fs->clock = clock;
    fs->clock_context = context;
    init_node(fs, &fs->root, S_IFDIR);
    fs->root.links = 2;
    fs->root.parent = fs->root.previous = fs->root.next = &fs->root;
    return fs;
}

/* Frees what the node holds, and takes its bytes off the account. */
static void empty(cap_memfs_node *node) {
    if (node->type == S_IFREG) cap_memfs_pages_cut(node->fs, &node->pages, 0);
    if (node->type == S_IFLNK) free(node->target);
    if (node->type == S_IFDIR) cap_memfs_entries_free(&node->entries);
    node->fs->used.bytes -= node->size;
}

void cap_memfs_free(cap_memfs *fs) {
    if (!fs) return;
    for (cap_memfs_node *node = fs->root.next, *next; node != &fs->root; node = next) {
        next = node->next;
        empty(node);
        free(node);
    }
    empty(&fs->root);
    free(fs);
}

uint32_t cap_memfs_refuse_bytes(cap_memfs *fs, uint64_t used) {
    fs->excess = (cap_excess){.limit = "tmp", .used = used, .allowed = fs->byte_limit};
    return WASI_EDQUOT;
}

uint32_t cap_memfs_refuse_inode(cap_memfs *fs) {
    fs->excess = (cap_excess){.limit = "tmp_inodes", .used = (uint64_t)fs->inode_limit + 1, .allowed = fs->inode_limit};
    return WASI_EDQUOT;
}

uint32_t cap_memfs_node_make(cap_memfs *fs, mode_t type, cap_memfs_node **ret_node) {
    if (fs->used.nodes >= fs->inode_limit) return cap_memfs_refuse_inode(fs);
    cap_memfs_node *node = malloc(sizeof *node);
    if (!node) return WASI_ENOMEM;
    init_node(fs, node, type);
    node->previous = &fs->root;
    node->next = fs->root.next;
    node->previous->next = node->next->previous = node;
    fs->used.nodes++;
    *ret_node = node;
    return WASI_OK;
}

void cap_memfs_settle(cap_memfs_node *node) {
    if (node->links || node->holders) return;
    empty(node);
    node->previous->next = node->next;
    node->next->previous = node->previous;
    node->fs->used.nodes--;
    free(node);
}

void cap_memfs_hold(cap_memfs_node *node) { node->holders++; }

void cap_memfs_let_go(cap_memfs_node *node) {
    node->holders--;
    cap_memfs_settle(node);
}

cap_memfs_node *cap_memfs_root(cap_memfs *fs) { return &fs->root; }
cap_excess cap_memfs_excess(const cap_memfs *fs) { return fs->excess; }
cap_memfs_usage cap_memfs_used(const cap_memfs *fs) { return fs->used; }

/* ---- Attributes ---- */

static struct timespec to_time(uint64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

void cap_memfs_stat(const cap_memfs_node *node, struct stat *ret_status) {
    *ret_status = (struct stat){.st_mode = node->type, .st_ino = node->inode, .st_nlink = node->links,
                                .st_size = (off_t)node->size, .st_atim = to_time(node->accessed),
                                .st_mtim = to_time(node->modified), .st_ctim = to_time(node->changed)};
}

static void set_time(uint64_t *field, struct timespec time, uint64_t now) {
    if (time.tv_nsec == UTIME_OMIT) return;
    *field = time.tv_nsec == UTIME_NOW ? now : (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

void cap_memfs_set_times(cap_memfs_node *node, const struct timespec times[2]) {
    node->changed = cap_memfs_now(node->fs);
    set_time(&node->accessed, times[0], node->changed);
    set_time(&node->modified, times[1], node->changed);
}

/* ---- Bytes ---- */

/* Takes or gives back the difference: 0, EFBIG, EDQUOT. */
static uint32_t charge(cap_memfs_node *file, uint64_t size) {
    cap_memfs *fs = file->fs;
    if (size > file->size) {
        if (size > CAP_MEMFS_FILE_MAX) return WASI_EFBIG;
        if (size - file->size > fs->byte_limit - fs->used.bytes)
            return cap_memfs_refuse_bytes(fs, fs->used.bytes + (size - file->size));
    }
    fs->used.bytes = fs->used.bytes - file->size + size;
    file->size = size;
    return WASI_OK;
}

/* How many bytes from `offset` on lie on the page of `offset`. */
static size_t on_page(uint64_t offset) { return CAP_MEMFS_PAGE - offset % CAP_MEMFS_PAGE; }

static void copy_out(const cap_memfs_node *file, uint8_t *to, size_t length, uint64_t offset) {
    while (length) {
        size_t part = on_page(offset) < length ? on_page(offset) : length;
        const uint8_t *page = cap_memfs_page(&file->pages, offset / CAP_MEMFS_PAGE);
        if (page)
            memcpy(to, page + offset % CAP_MEMFS_PAGE, part);
        else
            memset(to, 0, part);
        to += part, offset += part, length -= part;
    }
}

void cap_memfs_read(const cap_memfs_node *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size) {
    *ret_size = 0;
    for (int i = 0; i < count && offset < file->size; i++) {
        uint64_t left = file->size - offset;
        size_t length = vectors[i].iov_len < left ? vectors[i].iov_len : (size_t)left;
        copy_out(file, vectors[i].iov_base, length, offset);
        offset += length;
        *ret_size += length;
    }
}

/* Copies into pages, made as needed; *ret_size is short when there is no page. */
static uint32_t copy_in(cap_memfs_node *file, const uint8_t *from, size_t length, uint64_t offset, size_t *ret_size) {
    *ret_size = 0;
    while (*ret_size < length) {
        uint8_t *page;
        uint32_t error = cap_memfs_page_make(file->fs, &file->pages, offset / CAP_MEMFS_PAGE, &page);
        if (error) return error;
        size_t left = length - *ret_size, part = on_page(offset) < left ? on_page(offset) : left;
        memcpy(page + offset % CAP_MEMFS_PAGE, from + *ret_size, part);
        offset += part;
        *ret_size += part;
    }
    return WASI_OK;
}

/* How many of `wanted` bytes at `offset` the limits allow: 0, or an errno when none. */
static uint32_t fit(const cap_memfs_node *file, uint64_t offset, uint64_t wanted, uint64_t *ret_size) {
    cap_memfs *fs = file->fs;
    uint64_t affordable = file->size + (fs->byte_limit - fs->used.bytes); /* the longest it may become: at most byte_limit */
    *ret_size = wanted;
    if (offset >= CAP_MEMFS_FILE_MAX) return WASI_EFBIG;
    if (*ret_size > CAP_MEMFS_FILE_MAX - offset) *ret_size = CAP_MEMFS_FILE_MAX - offset;
    if (offset >= affordable) return cap_memfs_refuse_bytes(fs, fs->used.bytes + (offset + *ret_size - file->size));
    if (*ret_size > affordable - offset) *ret_size = affordable - offset;
    return WASI_OK;
}

uint32_t cap_memfs_write(cap_memfs_node *file, const struct iovec *vectors, int count, uint64_t offset, size_t *ret_size) {
    uint64_t wanted = 0, allowed;
    *ret_size = 0;
    for (int i = 0; i < count; i++) wanted += vectors[i].iov_len;
    if (wanted == 0) return WASI_OK;
    uint32_t error = fit(file, offset, wanted, &allowed);
    for (int i = 0; i < count && *ret_size < allowed && !error; i++) {
        uint64_t room = allowed - *ret_size;
        size_t length = vectors[i].iov_len < room ? vectors[i].iov_len : (size_t)room, part;
        error = copy_in(file, vectors[i].iov_base, length, offset + *ret_size, &part);
        *ret_size += part;
    }
    if (*ret_size == 0) return error;
    if (offset + *ret_size > file->size) charge(file, offset + *ret_size); /* fit saw to it */
    file->modified = file->changed = cap_memfs_now(file->fs);
    return WASI_OK;
}

/* What lay past the end of a file must not show when it grows again. */
static void clear_tail(cap_memfs_node *file) {
    cap_memfs_pages_cut(file->fs, &file->pages, (file->size + CAP_MEMFS_PAGE - 1) / CAP_MEMFS_PAGE);
    uint64_t used = file->size % CAP_MEMFS_PAGE;
    uint8_t *page = used ? cap_memfs_page(&file->pages, file->size / CAP_MEMFS_PAGE) : NULL;
    if (page) memset(page + used, 0, CAP_MEMFS_PAGE - used);
}

uint32_t cap_memfs_resize(cap_memfs_node *file, uint64_t size) {
    bool shrinks = size < file->size;
    uint32_t error = charge(file, size);
    if (error) return error;
    if (shrinks) clear_tail(file);
    file->modified = file->changed = cap_memfs_now(file->fs);
    return WASI_OK;
}
