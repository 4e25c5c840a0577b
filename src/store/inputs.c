/* Stat first, content when the stat cannot be trusted.
 *
 * A file that is changed twice within one tick of the kernel's clock keeps its times, so an equal stat proves equal
 * content only when the file had been left alone for a while when it was read: that is `settled`. For the same reason
 * an input whose ctime reaches the moment the import began (cap_images_begin, the same coarse clock) is refused. */
#include "store/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "store/files.h"

#define SECOND_NS INT64_C(1000000000)
#define TICK_WAIT_MAX_NS INT64_C(100000000) /* a tick is 10 ms at most, but a busy virtual machine gets it late */

static int64_t to_ns(struct timespec time) { return (int64_t)time.tv_sec * SECOND_NS + time.tv_nsec; }

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return to_ns(now);
}

int64_t cap_input_clock(void) { return clock_ns(CLOCK_REALTIME_COARSE); }

/* Last change of a file or of its directory, whichever is later; 0 when neither can be told. */
static int64_t last_change(const char *path) {
    struct stat status;
    int64_t changed = stat(path, &status) == 0 ? to_ns(status.st_ctim) : 0;
    cap_autofree char *directory = strdup(path);
    char *slash = directory ? strrchr(directory, '/') : NULL;
    if (!slash) return changed;
    slash[slash == directory] = 0;
    int64_t around = stat(directory, &status) == 0 ? to_ns(status.st_ctim) : 0;
    return around > changed ? around : changed;
}

/* Waits until the coarse clock has passed the program's last change, so that the change is not taken for one made during
 * the import. Kernels may stamp a change with the fine clock (multigrain timestamps, Linux 6.13), which is ahead of the
 * coarse one by up to a tick, or by more when the tick is late. A change that is in the future of the fine clock too
 * comes from another machine's clock: no use waiting for that. */
int64_t cap_images_begin(const char *path) {
    const struct timespec pause = {.tv_nsec = 1000000};
    int64_t now = cap_input_clock(), changed = path ? last_change(path) : 0, begun = clock_ns(CLOCK_MONOTONIC);
    if (changed > clock_ns(CLOCK_REALTIME)) return now;
    while (changed >= now && clock_ns(CLOCK_MONOTONIC) - begun < TICK_WAIT_MAX_NS) {
        nanosleep(&pause, NULL);
        now = cap_input_clock();
    }
    return now;
}

/* ---- Listings ---- */

/* Names by which a module search or a bundler can be led elsewhere. */
static bool is_program_file(const char *name) {
    static const char *const endings[] = {"py", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "json"};
    const char *dot = strrchr(name, '.');
    if (!dot) return false;
    for (size_t i = 0; i < CAP_COUNT(endings); i++)
        if (strcmp(dot + 1, endings[i]) == 0) return true;
    return false;
}

/* 'd', 'l' or 'f' for a name that counts, 0 for one that does not. */
static char kind_of_name(int dir, const struct dirent *entry) {
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, "__pycache__") == 0) return 0;
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN) {
        struct stat status;
        if (fstatat(dir, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) return 0;
        type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISLNK(status.st_mode) ? DT_LNK : DT_REG;
    }
    if (type == DT_DIR) return 'd';
    if (type == DT_LNK) return 'l';
    return is_program_file(entry->d_name) ? 'f' : 0;
}

typedef struct listing {
    char **names; /* kind, name, and after a NUL the target of a link */
    size_t count, capacity;
} listing;

static void listing_clear(listing *list) {
    for (size_t i = 0; i < list->count; i++) free(list->names[i]);
    free(list->names);
}

static int listing_add(listing *list, int dir, const char *name, char kind) {
    if (list->count == CAP_INPUT_NAMES_MAX) {
        errno = EFBIG;
        return -1;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **names = realloc(list->names, capacity * sizeof *names);
        if (!names) return -1;
        list->names = names;
        list->capacity = capacity;
    }
    char target[PATH_MAX];
    ssize_t length = kind == 'l' ? readlinkat(dir, name, target, sizeof target - 1) : 0;
    target[length > 0 ? length : 0] = 0;
    char *text = NULL;
    if (asprintf(&text, "%c%s%s%s", kind, name, kind == 'l' ? "/" : "", target) < 0) return -1;
    list->names[list->count++] = text;
    return 0;
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

static int hash_listing(const char *path, char ret_hash[CAP_HASH_TEXT]) {
    __attribute__((cleanup(close_directory))) DIR *stream = opendir(path);
    if (!stream) return -1;
    __attribute__((cleanup(listing_clear))) listing list = {0};
    for (const struct dirent *entry; (entry = readdir(stream));) {
        char kind = kind_of_name(dirfd(stream), entry);
        if (kind && listing_add(&list, dirfd(stream), entry->d_name, kind) < 0) return -1;
    }
    if (list.count) qsort(list.names, list.count, sizeof *list.names, compare_names);
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, (size_t)CAP_INPUT_NAMES_MAX * (PATH_MAX + NAME_MAX));
    for (size_t i = 0; i < list.count; i++) cap_buffer_add(&text, list.names[i], strlen(list.names[i]) + 1);
    if (text.failed) {
        errno = ENOMEM;
        return -1;
    }
    cap_hash_bytes(text.data ? text.data : "", text.length, ret_hash);
    return 0;
}

