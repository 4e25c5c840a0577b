#include "wasi/quota.h"

#include <sys/resource.h>

#include "wasi/abi.h"

static bool uncounted(const cap_wasi_mount *mount) { return mount->internal || mount->memory; }

/* Charges `wanted` bytes, or as many as are left but no fewer than `least`: how many, 0 when those are not left. */
static uint64_t charge(cap_wasi *wasi, uint64_t least, uint64_t wanted) {
    uint64_t *charged = &wasi->config.account->bytes, limit = wasi->config.write_limit;
    uint64_t before = __atomic_load_n(charged, __ATOMIC_RELAXED), taken;
    do {
        uint64_t left = limit > before ? limit - before : 0;
        if (left < least) {
            wasi->excess = (cap_excess){.limit = "write_bytes", .used = before + wanted, .allowed = limit};
            return 0;
        }
        taken = wanted < left ? wanted : left;
    } while (!__atomic_compare_exchange_n(charged, &before, before + taken, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return taken;
}

/* Gives bytes back; never more than were charged, as a file may have been there before the run. */
static void refund(cap_wasi *wasi, uint64_t bytes) {
    uint64_t *charged = &wasi->config.account->bytes, before = __atomic_load_n(charged, __ATOMIC_RELAXED), after;
    do {
        after = bytes < before ? before - bytes : 0;
    } while (!__atomic_compare_exchange_n(charged, &before, after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

uint64_t cap_quota_fit(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t size, uint64_t offset, uint64_t length) {
    uint64_t end = offset + length; /* offset <= INT64_MAX and length <= UINT32_MAX: no overflow */
    if (uncounted(mount) || length == 0 || end <= size) return length;
    uint64_t hole = offset > size ? offset - size : 0; /* grows too, and without a byte behind it for nothing */
    uint64_t taken = charge(wasi, offset < size ? 0 : hole + 1, end - size);
    return taken ? size + taken - offset : offset < size ? size - offset : 0;
}

uint32_t cap_quota_resize(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t before, uint64_t after) {
    if (uncounted(mount) || after == before) return WASI_OK;
    if (after < before) {
        refund(wasi, before - after);
        return WASI_OK;
    }
    return charge(wasi, after - before, after - before) ? WASI_OK : WASI_EDQUOT;
}

uint32_t cap_quota_inode(cap_wasi *wasi, const cap_wasi_mount *mount) {
    const uint32_t limit = wasi->config.inode_limit;
    if (uncounted(mount)) return WASI_OK;
    uint32_t *charged = &wasi->config.account->inodes, before = __atomic_load_n(charged, __ATOMIC_RELAXED);
    do {
        if (before >= limit) {
            wasi->excess = (cap_excess){.limit = "inodes", .used = (uint64_t)before + 1, .allowed = limit};
            return WASI_EDQUOT;
        }
    } while (!__atomic_compare_exchange_n(charged, &before, before + 1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return WASI_OK;
}

void cap_quota_refund_inode(cap_wasi *wasi, const cap_wasi_mount *mount) {
    if (!uncounted(mount)) __atomic_fetch_sub(&wasi->config.account->inodes, 1, __ATOMIC_RELAXED);
}

/* RLIMIT_FSIZE, or the largest file there can be: beyond it a write would be a signal that ends the host. */
static uint64_t process_limit(void) {
    struct rlimit limit;
    bool limited = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return limited && limit.rlim_cur < INT64_MAX ? limit.rlim_cur : INT64_MAX;
}

uint64_t cap_quota_file_size(cap_wasi *wasi, const cap_wasi_mount *mount) {
    if (mount->memory) return CAP_MEMFS_FILE_MAX;
    if (!wasi->file_size_limit) wasi->file_size_limit = process_limit();
    return wasi->file_size_limit;
}
