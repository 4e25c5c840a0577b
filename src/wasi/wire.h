/* Preview 1 values and structs as bytes of guest memory: little-endian, no alignment promised, padding zero.
 * Structs are built in a zeroed buffer and copied out once, so that no byte of the host's stack leaks. */
#ifndef CAP_WASI_WIRE_H
#define CAP_WASI_WIRE_H

#include <stdint.h>
#include <string.h>

#include "engine/host.h"
#include "wasi/abi.h"

static inline void cap_wire_put16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void cap_wire_put32(uint8_t *at, uint32_t value) {
    cap_wire_put16(at, (uint16_t)value);
    cap_wire_put16(at + 2, (uint16_t)(value >> 16));
}

static inline void cap_wire_put64(uint8_t *at, uint64_t value) {
    cap_wire_put32(at, (uint32_t)value);
    cap_wire_put32(at + 4, (uint32_t)(value >> 32));
}

static inline uint16_t cap_wire_get16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }
static inline uint32_t cap_wire_get32(const uint8_t *at) {
    return (uint32_t)cap_wire_get16(at) | (uint32_t)cap_wire_get16(at + 2) << 16;
}
static inline uint64_t cap_wire_get64(const uint8_t *at) {
    return (uint64_t)cap_wire_get32(at) | (uint64_t)cap_wire_get32(at + 4) << 32;
}

/* Copies `size` bytes of `bytes` to guest address `pointer`: 0 or EFAULT. */
static inline uint32_t cap_wire_store(const cap_host *host, uint32_t pointer, const void *bytes, uint32_t size) {
    uint8_t *at = cap_memory_writable(host->memory, pointer, 1, size);
    if (!at) return WASI_EFAULT;
    if (size) memcpy(at, bytes, size);
    return WASI_OK;
}

static inline uint32_t cap_wire_store32(const cap_host *host, uint32_t pointer, uint32_t value) {
    uint8_t bytes[4];
    cap_wire_put32(bytes, value);
    return cap_wire_store(host, pointer, bytes, sizeof bytes);
}

static inline uint32_t cap_wire_store64(const cap_host *host, uint32_t pointer, uint64_t value) {
    uint8_t bytes[8];
    cap_wire_put64(bytes, value);
    return cap_wire_store(host, pointer, bytes, sizeof bytes);
}

/* True when `size` bytes at `pointer` are guest memory: asked before an operation with effects whose result goes
 * there, so that a bad result pointer has no effects. */
static inline bool cap_wire_writable(const cap_host *host, uint32_t pointer, uint32_t size) {
    return cap_memory_at(host->memory, pointer, 1, size) != 0;
}

/* Contents of struct filestat. Times in ns since the epoch. */
typedef struct cap_filestat {
    uint64_t device, inode;
    uint8_t filetype;
    uint64_t links, size, accessed, modified, changed;
} cap_filestat;

static inline uint32_t cap_wire_store_filestat(const cap_host *host, uint32_t pointer, const cap_filestat *stat) {
    uint8_t bytes[WASI_SIZE_FILESTAT] = {0};
    cap_wire_put64(bytes, stat->device);
    cap_wire_put64(bytes + 8, stat->inode);
    bytes[16] = stat->filetype;
    cap_wire_put64(bytes + 24, stat->links);
    cap_wire_put64(bytes + 32, stat->size);
    cap_wire_put64(bytes + 40, stat->accessed);
    cap_wire_put64(bytes + 48, stat->modified);
    cap_wire_put64(bytes + 56, stat->changed);
    return cap_wire_store(host, pointer, bytes, sizeof bytes);
}

static inline uint32_t cap_wire_store_fdstat(const cap_host *host, uint32_t pointer, uint8_t filetype, uint16_t flags,
                                             uint64_t rights, uint64_t inheriting) {
    uint8_t bytes[WASI_SIZE_FDSTAT] = {0};
    bytes[0] = filetype;
    cap_wire_put16(bytes + 2, flags);
    cap_wire_put64(bytes + 8, rights);
    cap_wire_put64(bytes + 16, inheriting);
    return cap_wire_store(host, pointer, bytes, sizeof bytes);
}

/* Contents of struct event. */
typedef struct cap_event {
    uint64_t userdata;
    uint16_t error;
    uint8_t type;
    uint64_t bytes;  /* fd_read, fd_write: bytes available */
    uint16_t flags;  /* fd_read, fd_write: WASI_EVENTRW_HANGUP */
} cap_event;

static inline void cap_wire_put_event(uint8_t at[WASI_SIZE_EVENT], const cap_event *event) {
    memset(at, 0, WASI_SIZE_EVENT);
    cap_wire_put64(at, event->userdata);
    cap_wire_put16(at + 8, event->error);
    at[10] = event->type;
    cap_wire_put64(at + 16, event->bytes);
    cap_wire_put16(at + 24, event->flags);
}

static inline void cap_wire_put_dirent(uint8_t at[WASI_SIZE_DIRENT], uint64_t next, uint64_t inode, uint32_t name_length,
                                       uint8_t filetype) {
    memset(at, 0, WASI_SIZE_DIRENT);
    cap_wire_put64(at, next);
    cap_wire_put64(at + 8, inode);
    cap_wire_put32(at + 16, name_length);
    at[20] = filetype;
}

#endif
