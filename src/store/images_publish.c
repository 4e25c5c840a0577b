/* Publishing an entry: made whole in a temporary directory of its own, then renamed into place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "store/images_internal.h"

enum { ATTEMPTS = 16 }; /* at names, and at winning a race of renames */

/* A process that sweeps may lock and remove the directory between mkdir and flock: then another name is tried. */
int cap_images_temporary_make(int programs, char *ret_name, size_t size, capsule_error **error) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        cap_file_unique_name(CAP_IMAGES_TEMPORARY, ret_name, size);
        if (mkdirat(programs, ret_name, 0700) < 0 && errno != EEXIST)
            return cap_error_errno(error, CAPSULE_IO, errno, "cannot write to the image cache");
        cap_autoclose int dir = openat(programs, ret_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;
        if (dir < 0 || (flock(dir, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)) continue;
        if (fstat(dir, &status) == 0 && status.st_nlink > 0) return cap_steal_fd(dir);
    }
    return cap_error_set(error, CAPSULE_IO, "cannot make a temporary directory in the image cache");
}

static int write_file(int dir, const cap_images_file *file, cap_entry_file *ret_file, capsule_error **error) {
    if (!cap_entry_name_valid(file->name))
        return cap_error_set(error, CAPSULE_FAULT, "'%s' cannot be the name of a cached file", file->name);
    cap_autoclose int fd = openat(dir, file->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot create %s in the image cache", file->name);
    int status = file->write ? cap_file_size_allowed(file->length ? file->length : CAP_IMAGES_FILE_BYTES_MAX) : 0;
    if (status == 0) status = file->write ? file->write(file->context, fd) : cap_file_write(fd, file->bytes, file->length);
    if (status < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot write %s in the image cache", file->name);
    strcpy(ret_file->name, file->name);
    if (!file->write) {
        ret_file->bytes = file->length;
        cap_hash_bytes(file->bytes, file->length, ret_file->hash);
        return 0;
    }
    if (cap_hash_fd(fd, UINT64_MAX, ret_file->hash, &ret_file->bytes) < 0)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot read %s in the image cache", file->name);
    return 0;
}

static int compare_inputs(const void *a, const void *b) {
    return strcmp(((const cap_images_input *)a)->host_path, ((const cap_images_input *)b)->host_path);
}

/* Records each path once: an import asks for the same ones again and again. */
static int record_sorted(cap_entry *entry, int64_t since, const cap_images_input *sorted, size_t count, capsule_error **error) {
    uint64_t budget = CAP_IMAGES_INPUT_BYTES_MAX;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i].host_path, sorted[i - 1].host_path) == 0) {
            if (sorted[i].found == sorted[i - 1].found) continue;
            return cap_error_set(error, CAPSULE_IO, "%s changed during the import", sorted[i].host_path);
        }
        if (cap_input_record(&sorted[i], since, &budget, &entry->inputs[entry->input_count], error) < 0) return -1;
        entry->input_count++;
    }
    return 0;
}

static int record_inputs(cap_entry *entry, int64_t since, const cap_images_input *inputs, size_t count,
                         capsule_error **error) {
    if (count > CAP_IMAGES_INPUTS_MAX)
        return cap_error_set(error, CAPSULE_IO, "%zu files were read, at most %u are kept", count, CAP_IMAGES_INPUTS_MAX);
    entry->inputs = calloc(count + 1, sizeof *entry->inputs);
    cap_autofree cap_images_input *sorted = calloc(count + 1, sizeof *sorted);
    if (!entry->inputs || !sorted) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (count) memcpy(sorted, inputs, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_inputs);
    return record_sorted(entry, since, sorted, count, error);
}

static int describe(cap_entry *entry, const char *name, const char *build, const char *record, capsule_error **error) {
    if (strlen(record) > CAP_IMAGES_RECORD_MAX)
        return cap_error_set(error, CAPSULE_IO, "the record of the program is above %u bytes", CAP_IMAGES_RECORD_MAX);
    entry->name = strdup(name);
    entry->build = strdup(build);
    entry->record = strdup(record);
    strcpy(entry->boot, cap_boot_id());
    if (!entry->name || !entry->build || !entry->record) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    return 0;
}

