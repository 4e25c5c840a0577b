/* The cache of program images: ${CAPSULE_CACHE:-...}/programs/<key>/.
 *
 *   <key>/entry.json   what was read to make it (paths, sizes, times, inodes, content hashes; also negative look-ups),
 *                      options, tasks, purity, guest and runtime build; written last
 *   <key>/image        flat sparse memory image (absent when the import was not pure)
 *   <key>/bundle.js    JavaScript only: the bundle and its source map
 *
 * An entry is confirmed by size, mtime, ctime and inode of each recorded file, by content when any changed or is younger
 * than 2 s. Writers take a lock file and publish by rename; entries are used only when the cache directory and every
 * parent belong to root or the user and are not writable by others. Eviction is least recently used, under a size cap.
 */
#ifndef CAP_STORE_IMAGES_H
#define CAP_STORE_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct cap_images cap_images;
typedef struct cap_images_entry cap_images_entry;

/* Something an import looked at. Host paths are absolute. A directory stands for "nothing of that name was there". */
typedef struct cap_images_input {
    const char *host_path;
    bool found; /* false: a negative look-up: the entry is stale once it exists */
} cap_images_input;

/* cache_dir NULL: the default place. limit_bytes 0: 2 GB. Never fails for an unusable directory: then nothing is ever
 * found or kept, and cap_images_problem says why. */
cap_images *cap_images_create(const char *cache_dir, uint64_t limit_bytes);
void cap_images_free(cap_images *images);
const char *cap_images_problem(const cap_images *images); /* NULL when the cache is usable */
const char *cap_images_directory(const cap_images *images);

/* Looks for the entry of `name` (absolute host path of the main file plus anything that tells programs apart) under
 * `build` (hash of guest, CPU level, runtime). NULL when there is none or it is stale. Never an error. */
cap_images_entry *cap_images_find(cap_images *images, const char *name, const char *build);
void cap_images_entry_free(cap_images_entry *entry);
const char *cap_images_entry_record(const cap_images_entry *entry);    /* the caller's own JSON, as given to publish */
int cap_images_entry_open_image(const cap_images_entry *entry);        /* O_RDONLY|O_CLOEXEC descriptor, or -1: no image */
/* Text of an attached file ("bundle.js", ...), caller frees; NULL when absent. */
char *cap_images_entry_read(const cap_images_entry *entry, const char *file, size_t *ret_length);

/* A file to be kept in an entry. Either bytes, or (for the image) `write` which fills an open descriptor. */
typedef struct cap_images_file {
    const char *name;
    const void *bytes;
    size_t length;
    int (*write)(void *context, int fd); /* 0 or -1 with errno */
    void *context;
} cap_images_file;

/* Publishes an entry (replacing one of the same key) and returns it, opened; NULL with *error when that is impossible
 * (the caller goes on without). `record`: JSON text kept for the caller. Inputs are hashed here. */
cap_images_entry *cap_images_publish(cap_images *images, const char *name, const char *build, const char *record,
                                     const cap_images_input *inputs, size_t input_count, const cap_images_file *files,
                                     size_t file_count, capsule_error **error);

/* For `capsule cache ls` and `prune`: JSON array as specified at capsule_cache_list; bytes removed. */
int cap_images_list(cap_images *images, char **ret_json, capsule_error **error);
int cap_images_prune(cap_images *images, uint64_t keep_bytes, uint64_t *ret_removed, capsule_error **error);

#endif
