/* path_open: how a guest gets at files and directories. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/metadata.h"
#include "wasi/quota.h"

enum { CREATE_ATTEMPTS = 8 }; /* a name that comes and goes under our hands is given up after so many looks */

/* What the guest asked for. */
typedef struct open_request {
    uint32_t lookup, oflags, fdflags;
    uint64_t rights, inheriting;
    uint64_t passed_on; /* by the directory; all of it but reading and writing is implied, where rights are */
    uint64_t implied;
} open_request;

#define READ_WRITE (WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE)

static bool asks(const open_request *request, uint32_t oflag) { return request->oflags & oflag; }

static bool wants_write(const open_request *request) {
    const uint64_t writing = WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE;
    return (request->rights & writing) || asks(request, WASI_OFLAG_TRUNC);
}

/* Flags that make no sense, and rights the directory cannot pass on. */
static uint32_t check_request(const cap_descriptor *base, const open_request *request) {
    if ((request->oflags & ~(uint32_t)WASI_OFLAGS_KNOWN) || (request->fdflags & ~(uint32_t)WASI_FDFLAGS_KNOWN) ||
        (request->lookup & ~(uint32_t)WASI_LOOKUP_SYMLINK_FOLLOW))
        return WASI_EINVAL;
    if (asks(request, WASI_OFLAG_CREAT) && asks(request, WASI_OFLAG_DIRECTORY)) return WASI_EINVAL;
    uint64_t needed = WASI_RIGHT_PATH_OPEN;
    if (asks(request, WASI_OFLAG_CREAT)) needed |= WASI_RIGHT_PATH_CREATE_FILE;
    if (asks(request, WASI_OFLAG_TRUNC)) needed |= WASI_RIGHT_PATH_FILESTAT_SET_SIZE;
    if (needed & ~base->rights) return WASI_ENOTCAPABLE;
    uint64_t passed_on = (request->rights | request->inheriting) & WASI_RIGHTS_KNOWN;
    return passed_on & ~base->inheriting ? WASI_ENOTCAPABLE : WASI_OK;
}

static int host_flags(const open_request *request, bool writing) {
    bool reading = !writing || (request->rights & WASI_RIGHT_FD_READ);
    int flags = !writing ? O_RDONLY : reading ? O_RDWR : O_WRONLY;
    if (request->fdflags & WASI_FDFLAG_APPEND) flags |= O_APPEND;
    if (request->fdflags & WASI_FDFLAG_DSYNC) flags |= O_DSYNC;
    if (request->fdflags & (WASI_FDFLAG_SYNC | WASI_FDFLAG_RSYNC)) flags |= O_SYNC;
    return flags;
}

/* What a directory passes on: where rights are implied, all of what was passed on to it. */
static uint64_t inherited(const cap_wasi *wasi, const open_request *request) {
    return (wasi->config.implied_rights ? request->passed_on : request->inheriting) & WASI_RIGHTS_KNOWN;
}

/* ---- Directories ---- */

/* Opens the directory `name` of the place ("." when it was opened on the way); a synthetic one has no host side. */
static uint32_t open_directory(cap_wasi *wasi, const cap_place *place, const open_request *request, cap_descriptor *ret) {
    if (asks(request, WASI_OFLAG_CREAT)) return asks(request, WASI_OFLAG_EXCL) ? WASI_EEXIST : WASI_EISDIR;
    if ((request->rights & WASI_RIGHT_FD_WRITE) || asks(request, WASI_OFLAG_TRUNC)) return WASI_EISDIR;
    *ret = (cap_descriptor){.kind = CAP_DESCRIPTOR_DIRECTORY, .filetype = WASI_FILETYPE_DIRECTORY, .object = CAP_OBJECT_NONE,
                            .flags = (uint16_t)request->fdflags,
                            .rights = (request->rights | request->implied) & CAP_RIGHTS_DIRECTORY,
                            .inheriting = inherited(wasi, request), .mount = place->mount, .node = place->node};
    if (place->mount) {
        uint32_t error = cap_object_open_directory(&place->parent, place->name, &ret->object);
        if (error) return error;
        ret->owned = true;
        cap_place_report(wasi, place, true);
    }
    ret->guest_path = strdup(place->guest);
    if (ret->guest_path) return WASI_OK;
    if (ret->owned) cap_object_close(&ret->object);
    return WASI_ENOMEM;
}

