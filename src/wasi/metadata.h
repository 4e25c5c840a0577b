/* struct stat, of the host or of memory, as filestat of the guest. */
#ifndef CAP_WASI_METADATA_H
#define CAP_WASI_METADATA_H

#include <sys/stat.h>

#include "wasi/path.h"
#include "wasi/wire.h"

/* `status` of an object in `mount`. Times before the epoch become 0; those of internal mounts are CAP_WASI_CLOCK_ORIGIN_NS. */
void cap_filestat_of(cap_wasi *wasi, const cap_wasi_mount *mount, const struct stat *status, cap_filestat *ret_stat);

/* The filestat of a synthetic directory. */
void cap_filestat_of_node(const cap_wasi *wasi, const cap_mount_node *node, cap_filestat *ret_stat);

/* What lies at a place in a mount, links not followed: 0; ENOENT when nothing is there or the mount does not show it;
 * ENOTDIR when a directory was asked for. Reports the look-up. */
uint32_t cap_place_stat(cap_wasi *wasi, const cap_place *place, struct stat *ret_status);

#endif
