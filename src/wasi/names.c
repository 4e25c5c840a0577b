/* Making, moving and removing names. */
#include <string.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/metadata.h"
#include "wasi/quota.h"

/* A path argument resolved below directory `fd`, which must have `right`; links in the last place stay links. */
static uint32_t locate(cap_host *host, uint32_t fd, uint64_t right, uint32_t path, uint32_t length, unsigned flags,
                       const char *operation, cap_place *place) {
    cap_descriptor *base;
    uint32_t error = cap_descriptor_directory(host->wasi, fd, right, &base);
    if (error) return error;
    cap_guest_string string;
    error = cap_guest_string_load(host, path, length, &string);
    return error ? error : cap_path_resolve(host->wasi, base, &string, flags, operation, place);
}

/* Attributes of what is at the place. */
static uint32_t look(const cap_place *place, struct stat *ret_status) {
    return cap_object_stat_at(&place->parent, place->name, ret_status);
}

/* After the operation that should have made the place: gives the charged inode back when `error` is a failure. */
static uint32_t settle_inode(cap_wasi *wasi, const cap_place *place, uint32_t error) {
    struct stat status;
    if (error)
        cap_quota_refund_inode(wasi, place->mount);
    else if (cap_steady_knows(wasi, place->mount) && look(place, &status) == 0)
        cap_steady_made(wasi, place->mount, &status);
    return error;
}

/* path_create_directory */
uint32_t cap_wasi_path_create_directory(cap_host *host, uint32_t fd, uint32_t path, uint32_t length) {
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    uint32_t error = locate(host, fd, WASI_RIGHT_PATH_CREATE_DIRECTORY, path, length, CAP_PATH_CREATE, "mkdir", &place);
    if (error) return error;
    struct stat status;
    if (cap_place_is_level(&place)) return WASI_EEXIST;
    error = cap_place_writable(host->wasi, &place, "mkdir");
    if (!error && !look(&place, &status) && S_ISDIR(status.st_mode)) return WASI_EEXIST; /* a protected one too */
    if (!error) error = cap_place_changeable(host->wasi, &place, "mkdir");
    if (!error) error = cap_quota_inode(host->wasi, place.mount);
    if (error) return error;
    return settle_inode(host->wasi, &place, cap_object_make_directory(&place.parent, place.name));
}

/* path_link: a second name for a file, in the same mount. Links are never followed (EINVAL when that is asked), and a
 * directory cannot have a second name. */
uint32_t cap_wasi_path_link(cap_host *host, uint32_t old_fd, uint32_t old_lookup, uint32_t old_path, uint32_t old_length,
                            uint32_t new_fd, uint32_t new_path, uint32_t new_length) {
    cap_wasi *wasi = host->wasi;
    cap_autoplace cap_place old = CAP_PLACE_NONE;
    cap_autoplace cap_place new = CAP_PLACE_NONE;
    if (old_lookup) return WASI_EINVAL;
    uint32_t error = locate(host, old_fd, WASI_RIGHT_PATH_LINK_SOURCE, old_path, old_length, 0, "link", &old);
    if (!error)
        error = locate(host, new_fd, WASI_RIGHT_PATH_LINK_TARGET, new_path, new_length, CAP_PATH_CREATE, "link", &new);
    if (error) return error;
    if (cap_place_is_level(&old)) return WASI_EPERM;
    if (cap_place_is_level(&new)) return WASI_EEXIST;
    error = cap_place_changeable(wasi, &new, "link");
    if (!error) error = cap_place_changeable(wasi, &old, "link"); /* or its new name could be written */
    if (!error && old.mount != new.mount) error = WASI_EXDEV;
    if (error) return error;
    struct stat status;
    error = look(&old, &status);
    if (error) return error;
    if (S_ISDIR(status.st_mode)) return WASI_EPERM;
    if (old.must_be_directory) return WASI_ENOTDIR;
    if (new.must_be_directory) return look(&new, &status) ? WASI_ENOENT : WASI_EEXIST;
    error = cap_quota_inode(wasi, new.mount);
    if (error) return error;
    error = cap_object_link(&old.parent, old.name, &new.parent, new.name);
    if (error) cap_quota_refund_inode(wasi, new.mount);
    return error; /* the file is no new one */
}

/* path_symlink: a symbolic link. Its target is stored as it is, but an absolute one would mean a host path: EPERM. */
uint32_t cap_wasi_path_symlink(cap_host *host, uint32_t target, uint32_t target_length, uint32_t fd, uint32_t path,
                               uint32_t length) {
    cap_wasi *wasi = host->wasi;
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    cap_guest_string content;
    uint32_t error = cap_guest_string_load(host, target, target_length, &content);
    if (!error) error = locate(host, fd, WASI_RIGHT_PATH_SYMLINK, path, length, CAP_PATH_CREATE, "symlink", &place);
    if (error) return error;
    if (content.length == 0) return WASI_ENOENT;
    if (cap_place_is_level(&place)) return WASI_EEXIST;
    error = cap_place_changeable(wasi, &place, "symlink");
    if (error) return error;
    if (content.text[0] == '/') {
        cap_wasi_deny(wasi, "symlink", place.guest, "absolute target");
        return WASI_EPERM;
    }
    struct stat status;
    if (place.must_be_directory) {
        if (look(&place, &status)) return WASI_ENOENT;
        return S_ISDIR(status.st_mode) ? WASI_EEXIST : WASI_ENOTDIR;
    }
    error = cap_quota_inode(wasi, place.mount);
    if (error) return error;
    return settle_inode(wasi, &place, cap_object_make_symlink(&place.parent, place.name, content.text));
}

