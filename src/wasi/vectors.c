#include "wasi/vectors.h"

#include "wasi/abi.h"
#include "wasi/wire.h"

uint32_t cap_vectors_load(const cap_host *host, uint32_t pointer, uint32_t count, cap_vectors *ret_vectors) {
    if (count > CAP_WASI_IOV_MAX) return WASI_EINVAL;
    const uint8_t *list = cap_memory_at(host->memory, pointer, count, WASI_SIZE_IOVEC);
    if (!list) return WASI_EFAULT;
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++, list += WASI_SIZE_IOVEC) {
        uint32_t length = cap_wire_get32(list + 4);
        const void *base = cap_memory_at(host->memory, cap_wire_get32(list), length, 1);
        if (!base) return WASI_EFAULT;
        ret_vectors->items[i] = (struct iovec){.iov_base = (void *)(uintptr_t)base, .iov_len = length};
        total += length;
    }
    if (total > UINT32_MAX) return WASI_EINVAL;
    ret_vectors->count = count;
    ret_vectors->next = 0;
    ret_vectors->left = (uint32_t)total;
    return WASI_OK;
}

int cap_vectors_window(const cap_vectors *vectors, uint64_t most, struct iovec window[CAP_IO_WINDOW], uint32_t *ret_size) {
    uint32_t room = most < CAP_IO_STEP ? (uint32_t)most : CAP_IO_STEP, size = 0;
    int count = 0;
    for (uint32_t i = vectors->next; i < vectors->count && count < CAP_IO_WINDOW && size < room; i++) {
        struct iovec item = vectors->items[i];
        if (item.iov_len == 0) continue;
        if (item.iov_len > room - size) item.iov_len = room - size;
        size += (uint32_t)item.iov_len;
        window[count++] = item;
    }
    *ret_size = size;
    return count;
}

int cap_vectors_target(const cap_host *host, const cap_vectors *vectors, struct iovec window[CAP_IO_WINDOW], uint32_t *ret_size) {
    int count = cap_vectors_window(vectors, UINT64_MAX, window, ret_size);
    for (int i = 0; i < count; i++) {
        uint64_t offset = (uint64_t)((uint8_t *)window[i].iov_base - host->memory->base);
        if (!cap_memory_writable(host->memory, (uint32_t)offset, (uint32_t)window[i].iov_len, 1)) return -1;
    }
    return count;
}

void cap_vectors_advance(cap_vectors *vectors, uint32_t size) {
    vectors->left -= size;
    while (size) {
        struct iovec *item = &vectors->items[vectors->next];
        uint32_t part = item->iov_len < size ? (uint32_t)item->iov_len : size;
        item->iov_base = (uint8_t *)item->iov_base + part;
        item->iov_len -= part;
        size -= part;
        if (item->iov_len == 0) vectors->next++;
    }
}