/* ---- Content ---- */

/* What a stat tells, into everything but path, hash and settled. */
static void take_status(cap_input *input, const struct stat *status) {
    input->kind = S_ISDIR(status->st_mode) ? CAP_INPUT_DIRECTORY : CAP_INPUT_FILE;
    input->size = S_ISDIR(status->st_mode) ? 0 : (uint64_t)status->st_size;
    input->inode = (uint64_t)status->st_ino;
    input->mtime_ns = to_ns(status->st_mtim);
    input->ctime_ns = to_ns(status->st_ctim);
}

static bool same_status(const cap_input *a, const cap_input *b) {
    return a->kind == b->kind && a->size == b->size && a->inode == b->inode && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

static bool is_settled(const cap_input *input, int64_t now) {
    int64_t changed = input->mtime_ns > input->ctime_ns ? input->mtime_ns : input->ctime_ns;
    return now - changed >= CAP_INPUT_YOUNG_NS;
}

/* Hashes content or listing of `path`; the stat taken before it is the one recorded, so a change in between shows. */
static int read_content(const char *path, uint64_t maximum, cap_input *ret_now) {
    struct stat status;
    if (stat(path, &status) < 0) return -1;
    take_status(ret_now, &status);
    if (S_ISDIR(status.st_mode)) return hash_listing(path, ret_now->hash);
    cap_autoclose int fd = cap_file_open(AT_FDCWD, path, true, &status);
    if (fd < 0) return -1;
    take_status(ret_now, &status);
    return cap_hash_fd(fd, maximum, ret_now->hash, NULL);
}

int cap_input_record(const cap_images_input *input, int64_t since, uint64_t *budget, cap_input *ret_input,
                     capsule_error **error) {
    cap_input now = {0}, after = {0};
    struct stat status;
    const char *path = input->host_path;
    if (path[0] != '/') return cap_error_set(error, CAPSULE_FAULT, "input %s is not an absolute path", path);
    if (!input->found) {
        if (stat(path, &status) == 0) return cap_error_set(error, CAPSULE_IO, "%s appeared during the import", path);
    } else {
        if (read_content(path, *budget, &now) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot read %s", path);
        if (now.ctime_ns >= since) return cap_error_set(error, CAPSULE_IO, "%s changed during the import", path);
        if (stat(path, &status) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot read %s", path);
        take_status(&after, &status);
        if (!same_status(&now, &after)) return cap_error_set(error, CAPSULE_IO, "%s changed during the import", path);
        *budget -= now.size < *budget ? now.size : *budget;
        now.settled = is_settled(&now, since);
    }
    now.path = strdup(path);
    if (!now.path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    *ret_input = now;
    return 0;
}

bool cap_input_confirm(cap_input *input, int64_t now, bool *refreshed) {
    struct stat status;
    bool there = stat(input->path, &status) == 0;
    if (!there && (errno == EIO || errno == ENOMEM)) return false; /* a host that cannot look has not found it absent */
    if (input->kind == CAP_INPUT_ABSENT || !there) return (input->kind == CAP_INPUT_ABSENT) != there;
    cap_input current = {0};
    take_status(&current, &status);
    if (input->settled && same_status(input, &current)) return true;
    if (current.kind != input->kind || current.size != input->size) return false;
    if (read_content(input->path, input->size, &current) < 0) return false;
    if (current.kind != input->kind || strcmp(current.hash, input->hash) != 0) return false;
    current.settled = is_settled(&current, now);
    if (!current.settled) return true; /* nothing would be gained by writing it down */
    current.path = input->path;
    *input = current;
    *refreshed = true;
    return true;
}

void cap_input_clear(cap_input *input) {
    free(input->path);
    input->path = NULL;
}
