/* Keeping the cache within its limit, and looking through it.
 *
 * Counting every entry at every publication would make the first run of a program slower the more programs there are, so
 * the file "usage" keeps a running sum; everything is counted anew when that sum passes the limit, when it is old, or
 * when there is none. A sum that is a little wrong (a process died in between) is put right by the next count.
 *
 * Unpacked artifacts (store/unpacked.h) and installed packages (store/resolved.h) count and go like entries. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "store/distributions.h"
#include "store/files.h"
#include "store/images_internal.h"
#include "store/resolved.h"
#include "store/trees.h"
#include "yyjson.h"

enum { USAGE_BYTES_MAX = 128, LIST_BYTES_MAX = 64 << 20 };

/* Directories of the cache whose entries count. */
typedef enum place { PROGRAMS, ARTIFACTS, PACKAGES, PLACES } place;

typedef struct found_entry {
    char key[CAP_HASH_TEXT];
    place place;
    uint64_t bytes;    /* allocated */
    int64_t last_used; /* s since 1970 */
} found_entry;

typedef struct scan {
    int places[PLACES];   /* descriptors; that of the programs is borrowed; -1: there is none */
    found_entry *entries; /* most recently used first */
    size_t count, capacity;
    uint64_t bytes;
} scan;

#define SCAN_NONE {.places = {-1, -1, -1}}

static void scan_clear(scan *result) {
    free(result->entries);
    for (place i = ARTIFACTS; i < PLACES; i++)
        if (result->places[i] >= 0) close(result->places[i]);
}

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

/* A stream over a directory that somebody else's descriptor keeps open. */
static DIR *open_stream(int dir) {
    cap_autoclose int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (stream) own = -1;
    return stream;
}