/* path_readlink: the target of a link, cut when the buffer is short. An absolute target is a host path: EPERM. */
uint32_t cap_wasi_path_readlink(cap_host *host, uint32_t fd, uint32_t path, uint32_t length, uint32_t buffer,
                                uint32_t buffer_length, uint32_t ret_size) {
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    uint32_t error = locate(host, fd, WASI_RIGHT_PATH_READLINK, path, length, CAP_PATH_SLASH_FOLLOWS, "readlink", &place);
    if (error) return error;
    if (cap_place_is_level(&place)) return WASI_EINVAL;
    if (!cap_memory_at(host->memory, buffer, buffer_length, 1) || !cap_wire_writable(host, ret_size, 4)) return WASI_EFAULT;
    char target[CAP_WASI_PATH_MAX + 1];
    size_t size;
    error = cap_object_read_link(&place.parent, place.name, target, sizeof target, &size);
    cap_place_report(host->wasi, &place, error != WASI_ENOENT);
    if (error) return error;
    if (size > 0 && target[0] == '/') {
        cap_wasi_deny(host->wasi, "readlink", place.guest, "absolute symbolic link");
        return WASI_EPERM;
    }
    uint32_t kept = size < buffer_length ? (uint32_t)size : buffer_length;
    error = cap_wire_store(host, buffer, target, kept);
    return error ? error : cap_wire_store32(host, ret_size, kept);
}

/* path_remove_directory: removes an empty directory. */
uint32_t cap_wasi_path_remove_directory(cap_host *host, uint32_t fd, uint32_t path, uint32_t length) {
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    uint32_t error = locate(host, fd, WASI_RIGHT_PATH_REMOVE_DIRECTORY, path, length, 0, "rmdir", &place);
    if (!error) error = cap_place_changeable(host->wasi, &place, "rmdir");
    if (error) return error;
    return cap_object_remove(&place.parent, place.name, true);
}

/* path_unlink_file: removes a name that is not a directory's. */
uint32_t cap_wasi_path_unlink_file(cap_host *host, uint32_t fd, uint32_t path, uint32_t length) {
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    uint32_t error = locate(host, fd, WASI_RIGHT_PATH_UNLINK_FILE, path, length, 0, "unlink", &place);
    if (error) return error;
    if (cap_place_is_level(&place)) return WASI_EISDIR;
    error = cap_place_changeable(host->wasi, &place, "unlink");
    if (error) return error;
    struct stat status;
    if (place.must_be_directory && !look(&place, &status)) return S_ISDIR(status.st_mode) ? WASI_EISDIR : WASI_ENOTDIR;
    return cap_object_remove(&place.parent, place.name, false);
}

/* A slash after a name that is renamed is right only for a directory; after its new name only when it is one. */
static uint32_t check_rename_slashes(const cap_place *old, const cap_place *new) {
    struct stat status;
    if (!old->must_be_directory && !new->must_be_directory) return WASI_OK;
    uint32_t error = look(old, &status);
    if (error) return error;
    return S_ISDIR(status.st_mode) ? WASI_OK : WASI_ENOTDIR;
}

/* path_rename: moves a name within one mount, replacing what has the new one. */
uint32_t cap_wasi_path_rename(cap_host *host, uint32_t old_fd, uint32_t old_path, uint32_t old_length, uint32_t new_fd,
                              uint32_t new_path, uint32_t new_length) {
    cap_wasi *wasi = host->wasi;
    cap_autoplace cap_place old = CAP_PLACE_NONE;
    cap_autoplace cap_place new = CAP_PLACE_NONE;
    uint32_t error = locate(host, old_fd, WASI_RIGHT_PATH_RENAME_SOURCE, old_path, old_length, 0, "rename", &old);
    if (!error)
        error = locate(host, new_fd, WASI_RIGHT_PATH_RENAME_TARGET, new_path, new_length, CAP_PATH_CREATE, "rename", &new);
    if (!error) error = cap_place_changeable(wasi, &old, "rename");
    if (!error) error = cap_place_changeable(wasi, &new, "rename");
    if (!error && old.mount != new.mount) error = WASI_EXDEV;
    if (!error) error = check_rename_slashes(&old, &new);
    if (error) return error;
    return cap_object_rename(&old.parent, old.name, &new.parent, new.name);
}