/* ---- Files ---- */

/* Fills the descriptor for an open file; truncates when that was asked. The caller closes the file on failure. */
static uint32_t finish_file(cap_wasi *wasi, const cap_place *place, const open_request *request, bool writing,
                            const cap_object *file, const struct stat *status, cap_descriptor *ret) {
    if (asks(request, WASI_OFLAG_TRUNC) && status->st_size > 0) {
        uint32_t error = cap_object_resize(file, 0);
        if (error) return error;
        cap_quota_resize(wasi, place->mount, (uint64_t)status->st_size, 0);
        cap_steady_written(wasi, place->mount, file);
    }
    *ret = (cap_descriptor){.kind = CAP_DESCRIPTOR_FILE, .filetype = WASI_FILETYPE_REGULAR_FILE, .owned = true,
                            .writable = writing, .frozen = cap_place_is_protected(wasi, place, status),
                            .flags = (uint16_t)request->fdflags, .object = *file,
                            .rights = (request->rights | request->implied) & CAP_RIGHTS_FILE,
                            .inheriting = request->inheriting & WASI_RIGHTS_KNOWN, .mount = place->mount};
    return WASI_OK;
}

/* Opens a file that was just seen to exist, as `seen`. What is neither file nor directory is never opened: a FIFO
 * would hang, a device might act. */
static uint32_t open_existing(cap_wasi *wasi, const cap_place *place, const open_request *request, const struct stat *seen,
                              cap_descriptor *ret) {
    if (asks(request, WASI_OFLAG_CREAT) && asks(request, WASI_OFLAG_EXCL)) return WASI_EEXIST;
    if (S_ISDIR(seen->st_mode)) return open_directory(wasi, place, request, ret);
    if (asks(request, WASI_OFLAG_DIRECTORY) || place->must_be_directory) return WASI_ENOTDIR;
    if (S_ISLNK(seen->st_mode)) return WASI_ELOOP;
    if (!S_ISREG(seen->st_mode)) {
        cap_wasi_deny(wasi, "open", place->guest, "neither a file nor a directory");
        return WASI_EACCES;
    }
    bool writing = wants_write(request);
    if (!place->mount->writable && !(request->rights & WASI_RIGHT_FD_WRITE) && !asks(request, WASI_OFLAG_TRUNC))
        writing = false; /* rights to allocate or resize alone are not a wish to write: they simply fail later */
    uint32_t error = writing ? cap_place_changeable(wasi, place, "write") : WASI_OK;
    if (error) return error;
    cap_object file;
    error = cap_object_open_file(&place->parent, place->name, host_flags(request, writing), &file);
    if (error) return error;
    struct stat status;
    error = cap_object_stat(&file, &status);
    if (!error && !S_ISREG(status.st_mode)) error = WASI_EACCES;
    if (!error && writing && cap_place_is_protected(wasi, place, &status)) error = WASI_EPERM;
    if (!error) error = finish_file(wasi, place, request, writing, &file, &status, ret);
    if (error) cap_object_close(&file);
    return error;
}

/* Makes a file that was just seen not to exist. EEXIST when somebody else did. */
static uint32_t create_file(cap_wasi *wasi, const cap_place *place, const open_request *request, cap_descriptor *ret) {
    uint32_t error = cap_place_changeable(wasi, place, "create");
    if (error) return error;
    if (place->must_be_directory) return WASI_EISDIR;
    if (!cap_mount_shows(place->mount, place->name, WASI_FILETYPE_REGULAR_FILE)) return WASI_EPERM;
    error = cap_quota_inode(wasi, place->mount);
    if (error) return error;
    bool writing = wants_write(request);
    cap_object file;
    error = cap_object_open_file(&place->parent, place->name, host_flags(request, writing) | O_CREAT | O_EXCL, &file);
    if (error) {
        cap_quota_refund_inode(wasi, place->mount);
        return error;
    }
    struct stat status = {0};
    if (cap_steady_knows(wasi, place->mount) && cap_object_stat(&file, &status) == 0)
        cap_steady_made(wasi, place->mount, &status);
    return finish_file(wasi, place, request, writing, &file, &status, ret); /* it is empty: nothing can fail */
}

