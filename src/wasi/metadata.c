/* Types, sizes and times of files. */
#include "wasi/metadata.h"

#include <fcntl.h>

#include "wasi/abi.h"
#include "wasi/calls.h"

enum { NS_PER_S = 1000000000 };

static uint64_t time_ns(struct timespec time) {
    if (time.tv_sec < 0) return 0;
    uint64_t ns;
    if (__builtin_mul_overflow((uint64_t)time.tv_sec, (uint64_t)NS_PER_S, &ns)) return UINT64_MAX;
    return __builtin_add_overflow(ns, (uint64_t)time.tv_nsec, &ns) ? UINT64_MAX : ns;
}

/* Instead of what the host's file system decides, see steady.h. */
static void make_steady(cap_wasi *wasi, const cap_wasi_mount *mount, const struct stat *status, cap_filestat *stat) {
    const cap_steady_file *file = cap_steady_meet(wasi, mount, status->st_dev, status->st_ino);
    stat->inode = file->number;
    stat->accessed = file->accessed;
    stat->modified = file->modified;
    stat->changed = file->changed;
    if (S_ISDIR(status->st_mode)) {
        stat->links = 1;
        stat->size = 0;
    }
}

void cap_filestat_of(cap_wasi *wasi, const cap_wasi_mount *mount, const struct stat *status, cap_filestat *ret_stat) {
    *ret_stat = (cap_filestat){
        .device = cap_mount_device(&wasi->mounts, mount),
        .inode = status->st_ino,
        .filetype = cap_filetype_of_mode(status->st_mode),
        .links = status->st_nlink,
        .size = (uint64_t)status->st_size,
        .accessed = time_ns(status->st_atim),
        .modified = time_ns(status->st_mtim),
        .changed = time_ns(status->st_ctim),
    };
    /* Library and program look alike at every import: an interpreter keeps in its image what it saw of a directory. */
    if (mount->internal) ret_stat->accessed = ret_stat->modified = ret_stat->changed = CAP_WASI_CLOCK_ORIGIN_NS;
    if (cap_steady_knows(wasi, mount)) make_steady(wasi, mount, status, ret_stat);
}

void cap_filestat_of_node(const cap_wasi *wasi, const cap_mount_node *node, cap_filestat *ret_stat) {
    *ret_stat = (cap_filestat){.device = cap_mount_device(&wasi->mounts, NULL), .inode = node->inode,
                               .filetype = WASI_FILETYPE_DIRECTORY, .links = 1};
}

uint32_t cap_place_stat(cap_wasi *wasi, const cap_place *place, struct stat *ret_status) {
    uint32_t error = cap_object_stat_at(&place->parent, place->name, ret_status);
    if (error) {
        if (error == WASI_ENOENT) cap_place_report(wasi, place, false);
        return error;
    }
    if (cap_place_is_level(place)) {
        cap_place_report(wasi, place, true);
        return WASI_OK;
    }
    cap_place_report(wasi, place, true);
    if (!cap_mount_shows(place->mount, place->name, cap_filetype_of_mode(ret_status->st_mode))) {
        cap_wasi_deny(wasi, "stat", place->guest, "only *.py files of the program are visible");
        return WASI_ENOENT;
    }
    return place->must_be_directory && !S_ISDIR(ret_status->st_mode) ? WASI_ENOTDIR : WASI_OK;
}

/* fd_filestat_get: attributes of an open descriptor. */
uint32_t cap_wasi_fd_filestat_get(cap_host *host, uint32_t fd, uint32_t ret_filestat) {
    cap_descriptor *descriptor;
    uint32_t error = cap_descriptor_get(host->wasi, fd, WASI_RIGHT_FD_FILESTAT_GET, &descriptor);
    if (error) return error;
    cap_filestat stat = {.filetype = descriptor->filetype};
    if (descriptor->kind == CAP_DESCRIPTOR_DIRECTORY) cap_descriptor_mark(host->wasi, descriptor);
    if (descriptor->mount) {
        struct stat status;
        error = cap_object_stat(&descriptor->object, &status);
        if (error) return error;
        cap_filestat_of(host->wasi, descriptor->mount, &status, &stat);
    } else if (descriptor->node) {
        cap_filestat_of_node(host->wasi, descriptor->node, &stat);
    }
    return cap_wire_store_filestat(host, ret_filestat, &stat);
}

/* A path argument, resolved below directory `fd` which must have `right`. */
static uint32_t locate(cap_host *host, uint32_t fd, uint64_t right, uint32_t lookup, uint32_t path, uint32_t length,
                       const char *operation, cap_place *place) {
    cap_descriptor *base;
    uint32_t error = cap_descriptor_directory(host->wasi, fd, right, &base);
    if (error) return error;
    if (lookup & ~(uint32_t)WASI_LOOKUP_SYMLINK_FOLLOW) return WASI_EINVAL;
    cap_guest_string string;
    error = cap_guest_string_load(host, path, length, &string);
    if (error) return error;
    unsigned flags = CAP_PATH_SLASH_FOLLOWS | (lookup ? CAP_PATH_FOLLOW : 0);
    return cap_path_resolve(host->wasi, base, &string, flags, operation, place);
}

