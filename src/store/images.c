/* Finding and reading entries; the hot path of every warm run. A hit costs one small file and one stat per input. */
#include "store/images.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "blake3.h"
#include "store/files.h"
#include "store/images_internal.h"

/* ---- Where the cache is ---- */

/* ${CAPSULE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/capsule}; NULL when the environment names no place. XDG asks that
 * relative values be ignored. HOME itself is never made. */
static char *default_directory(void) {
    const char *own = secure_getenv("CAPSULE_CACHE"), *xdg = secure_getenv("XDG_CACHE_HOME");
    const char *home = secure_getenv("HOME");
    if (own && own[0]) return strdup(own);
    if (xdg && xdg[0] == '/') return cap_path_join(xdg, "capsule");
    struct stat status;
    if (!home || home[0] != '/' || stat(home, &status) < 0 || !S_ISDIR(status.st_mode)) return NULL;
    return cap_path_join(home, ".cache/capsule");
}

/* Looks at the directory as it is now; a missing one is fine, it is made with the first entry. */
static char *find_problem(cap_images *images) {
    if (!images->directory[0]) return strdup("there is no home directory for it: set CAPSULE_CACHE");
    cap_autoerror capsule_error *error = NULL;
    cap_autoclose int fd = -1;
    if (cap_directory_open_safe(images->directory, false, &fd, &error) == 0) {
        cap_images_programs(images, false, NULL);
        return NULL;
    }
    return capsule_error_code(error) == CAPSULE_NOT_FOUND ? NULL : strdup(capsule_error_message(error));
}

cap_images *cap_images_create(const char *cache_dir, uint64_t limit_bytes) {
    cap_images *images = calloc(1, sizeof *images);
    if (!images) return NULL;
    images->programs = -1;
    images->limit = limit_bytes ? limit_bytes : CAP_IMAGES_LIMIT_DEFAULT;
    pthread_mutex_init(&images->mutex, NULL);
    images->directory = cache_dir && cache_dir[0] ? strdup(cache_dir) : default_directory();
    if (!images->directory) images->directory = strdup("");
    if (!images->directory) {
        cap_images_free(images);
        return NULL;
    }
    images->problem = find_problem(images);
    return images;
}

void cap_images_free(cap_images *images) {
    if (!images) return;
    if (images->programs >= 0) close(images->programs);
    pthread_mutex_destroy(&images->mutex);
    free(images->directory);
    free(images->problem);
    free(images);
}

const char *cap_images_problem(const cap_images *images) { return images->problem; }
const char *cap_images_directory(const cap_images *images) { return images->directory; }