uint64_t cap_images_allocated(int dir) {
    struct stat status;
    uint64_t bytes = fstat(dir, &status) == 0 ? (uint64_t)status.st_blocks * 512 : 0;
    cap_cleanup(close_directory) DIR *stream = open_stream(dir);
    for (const struct dirent *entry; stream && (entry = readdir(stream));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            fstatat(dir, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            bytes += (uint64_t)status.st_blocks * 512;
    return bytes;
}

/* ---- Leftovers ---- */

/* A temporary directory whose maker is gone (its lock is free), or that is so old that its maker must be stuck. */
static void remove_leftover(int base, const char *name, int64_t now) {
    cap_autoclose int dir = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    if (dir < 0 || fstat(dir, &status) < 0) return;
    bool locked = flock(dir, LOCK_EX | LOCK_NB) < 0;
    if (!locked || now - (int64_t)status.st_mtim.tv_sec > CAP_IMAGES_LEFTOVER_S) cap_tree_remove(base, name);
}

void cap_images_remove(int programs, const char *key) {
    char name[64];
    cap_file_unique_name(CAP_IMAGES_TEMPORARY, name, sizeof name);
    if (renameat(programs, key, programs, name) == 0) cap_tree_remove(programs, name);
}

/* ---- Counting ---- */

static bool is_hexadecimal(const char *name, size_t length) {
    return strlen(name) == length && strspn(name, "0123456789abcdef") == length;
}

/* Room for one more; NULL when memory is short. */
static found_entry *scan_add(scan *result) {
    if (result->count == result->capacity) {
        size_t capacity = result->capacity ? result->capacity * 2 : 64;
        found_entry *entries = realloc(result->entries, capacity * sizeof *entries);
        if (!entries) return NULL;
        result->entries = entries;
        result->capacity = capacity;
    }
    found_entry *entry = &result->entries[result->count++];
    *entry = (found_entry){.bytes = 0};
    return entry;
}

static int add_program(scan *result, const char *key) {
    cap_autoclose int dir = openat(result->places[PROGRAMS], key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0) return 0; /* just removed by another process */
    struct stat status;
    found_entry *entry = scan_add(result);
    if (!entry) return -1;
    strcpy(entry->key, key);
    entry->bytes = cap_images_allocated(dir);
    if (fstatat(dir, CAP_ENTRY_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0) entry->last_used = (int64_t)status.st_mtim.tv_sec;
    result->bytes += entry->bytes;
    return 0;
}

static int add_tree(scan *result, place where, const char *key) {
    struct stat status;
    if (fstatat(result->places[where], key, &status, AT_SYMLINK_NOFOLLOW) < 0) return 0;
    found_entry *entry = scan_add(result);
    if (!entry) return -1;
    strcpy(entry->key, key);
    entry->place = where;
    entry->bytes = cap_tree_allocated(result->places[where], key);
    entry->last_used = (int64_t)status.st_mtim.tv_sec;
    result->bytes += entry->bytes;
    return 0;
}

/* Everything of one of the directories; leftovers are removed on the way. */
static int scan_directory(scan *result, place where) {
    int base = result->places[where];
    cap_cleanup(close_directory) DIR *stream = open_stream(base);
    if (!stream) return -1;
    int64_t now = (int64_t)time(NULL);
    for (const struct dirent *entry; (entry = readdir(stream));) {
        int status = 0;
        if (strncmp(entry->d_name, CAP_IMAGES_TEMPORARY, sizeof CAP_IMAGES_TEMPORARY - 1) == 0)
            remove_leftover(base, entry->d_name, now);
        else if (where != PROGRAMS && is_hexadecimal(entry->d_name, CAP_HASH_TEXT - 1))
            status = add_tree(result, where, entry->d_name);
        else if (where == PROGRAMS && is_hexadecimal(entry->d_name, CAP_IMAGES_KEY_TEXT - 1))
            status = add_program(result, entry->d_name);
        if (status < 0) return -1;
    }
    return 0;
}

static int compare_use(const void *a, const void *b) {
    const found_entry *left = a, *right = b;
    if (left->last_used != right->last_used) return left->last_used < right->last_used ? 1 : -1;
    return strcmp(left->key, right->key);
}

/* Every entry with size and last use. 0, or -1 with errno; the result is to be cleared in both cases. */
static int scan_entries(int programs, scan *ret_scan) {
    static const char *const names[PLACES] = {
        [PROGRAMS] = ".", [ARTIFACTS] = "../" CAP_IMAGES_ARTIFACTS, [PACKAGES] = "../" CAP_IMAGES_PACKAGES};
    ret_scan->places[PROGRAMS] = programs;
    for (place i = PROGRAMS; i < PLACES; i++) {
        if (i != PROGRAMS)
            ret_scan->places[i] = openat(programs, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (ret_scan->places[i] >= 0 && scan_directory(ret_scan, i) < 0) return -1;
    }
    if (ret_scan->count) qsort(ret_scan->entries, ret_scan->count, sizeof *ret_scan->entries, compare_use);
    return 0;
}

/* Removes the least recently used until at most `bytes` and `count` remain. Artifacts and packages used since
 * `in_use_since` (s) are spared: a run may be reading them. Answers the bytes removed. */
static uint64_t evict(scan *result, uint64_t bytes, size_t count, int64_t in_use_since) {
    uint64_t removed = 0;
    size_t left = result->count;
    for (size_t i = result->count; i-- > 0 && (result->bytes > bytes || left > count);) {
        const found_entry *entry = &result->entries[i];
        if (entry->place != PROGRAMS && entry->last_used >= in_use_since) continue;
        cap_images_remove(result->places[entry->place], entry->key);
        result->bytes -= entry->bytes;
        removed += entry->bytes;
        left--;
    }
    result->count = left; /* only the number: the list is not used any more */
    return removed;
}

/* ---- The running sum: "BYTES ENTRIES SECONDS-OF-LAST-COUNT" ---- */

typedef struct usage {
    unsigned long long bytes, entries;
    long long counted;
} usage;

static int write_usage(int fd, const usage *value) {
    char text[USAGE_BYTES_MAX];
    int length = snprintf(text, sizeof text, "%llu %llu %lld\n", value->bytes, value->entries, value->counted);
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) == length ? 0 : -1;
}

static bool read_usage(int fd, usage *ret_value) {
    cap_autofree char *text = cap_file_read_fd(fd, USAGE_BYTES_MAX, NULL);
    return text && sscanf(text, "%llu %llu %lld", &ret_value->bytes, &ret_value->entries, &ret_value->counted) == 3;
}

/* Opens and locks the sum: whoever holds it counts for all. -1 when another process does just now. */
static int lock_usage(int programs) {
    cap_autoclose int fd = openat(programs, "usage", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0 || (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)) return -1;
    return cap_steal_fd(fd);
}

void cap_images_account(cap_images *images, int programs, uint64_t added, uint64_t removed) {
    cap_autoclose int fd = lock_usage(programs);
    if (fd < 0) return;
    usage sum = {0};
    int64_t now = (int64_t)time(NULL);
    bool known = read_usage(fd, &sum) && now >= sum.counted && now - sum.counted < CAP_IMAGES_RESCAN_S;
    sum.bytes = sum.bytes + added > removed ? sum.bytes + added - removed : 0;
    sum.entries++;
    if (!known || sum.bytes > images->limit || sum.entries > CAP_IMAGES_ENTRIES_MAX) {
        cap_cleanup(scan_clear) scan result = SCAN_NONE;
        if (scan_entries(programs, &result) < 0) return;
        if (result.bytes > images->limit || result.count > CAP_IMAGES_ENTRIES_MAX)
            evict(&result, images->limit / 10 * 9, CAP_IMAGES_ENTRIES_MAX / 10 * 9, now - CAP_IMAGES_ARTIFACT_KEPT_S);
        sum = (usage){.bytes = result.bytes, .entries = result.count, .counted = now};
    }
    write_usage(fd, &sum);
}

int cap_images_prune(cap_images *images, uint64_t keep_bytes, uint64_t *ret_removed, capsule_error **error) {
    if (images->problem) return cap_error_set(error, CAPSULE_CONFIG, "image cache: %s", images->problem);
    uint64_t removed = 0;
    int programs = cap_images_programs(images, false, NULL);
    if (programs >= 0) {
        cap_cleanup(scan_clear) scan result = SCAN_NONE;
        if (scan_entries(programs, &result) < 0)
            return cap_error_errno(error, CAPSULE_IO, errno, "cannot list the image cache");
        removed = evict(&result, keep_bytes, keep_bytes ? SIZE_MAX : 0, INT64_MAX);
        cap_autoclose int fd = lock_usage(programs);
        usage sum = {.bytes = result.bytes, .entries = result.count, .counted = (long long)time(NULL)};
        if (fd >= 0) write_usage(fd, &sum);
    }
    if (ret_removed) *ret_removed = removed;
    return 0;
}

/* ---- Listing and checking ---- */

static void add_text(cap_buffer *out, const char *key, const char *text) {
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_json_string(out, text, strlen(text));
}

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }

/* What entries of every kind have in common; the object stays open. */
static void begin_entry(cap_buffer *out, const found_entry *found, const char *file, const char *language) {
    if (out->length > 1) cap_buffer_add_text(out, ",");
    cap_buffer_add_text(out, "{");
    add_text(out, "key", found->key);
    add_text(out, "kind", found->place == PACKAGES ? "packages" : "program");
    add_text(out, "file", file);
    add_text(out, "language", language);
    cap_buffer_add_json_key(out, "bytes");
    cap_buffer_add_format(out, "%llu", (unsigned long long)found->bytes);
    struct tm utc;
    time_t used = (time_t)found->last_used;
    char when[64] = "";
    if (gmtime_r(&used, &utc)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    add_text(out, "last_used", when);
    cap_buffer_add_json_key(out, "pure");
}

static void list_program(cap_buffer *out, const found_entry *found, int programs) {
    cap_autoclose int dir = openat(programs, found->key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    cap_cleanup(cap_entry_clear) cap_entry entry = {0};
    if (dir < 0 || cap_entry_read(dir, &entry, NULL) < 0) return;
    cap_cleanup(free_document) yyjson_doc *record = yyjson_read(entry.record, strlen(entry.record), 0);
    yyjson_val *root = yyjson_doc_get_root(record);
    const char *file = yyjson_get_str(yyjson_obj_get(root, "file"));
    const char *language = yyjson_get_str(yyjson_obj_get(root, "language"));
    begin_entry(out, found, file ? file : entry.name, language ? language : "");
    cap_buffer_add_text(out, cap_entry_find_file(&entry, "image") ? "true}" : "false}");
}

/* Their names and versions stand where a program's file does. */
static void list_packages(cap_buffer *out, const found_entry *found, int packages) {
    cap_autofree char *path = cap_path_join(found->key, CAP_RESOLVED_SITE);
    cap_autoclose int site = path ? openat(packages, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    cap_cleanup(cap_distributions_clear) cap_distributions all = {0};
    cap_autobuffer cap_buffer names;
    cap_buffer_init(&names, LIST_BYTES_MAX);
    if (site < 0 || cap_distributions_list(site, SIZE_MAX, &all) < 0) return;
    for (size_t i = 0; i < all.count; i++)
        cap_buffer_add_format(&names, "%s%s %s", i ? ", " : "", all.items[i].name, all.items[i].version);
    begin_entry(out, found, names.data ? names.data : "", "python");
    cap_buffer_add_text(out, "true}");
}

int cap_images_list(cap_images *images, char **ret_json, capsule_error **error) {
    if (images->problem) return cap_error_set(error, CAPSULE_CONFIG, "image cache: %s", images->problem);
    int programs = cap_images_programs(images, false, NULL);
    cap_cleanup(scan_clear) scan result = SCAN_NONE;
    if (programs >= 0 && scan_entries(programs, &result) < 0)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot list the image cache");
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, LIST_BYTES_MAX);
    cap_buffer_add_text(&out, "[");
    for (size_t i = 0; i < result.count; i++) {
        const found_entry *found = &result.entries[i];
        if (found->place == PROGRAMS) list_program(&out, found, programs);
        if (found->place == PACKAGES) list_packages(&out, found, result.places[PACKAGES]);
    }
    cap_buffer_add_text(&out, "]");
    char *text = cap_buffer_take(&out);
    if (!text) return cap_error_set(error, CAPSULE_MEMORY, "the list of the image cache is too large");
    *ret_json = text;
    return 0;
}

static bool is_whole(int programs, const char *key, bool check_hashes) {
    cap_entry entry = {0};
    cap_autoclose int dir = openat(programs, key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || cap_entry_read(dir, &entry, NULL) < 0) return false;
    cap_images_entry *opened = cap_images_entry_adopt(cap_steal_fd(dir), &entry);
    bool whole = opened != NULL;
    for (size_t i = 0; whole && check_hashes && i < opened->entry.file_count; i++) {
        char hash[CAP_HASH_TEXT];
        whole = cap_hash_fd(opened->files[i], UINT64_MAX, hash, NULL) == 0 &&
                strcmp(hash, opened->entry.files[i].hash) == 0;
    }
    cap_images_entry_free(opened);
    return whole;
}

int cap_images_check(cap_images *images, bool check_hashes, cap_images_health *ret_health, capsule_error **error) {
    if (images->problem) return cap_error_set(error, CAPSULE_CONFIG, "image cache: %s", images->problem);
    int programs = cap_images_programs(images, false, NULL);
    cap_cleanup(scan_clear) scan result = SCAN_NONE;
    if (programs >= 0 && scan_entries(programs, &result) < 0)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot list the image cache");
    cap_images_health health = {0};
    for (size_t i = 0; i < result.count; i++) {
        if (result.entries[i].place != PROGRAMS) continue; /* compared at every use, or after another boot */
        if (is_whole(programs, result.entries[i].key, check_hashes)) {
            health.entries++;
            health.bytes += result.entries[i].bytes;
        } else {
            health.damaged++;
            cap_images_remove(programs, result.entries[i].key);
        }
    }
    *ret_health = health;
    return 0;
}
