/* What a run may add to the host's disks: logical bytes and inodes.
 *
 * Bytes are net growth of file sizes: a write, truncation or allocation beyond the end of a file charges the
 * difference (so a sparse file costs its whole size), shrinking a file gives it back. Removing a file gives nothing
 * back, because some other descriptor may keep its blocks alive; neither does an inode come back. Everything is charged
 * before it happens, since other sandboxes of the run charge the same account. A refused charge is kept as the run's
 * excess. Internal mounts are not counted, and the one in memory counts for itself (memfs.h). */
#ifndef CAP_WASI_QUOTA_H
#define CAP_WASI_QUOTA_H

#include "wasi/state.h"

/* How many of the bytes from `offset` to `offset + length` may be written to a file of `size` bytes: fewer than
 * `length` when the quota ends between, 0 when nothing fits. Charges the growth that means; what does not come of it is
 * given back with cap_quota_resize. */
uint64_t cap_quota_fit(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t size, uint64_t offset, uint64_t length);

/* Accounts for a file that went, or is about to go, from `before` to `after` bytes: 0 or EDQUOT (nothing charged). */
uint32_t cap_quota_resize(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t before, uint64_t after);

/* One more inode or directory entry: 0 or EDQUOT. Charged before it is made; cap_quota_refund_inode when that failed. */
uint32_t cap_quota_inode(cap_wasi *wasi, const cap_wasi_mount *mount);
void cap_quota_refund_inode(cap_wasi *wasi, const cap_wasi_mount *mount);

/* The most bytes a file of the mount may have. */
uint64_t cap_quota_file_size(cap_wasi *wasi, const cap_wasi_mount *mount);

#endif