static int open_programs(cap_images *images, bool create, capsule_error **error) {
    if (images->problem) return cap_error_set(error, CAPSULE_CONFIG, "%s", images->problem);
    cap_autofree char *path = cap_path_join(images->directory, "programs");
    if (!path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    return cap_directory_open_safe(path, create, &images->programs, error);
}

int cap_images_programs(cap_images *images, bool create, capsule_error **error) {
    pthread_mutex_lock(&images->mutex);
    if (images->programs < 0 && open_programs(images, create, error) < 0) images->programs = -1;
    int programs = images->programs;
    pthread_mutex_unlock(&images->mutex);
    return programs;
}

/* ---- Entries ---- */

void cap_images_key(const char *name, const char *build, char ret_key[CAP_IMAGES_KEY_TEXT]) {
    uint8_t hash[CAP_HASH_BYTES];
    char text[CAP_HASH_TEXT];
    blake3_hasher hasher;
    blake3_hasher_init_derive_key(&hasher, "capsule program image cache key 1");
    blake3_hasher_update(&hasher, name, strlen(name) + 1);
    blake3_hasher_update(&hasher, build, strlen(build) + 1);
    blake3_hasher_finalize(&hasher, hash, sizeof hash);
    cap_hash_to_text(hash, text);
    memcpy(ret_key, text, CAP_IMAGES_KEY_TEXT - 1);
    ret_key[CAP_IMAGES_KEY_TEXT - 1] = 0;
}

void cap_images_entry_close(cap_images_entry *entry) {
    for (size_t i = 0; i < CAP_IMAGES_FILES_MAX; i++) {
        if (entry->files[i] >= 0) close(entry->files[i]);
        entry->files[i] = -1;
    }
    if (entry->dir >= 0) close(entry->dir);
    entry->dir = -1;
}

void cap_images_entry_free(cap_images_entry *entry) {
    if (!entry) return;
    cap_images_entry_close(entry);
    cap_entry_clear(&entry->entry);
    free(entry);
}

cap_images_entry *cap_images_entry_adopt(int dir, cap_entry *entry) {
    cap_images_entry *adopted = calloc(1, sizeof *adopted);
    if (!adopted) {
        close(dir);
        cap_entry_clear(entry);
        return NULL;
    }
    adopted->dir = dir;
    adopted->entry = *entry;
    *entry = (cap_entry){0};
    for (size_t i = 0; i < CAP_IMAGES_FILES_MAX; i++) adopted->files[i] = -1;
    for (size_t i = 0; i < adopted->entry.file_count; i++) {
        const cap_entry_file *file = &adopted->entry.files[i];
        struct stat status;
        adopted->files[i] = cap_file_open(dir, file->name, false, &status);
        if (adopted->files[i] < 0 || (uint64_t)status.st_size != file->bytes) {
            cap_images_entry_free(adopted);
            return NULL;
        }
    }
    return adopted;
}

/* After another boot the attached files are compared with their hashes, once: entries are not synced when published. */
static bool survived_boot(cap_images_entry *entry, bool *refreshed) {
    if (strcmp(entry->entry.boot, cap_boot_id()) == 0) return true;
    for (size_t i = 0; i < entry->entry.file_count; i++) {
        char hash[CAP_HASH_TEXT];
        if (cap_hash_fd(entry->files[i], entry->entry.files[i].bytes, hash, NULL) < 0) return false;
        if (strcmp(hash, entry->entry.files[i].hash) != 0) return false;
    }
    strcpy(entry->entry.boot, cap_boot_id());
    *refreshed = true;
    return true;
}

static bool confirm_inputs(cap_entry *entry, int64_t now, bool *refreshed) {
    for (size_t i = 0; i < entry->input_count; i++)
        if (!cap_input_confirm(&entry->inputs[i], now, refreshed)) return false;
    return true;
}

bool cap_images_entry_confirm(cap_images_entry *entry) {
    bool refreshed = false; /* in memory alone: whoever finds the entry next writes it down */
    return confirm_inputs(&entry->entry, cap_input_clock(), &refreshed);
}

/* The marker of last use is entry.json's mtime. */
static void touch(int dir, int64_t mtime, int64_t now_s) {
    if (now_s - mtime >= CAP_IMAGES_TOUCH_S || mtime > now_s) utimensat(dir, CAP_ENTRY_FILE, NULL, AT_SYMLINK_NOFOLLOW);
}

bool cap_images_entry_input(const cap_images_entry *entry, size_t index, cap_images_input *ret_input) {
    if (index >= entry->entry.input_count) return false;
    const cap_input *input = &entry->entry.inputs[index];
    *ret_input = (cap_images_input){.host_path = input->path, .found = input->kind != CAP_INPUT_ABSENT};
    return true;
}

cap_images_entry *cap_images_find(cap_images *images, const char *name, const char *build) {
    int programs = images->problem ? -1 : cap_images_programs(images, false, NULL);
    if (programs < 0) return NULL;
    char key[CAP_IMAGES_KEY_TEXT];
    cap_images_key(name, build, key);
    cap_autoclose int dir = openat(programs, key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    cap_cleanup(cap_entry_clear) cap_entry read = {0};
    int64_t mtime = 0, now = cap_input_clock();
    bool refreshed = false;
    if (dir < 0 || cap_entry_read(dir, &read, &mtime) < 0) return NULL;
    if (strcmp(read.name, name) != 0 || strcmp(read.build, build) != 0) return NULL;
    if (!confirm_inputs(&read, now, &refreshed)) return NULL;
    cap_images_entry *entry = cap_images_entry_adopt(cap_steal_fd(dir), &read);
    if (entry && !survived_boot(entry, &refreshed)) {
        cap_images_entry_free(entry);
        return NULL;
    }
    if (entry && refreshed) /* a failure only means that the next run looks at the contents again */
        cap_entry_write(entry->dir, &entry->entry, NULL);
    else if (entry)
        touch(entry->dir, mtime, now / INT64_C(1000000000));
    return entry;
}

const char *cap_images_entry_record(const cap_images_entry *entry) { return entry->entry.record; }

static int file_descriptor(const cap_images_entry *entry, const char *name) {
    const cap_entry_file *file = cap_entry_find_file(&entry->entry, name);
    return file ? entry->files[file - entry->entry.files] : -1;
}

int cap_images_entry_open_image(const cap_images_entry *entry) {
    int fd = file_descriptor(entry, "image");
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

char *cap_images_entry_read(const cap_images_entry *entry, const char *file, size_t *ret_length) {
    int fd = file_descriptor(entry, file);
    const cap_entry_file *known = cap_entry_find_file(&entry->entry, file);
    return fd < 0 ? NULL : cap_file_read_fd(fd, (size_t)known->bytes, ret_length);
}
