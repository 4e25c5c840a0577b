#include "wasi/quota.h"

#include "wasi/abi.h"

static bool uncounted(const cap_wasi_mount *mount) { return mount->internal || mount->memory; }

static uint64_t bytes_left(const cap_wasi *wasi) { return wasi->config.write_limit - wasi->bytes_charged; }

uint64_t cap_quota_fit(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t size, uint64_t offset, uint64_t length) {
    if (uncounted(mount) || length == 0) return length;
    uint64_t end = offset + length; /* offset <= INT64_MAX and length <= UINT32_MAX: no overflow */
    if (end <= size || end - size <= bytes_left(wasi)) return length;
    uint64_t last = size + bytes_left(wasi);
    if (last > offset) return last - offset;
    wasi->disk_exceeded = true;
    return 0;
}

uint32_t cap_quota_resize(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t before, uint64_t after) {
    if (uncounted(mount)) return WASI_OK;
    if (after <= before) {
        uint64_t freed = before - after;
        wasi->bytes_charged -= freed < wasi->bytes_charged ? freed : wasi->bytes_charged;
        return WASI_OK;
    }
    if (after - before > bytes_left(wasi)) {
        wasi->disk_exceeded = true;
        return WASI_EDQUOT;
    }
    wasi->bytes_charged += after - before;
    return WASI_OK;
}

uint32_t cap_quota_inode(cap_wasi *wasi, const cap_wasi_mount *mount) {
    if (uncounted(mount)) return WASI_OK;
    if (wasi->inodes_charged >= wasi->config.inode_limit) {
        wasi->disk_exceeded = true;
        return WASI_EDQUOT;
    }
    wasi->inodes_charged++;
    return WASI_OK;
}

void cap_quota_refund_inode(cap_wasi *wasi, const cap_wasi_mount *mount) {
    if (!uncounted(mount) && wasi->inodes_charged) wasi->inodes_charged--;
}

uint64_t cap_quota_file_size(const cap_wasi *wasi, const cap_wasi_mount *mount) {
    return mount->memory ? CAP_MEMFS_FILE_MAX : wasi->file_size_limit;
}
