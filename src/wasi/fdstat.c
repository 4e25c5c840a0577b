/* Descriptors as such: closing, renumbering, flags, rights, preopens. */
#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/state.h"
#include "wasi/wire.h"

/* fd_close */
uint32_t cap_wasi_fd_close(cap_host *host, uint32_t fd) {
    cap_descriptor *descriptor = cap_descriptor_at(host->wasi, fd);
    if (!descriptor) return WASI_EBADF;
    cap_descriptor_close(host->wasi, descriptor);
    return WASI_OK;
}

/* fd_renumber: `to`, which must be open, is closed and becomes what `fd` was; `fd` is free then. */
uint32_t cap_wasi_fd_renumber(cap_host *host, uint32_t fd, uint32_t to) {
    cap_descriptor *from = cap_descriptor_at(host->wasi, fd);
    cap_descriptor *target = cap_descriptor_at(host->wasi, to);
    if (!from || !target) return WASI_EBADF;
    if (from == target) return WASI_OK;
    cap_descriptor_close(host->wasi, target);
    *target = *from;
    *from = (cap_descriptor){.kind = CAP_DESCRIPTOR_FREE, .object = CAP_OBJECT_NONE};
    return WASI_OK;
}

/* fd_fdstat_get: type, flags and rights of a descriptor. */
uint32_t cap_wasi_fd_fdstat_get(cap_host *host, uint32_t fd, uint32_t ret_fdstat) {
    const cap_descriptor *descriptor = cap_descriptor_at(host->wasi, fd);
    if (!descriptor) return WASI_EBADF;
    return cap_wire_store_fdstat(host, ret_fdstat, descriptor->filetype, descriptor->flags, descriptor->rights,
                                 descriptor->inheriting);
}

/* fd_fdstat_set_flags: APPEND and NONBLOCK may change; the SYNC flags are given at opening (ENOTSUP). Append mode is the
 * kernel's business too, so that two writers of one file do not overwrite each other. */
uint32_t cap_wasi_fd_fdstat_set_flags(cap_host *host, uint32_t fd, uint32_t flags) {
    const uint32_t changeable = WASI_FDFLAG_APPEND | WASI_FDFLAG_NONBLOCK;
    cap_descriptor *descriptor;
    uint32_t error = cap_descriptor_get(host->wasi, fd, WASI_RIGHT_FD_FDSTAT_SET_FLAGS, &descriptor);
    if (error) return error;
    if (flags & ~(uint32_t)WASI_FDFLAGS_KNOWN) return WASI_EINVAL;
    uint32_t changed = flags ^ descriptor->flags;
    if (changed & ~changeable) return WASI_ENOTSUP;
    if (changed & WASI_FDFLAG_APPEND && descriptor->kind == CAP_DESCRIPTOR_FILE)
        error = cap_object_set_append(&descriptor->object, flags & WASI_FDFLAG_APPEND);
    if (!error) descriptor->flags = (uint16_t)flags;
    return error;
}

/* fd_fdstat_set_rights: rights can be given up, never gained (ENOTCAPABLE). */
uint32_t cap_wasi_fd_fdstat_set_rights(cap_host *host, uint32_t fd, uint64_t rights, uint64_t inheriting) {
    cap_descriptor *descriptor = cap_descriptor_at(host->wasi, fd);
    if (!descriptor) return WASI_EBADF;
    if ((rights & ~descriptor->rights) || (inheriting & ~descriptor->inheriting)) return WASI_ENOTCAPABLE;
    descriptor->rights = rights;
    descriptor->inheriting = inheriting;
    return WASI_OK;
}

/* fd_prestat_get: that a descriptor is a preopened directory, and how long its name is. */
uint32_t cap_wasi_fd_prestat_get(cap_host *host, uint32_t fd, uint32_t ret_prestat) {
    const cap_descriptor *descriptor = cap_descriptor_at(host->wasi, fd);
    if (!descriptor || !descriptor->preopen) return WASI_EBADF;
    uint8_t bytes[WASI_SIZE_PRESTAT] = {0};
    cap_wire_put32(bytes + 4, (uint32_t)strlen(cap_descriptor_preopen_name(descriptor)));
    return cap_wire_store(host, ret_prestat, bytes, sizeof bytes);
}

/* fd_prestat_dir_name: the name of a preopened directory, without a NUL; ENAMETOOLONG when it does not fit. */
uint32_t cap_wasi_fd_prestat_dir_name(cap_host *host, uint32_t fd, uint32_t buffer, uint32_t length) {
    const cap_descriptor *descriptor = cap_descriptor_at(host->wasi, fd);
    if (!descriptor || !descriptor->preopen) return WASI_EBADF;
    const char *name = cap_descriptor_preopen_name(descriptor);
    uint32_t needed = (uint32_t)strlen(name);
    if (length < needed) return WASI_ENAMETOOLONG;
    return cap_wire_store(host, buffer, name, needed);
}
