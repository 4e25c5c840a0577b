/* Directory entries on the wire. */
#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/listing.h"
#include "wasi/wire.h"

/* Copies as much of `bytes` as fits; answers how much. */
static uint32_t put_part(uint8_t *buffer, uint32_t used, uint32_t room, const void *bytes, uint32_t size) {
    uint32_t part = size < room - used ? size : room - used;
    memcpy(buffer + used, bytes, part);
    return part;
}

/* Entries from `cookie` on until the buffer is full, the last one cut; answers the bytes used. */
static uint32_t encode(const cap_listing *listing, uint64_t cookie, uint8_t *buffer, uint32_t room) {
    uint32_t used = 0;
    for (uint64_t i = cookie; i < listing->count && used < room; i++) {
        const cap_entry *entry = &listing->entries[i];
        uint8_t head[WASI_SIZE_DIRENT];
        cap_wire_put_dirent(head, i + 1, entry->inode, entry->name_length, entry->filetype);
        used += put_part(buffer, used, room, head, sizeof head);
        used += put_part(buffer, used, room, listing->names + entry->name, entry->name_length);
    }
    return used;
}

/* fd_readdir: entries of a directory from `cookie` on; fewer bytes than the buffer holds mean the end. Cookie 0 looks
 * at the directory anew, other cookies go on in what was seen then. */
uint32_t cap_wasi_fd_readdir(cap_host *host, uint32_t fd, uint32_t buffer, uint32_t length, uint64_t cookie,
                             uint32_t ret_size) {
    cap_descriptor *directory;
    uint32_t error = cap_descriptor_directory(host->wasi, fd, WASI_RIGHT_FD_READDIR, &directory);
    if (error) return error;
    uint8_t *bytes = cap_memory_writable(host->memory, buffer, length, 1);
    if (!bytes || !cap_wire_writable(host, ret_size, 4)) return WASI_EFAULT;
    cap_descriptor_mark(host->wasi, directory);
    if (cookie == 0 || !directory->listing) {
        cap_listing *listing;
        error = cap_listing_take(host, directory, &listing);
        if (error) return cap_wasi_judge(host->wasi, error);
        cap_listing_free(host->wasi, directory->listing);
        directory->listing = listing;
    }
    return cap_wire_store32(host, ret_size, encode(directory->listing, cookie, bytes, length));
}
