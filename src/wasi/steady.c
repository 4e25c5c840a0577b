#include "wasi/steady.h"

#include <stdbool.h>
#include <stdlib.h>

#include "wasi/abi.h"
#include "wasi/clock.h"

#define NS_PER_S UINT64_C(1000000000)

void cap_steady_free(cap_steady *steady) {
    free(steady->files);
    *steady = (cap_steady){0};
}

bool cap_steady_knows(const cap_wasi *wasi, const cap_wasi_mount *mount) { return wasi->config.steady_files && !mount->memory; }

/* Where the file is, or the free place where it belongs. There is always one: the table is never more than half full. */
static cap_steady_file *find(const cap_steady *steady, uint64_t mount, uint64_t device, uint64_t inode) {
    uint64_t hash = (inode ^ device << 32 ^ mount << 56) * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = hash >> 32;; i++) {
        cap_steady_file *file = &steady->files[i & (steady->capacity - 1)];
        if (!file->number || (file->inode == inode && file->device == device && file->mount == mount)) return file;
    }
}

static int grow(cap_steady *steady) {
    cap_steady larger = *steady;
    larger.capacity = steady->capacity ? steady->capacity * 2 : 64;
    larger.files = calloc(larger.capacity, sizeof *larger.files);
    if (!larger.files) return -1;
    for (size_t i = 0; i < steady->capacity; i++) {
        const cap_steady_file *file = &steady->files[i];
        if (file->number) *find(&larger, file->mount, file->device, file->inode) = *file;
    }
    free(steady->files);
    *steady = larger;
    return 0;
}

static cap_steady_file *stand_in(void) {
    static _Thread_local cap_steady_file others;
    others = (cap_steady_file){.number = CAP_STEADY_OTHERS, .accessed = CAP_WASI_CLOCK_ORIGIN_NS,
                               .modified = CAP_WASI_CLOCK_ORIGIN_NS, .changed = CAP_WASI_CLOCK_ORIGIN_NS};
    return &others;
}

/* The place of its mount in cap_steady.last. */
static uint64_t *last_of(cap_wasi *wasi, const cap_wasi_mount *mount) {
    return &wasi->steady.last[(size_t)(mount - wasi->mounts.mounts)];
}

cap_steady_file *cap_steady_meet(cap_wasi *wasi, const cap_wasi_mount *mount, uint64_t device, uint64_t inode) {
    cap_steady *steady = &wasi->steady;
    uint64_t shown = cap_mount_device(&wasi->mounts, mount);
    if (steady->count * 2 >= steady->capacity && grow(steady) < 0) return stand_in();
    cap_steady_file *file = find(steady, shown, device, inode);
    if (file->number) return file;
    if (steady->count == CAP_STEADY_FILES_MAX) return stand_in();
    *file = (cap_steady_file){.device = device, .inode = inode, .mount = shown, .number = ++*last_of(wasi, mount),
                              .accessed = CAP_WASI_CLOCK_ORIGIN_NS, .modified = CAP_WASI_CLOCK_ORIGIN_NS,
                              .changed = CAP_WASI_CLOCK_ORIGIN_NS};
    steady->count++;
    return file;
}

static uint64_t now(const cap_wasi *wasi) {
    uint64_t ns = 0;
    cap_clock_guest(wasi, WASI_CLOCK_REALTIME, &ns);
    return ns;
}

void cap_steady_made(cap_wasi *wasi, const cap_wasi_mount *mount, const struct stat *status) {
    if (!cap_steady_knows(wasi, mount)) return;
    size_t before = wasi->steady.count;
    cap_steady_file *file = cap_steady_meet(wasi, mount, status->st_dev, status->st_ino);
    bool reused = wasi->steady.count == before; /* the host gave it a number it had given before */
    if (reused && file->number != CAP_STEADY_OTHERS) file->number = ++*last_of(wasi, mount);
    file->accessed = file->modified = file->changed = now(wasi);
}

void cap_steady_written(cap_wasi *wasi, const cap_wasi_mount *mount, const cap_object *object) {
    struct stat status;
    if (!cap_steady_knows(wasi, mount) || cap_object_stat(object, &status)) return;
    cap_steady_file *file = cap_steady_meet(wasi, mount, status.st_dev, status.st_ino);
    file->modified = file->changed = now(wasi);
}

/* One of the two times after utimensat. */
static uint64_t timed(const cap_wasi *wasi, uint64_t before, const struct timespec *time) {
    if (time->tv_nsec == UTIME_OMIT) return before;
    return time->tv_nsec == UTIME_NOW ? now(wasi) : (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

void cap_steady_timed(cap_wasi *wasi, const cap_wasi_mount *mount, const struct stat *status, const struct timespec times[2]) {
    if (!cap_steady_knows(wasi, mount)) return;
    cap_steady_file *file = cap_steady_meet(wasi, mount, status->st_dev, status->st_ino);
    file->accessed = timed(wasi, file->accessed, &times[0]);
    file->modified = timed(wasi, file->modified, &times[1]);
    file->changed = now(wasi);
}