/* path_filestat_get: attributes of a file or directory by path. */
uint32_t cap_wasi_path_filestat_get(cap_host *host, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t length,
                                    uint32_t ret_filestat) {
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    uint32_t error = locate(host, fd, WASI_RIGHT_PATH_FILESTAT_GET, lookup, path, length, "stat", &place);
    if (error) return cap_wasi_judge(host->wasi, error);
    cap_filestat stat;
    if (place.mount) {
        struct stat status;
        error = cap_place_stat(host->wasi, &place, &status);
        if (error) return cap_wasi_judge(host->wasi, error);
        cap_filestat_of(host->wasi, place.mount, &status, &stat);
    } else {
        cap_filestat_of_node(host->wasi, place.node, &stat);
    }
    return cap_wire_store_filestat(host, ret_filestat, &stat);
}

/* The two times to set, in utimensat's terms: EINVAL for contradicting or unknown flags. */
static uint32_t decode_times(uint64_t accessed, uint64_t modified, uint32_t flags, struct timespec ret_times[2]) {
    const uint32_t both_a = WASI_FST_ATIM | WASI_FST_ATIM_NOW, both_m = WASI_FST_MTIM | WASI_FST_MTIM_NOW;
    if ((flags & ~(uint32_t)WASI_FST_KNOWN) || (flags & both_a) == both_a || (flags & both_m) == both_m) return WASI_EINVAL;
    ret_times[0] = ret_times[1] = (struct timespec){.tv_nsec = UTIME_OMIT};
    if (flags & WASI_FST_ATIM_NOW) ret_times[0].tv_nsec = UTIME_NOW;
    if (flags & WASI_FST_MTIM_NOW) ret_times[1].tv_nsec = UTIME_NOW;
    if (flags & WASI_FST_ATIM)
        ret_times[0] = (struct timespec){.tv_sec = (time_t)(accessed / NS_PER_S), .tv_nsec = (long)(accessed % NS_PER_S)};
    if (flags & WASI_FST_MTIM)
        ret_times[1] = (struct timespec){.tv_sec = (time_t)(modified / NS_PER_S), .tv_nsec = (long)(modified % NS_PER_S)};
    return WASI_OK;
}

/* Of files that was judged when they were opened. */
static bool is_protected_directory(const cap_wasi *wasi, const cap_descriptor *descriptor) {
    struct stat status;
    if (descriptor->kind != CAP_DESCRIPTOR_DIRECTORY || descriptor->object.node) return false;
    return cap_object_stat(&descriptor->object, &status) || cap_inode_is_protected(wasi, &status);
}

/* fd_filestat_set_times: times of an open file or directory. */
uint32_t cap_wasi_fd_filestat_set_times(cap_host *host, uint32_t fd, uint64_t accessed, uint64_t modified, uint32_t flags) {
    cap_descriptor *descriptor;
    uint32_t error = cap_descriptor_get(host->wasi, fd, WASI_RIGHT_FD_FILESTAT_SET_TIMES, &descriptor);
    if (error) return error;
    struct timespec times[2];
    error = decode_times(accessed, modified, flags, times);
    if (error) return error;
    if (!descriptor->mount || !descriptor->mount->writable || descriptor->frozen) return WASI_EPERM;
    if (is_protected_directory(host->wasi, descriptor)) return WASI_EPERM;
    /* The mount itself may be O_PATH, which futimens refuses. */
    error = descriptor->owned ? cap_object_set_times(&descriptor->object, times)
                              : cap_object_set_times_at(&descriptor->object, ".", times);
    struct stat status;
    if (!error && cap_object_stat(&descriptor->object, &status) == 0)
        cap_steady_timed(host->wasi, descriptor->mount, &status, times);
    return error;
}

/* path_filestat_set_times: times of a file or directory by path. */
uint32_t cap_wasi_path_filestat_set_times(cap_host *host, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t length,
                                          uint64_t accessed, uint64_t modified, uint32_t flags) {
    cap_autoplace cap_place place = CAP_PLACE_NONE;
    struct timespec times[2];
    uint32_t error = locate(host, fd, WASI_RIGHT_PATH_FILESTAT_SET_TIMES, lookup, path, length, "set times of", &place);
    if (error) return error;
    error = decode_times(accessed, modified, flags, times);
    if (!error) error = cap_place_writable(host->wasi, &place, "set times of");
    if (error) return error;
    struct stat status;
    error = cap_place_stat(host->wasi, &place, &status);
    if (error) return error;
    if (cap_place_is_protected(host->wasi, &place, &status)) return WASI_EPERM;
    error = cap_object_set_times_at(&place.parent, place.name, times);
    if (!error) cap_steady_timed(host->wasi, place.mount, &status, times);
    return error;
}