/* Opens or makes what is called `name` in a directory of a mount. */
static uint32_t open_named(cap_wasi *wasi, const cap_place *place, const open_request *request, cap_descriptor *ret) {
    uint32_t error = WASI_EAGAIN;
    for (int attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
        struct stat status;
        error = cap_object_stat_at(&place->parent, place->name, &status);
        if (!error) {
            if (!cap_mount_shows(place->mount, place->name, cap_filetype_of_mode(status.st_mode))) {
                cap_wasi_deny(wasi, "open", place->guest, "only *.py files of the program are visible");
                cap_place_report(wasi, place, true); /* it is there, and what it is decided */
                return WASI_ENOENT;
            }
            error = open_existing(wasi, place, request, &status, ret);
            if (error != WASI_ENOENT || !asks(request, WASI_OFLAG_CREAT)) break;
        } else {
            if (error != WASI_ENOENT || !asks(request, WASI_OFLAG_CREAT)) break;
            error = create_file(wasi, place, request, ret);
            if (error != WASI_EEXIST || asks(request, WASI_OFLAG_EXCL)) break;
        }
    }
    if (error == WASI_OK || error == WASI_ENOENT) cap_place_report(wasi, place, error == WASI_OK);
    return error;
}

/* path_open: opens a file or directory below directory `fd`; the new descriptor is the lowest free number. Rights that
 * do not apply to the type of file are dropped; the right to write asks for writing. */
uint32_t cap_wasi_path_open(cap_host *host, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t length, uint32_t oflags,
                            uint64_t rights, uint64_t inheriting, uint32_t fdflags, uint32_t ret_fd) {
    cap_wasi *wasi = host->wasi;
    open_request request = {.lookup = lookup, .oflags = oflags, .fdflags = fdflags, .rights = rights, .inheriting = inheriting};
    cap_descriptor *base;
    uint32_t error = cap_descriptor_directory(wasi, fd, 0, &base);
    if (!error) error = check_request(base, &request);
    if (!error) request.passed_on = base->inheriting;
    if (!error && wasi->config.implied_rights) request.implied = base->inheriting & ~(uint64_t)READ_WRITE;
    if (error) return error;
    cap_guest_string string;
    error = cap_guest_string_load(host, path, length, &string);
    if (error) return error;
    if (!cap_wire_writable(host, ret_fd, 4)) return WASI_EFAULT;
    if (!cap_descriptor_room(wasi)) return WASI_EMFILE;
    bool exclusive = asks(&request, WASI_OFLAG_CREAT) && asks(&request, WASI_OFLAG_EXCL);
    unsigned flags = CAP_PATH_SLASH_FOLLOWS | (lookup && !exclusive ? CAP_PATH_FOLLOW : 0) |
                     (asks(&request, WASI_OFLAG_CREAT) ? CAP_PATH_CREATE : 0);
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    error = cap_path_resolve(wasi, base, &string, flags, "open", &place);
    if (error) return cap_wasi_judge(wasi, error);
    cap_descriptor opened;
    error = cap_place_is_level(&place) ? open_directory(wasi, &place, &request, &opened)
                                       : open_named(wasi, &place, &request, &opened);
    if (error) return cap_wasi_judge(wasi, error);
    uint32_t number;
    error = cap_descriptor_add(wasi, &opened, &number);
    if (error) {
        cap_descriptor_close(wasi, &opened);
        return error;
    }
    return cap_wire_store32(host, ret_fd, number);
}