static int fill(int dir, cap_entry *entry, const cap_images_file *files, size_t count, capsule_error **error) {
    if (count > CAP_IMAGES_FILES_MAX)
        return cap_error_set(error, CAPSULE_FAULT, "%zu files in one cache entry, at most %u", count, CAP_IMAGES_FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (write_file(dir, &files[i], &entry->files[i], error) < 0) return -1;
        entry->file_count = i + 1;
    }
    return cap_entry_write(dir, entry, error);
}

/* Renames `temporary` to `key`. *ret_replaced: bytes of the entry that was there, which then bears the temporary name;
 * it is removed. File systems without an exchange lose the old entry for a moment: a reader then sees a miss. */
static int rename_into_place(int programs, const char *temporary, const char *key, uint64_t *ret_replaced) {
    *ret_replaced = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (renameat2(programs, temporary, programs, key, RENAME_NOREPLACE) == 0) return 0;
        if (errno == EINVAL && renameat(programs, temporary, programs, key) == 0) return 0;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != EINVAL) return -1;
        if (renameat2(programs, temporary, programs, key, RENAME_EXCHANGE) == 0) {
            cap_autoclose int old = openat(programs, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (old >= 0) *ret_replaced = cap_images_allocated(old);
            cap_directory_remove(programs, temporary);
            return 0;
        }
        if (errno == EINVAL) cap_images_remove(programs, key);
        else if (errno != ENOENT) return -1;
    }
    return -1;
}

static cap_images_entry *publish_directory(cap_images *images, int programs, int dir, const char *temporary,
                                           cap_entry *entry, capsule_error **error) {
    uint64_t added = cap_images_allocated(dir), replaced = 0;
    if (added > images->limit) {
        cap_error_set(error, CAPSULE_IO, "the program's image has %llu bytes, the whole cache may have %llu",
                      (unsigned long long)added, (unsigned long long)images->limit);
        return NULL;
    }
    char key[CAP_IMAGES_KEY_TEXT];
    cap_images_key(entry->name, entry->build, key);
    if (rename_into_place(programs, temporary, key, &replaced) < 0) {
        cap_error_errno(error, CAPSULE_IO, errno, "cannot publish an entry of the image cache");
        return NULL;
    }
    cap_images_entry *adopted = cap_images_entry_adopt(fcntl(dir, F_DUPFD_CLOEXEC, 3), entry);
    if (!adopted) cap_error_set(error, CAPSULE_IO, "a new entry of the image cache cannot be read");
    cap_images_account(images, programs, added, replaced);
    return adopted;
}

cap_images_entry *cap_images_publish(cap_images *images, const char *name, const char *build, const char *record,
                                     int64_t since, const cap_images_input *inputs, size_t input_count,
                                     const cap_images_file *files, size_t file_count, capsule_error **error) {
    cap_cleanup(cap_entry_clear) cap_entry entry = {0};
    if (describe(&entry, name, build, record, error) < 0) return NULL;
    /* Before the cache's own directories are made: they may lie in one that is an input. */
    if (!images->problem && record_inputs(&entry, since, inputs, input_count, error) < 0) return NULL;
    int programs = cap_images_programs(images, true, error);
    if (programs < 0) return NULL;
    char temporary[64];
    /* Closing the last descriptor gives the lock up, so the duplicate that the entry keeps holds it a little longer. */
    cap_autoclose int dir = cap_images_temporary_make(programs, temporary, sizeof temporary, error);
    if (dir < 0) return NULL;
    cap_images_entry *adopted = NULL;
    if (fill(dir, &entry, files, file_count, error) == 0)
        adopted = publish_directory(images, programs, dir, temporary, &entry, error);
    if (!adopted) cap_directory_remove(programs, temporary);
    flock(dir, LOCK_UN);
    return adopted;
}
