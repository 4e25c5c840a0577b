/* The cache of program images: ${CAPSULE_CACHE:-...}/programs/<key>/, key = BLAKE3 of name and build.
 *
 *   <key>/entry.json   what was read to make it (paths, sizes, times, inodes, content hashes; also negative look-ups and
 *                      listings), the caller's record, sizes and hashes of the attached files; written last
 *   <key>/image        flat sparse memory image (absent when the import was not pure)
 *   <key>/...          other attached files, such as bundle.js and its source map
 *
 * An entry is confirmed by size, mtime, ctime and inode of each recorded file, by content when any changed or is younger
 * than 2 s. Writers publish by rename; entries are used only when the cache directory and every parent belong to root or
 * the user and are not writable by others (a sticky directory such as /tmp may stand above one of ours). Eviction is
 * least recently used, under a size cap counted in allocated blocks.
 *
 * Threads: every function may be called from any thread; an entry belongs to one thread at a time.
 * Processes: any number may find, publish and prune at once; what a reader has found stays readable while it is open.
 */
#ifndef CAP_STORE_IMAGES_H
#define CAP_STORE_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct cap_images cap_images;
typedef struct cap_images_entry cap_images_entry;

#define CAP_IMAGES_LIMIT_DEFAULT (UINT64_C(2) << 30) /* bytes of the cache when the caller names none */
#define CAP_IMAGES_INPUTS_MAX 20000u                 /* inputs of one entry; a program with more is not kept */
#define CAP_IMAGES_INPUT_BYTES_MAX (UINT64_C(512) << 20) /* bytes of all inputs together */
#define CAP_IMAGES_RECORD_MAX (4u << 20)             /* bytes of the caller's record */
#define CAP_IMAGES_FILES_MAX 8u                      /* attached files of one entry */
#define CAP_IMAGES_ENTRIES_MAX 10000u                /* entries of the cache, whatever their size */

/* Something an import looked at; host paths are absolute. Repeated paths are fine.
 *   a regular file    its content counts
 *   a directory       its listing counts, as far as a module search can see it: the names of directories, symbolic links
 *                     and program files (.py .js .ts .json ... not beginning with '.'), and where the links lead. So a
 *                     search that lists a directory needs no negative look-up for each name in it
 *   not found         a negative look-up: the entry is stale once something is there */
typedef struct cap_images_input {
    const char *host_path;
    bool found;
} cap_images_input;

/* cache_dir NULL: the default place. limit_bytes 0: the default. Never fails for an unusable directory: then nothing is
 * ever found or kept, and cap_images_problem says why. NULL only when memory is short. Creates nothing. */
cap_images *cap_images_create(const char *cache_dir, uint64_t limit_bytes);
void cap_images_free(cap_images *images);
const char *cap_images_problem(const cap_images *images);   /* NULL when the cache is usable */
const char *cap_images_directory(const cap_images *images); /* "" when none could be named */

/* Looks for the entry of `name` (absolute host path of the main file plus anything that tells programs apart) under
 * `build` (hash of guest, CPU level, runtime). NULL when there is none or it is stale. Never an error. */
cap_images_entry *cap_images_find(cap_images *images, const char *name, const char *build);
/* Whether the inputs are still what they were when the entry was found or published. Looks at nothing but the inputs. */
bool cap_images_entry_confirm(cap_images_entry *entry);
/* Closes the entry's files: of what is left, only confirm may be used. */
void cap_images_entry_close(cap_images_entry *entry);
void cap_images_entry_free(cap_images_entry *entry);
const char *cap_images_entry_record(const cap_images_entry *entry); /* the caller's own JSON, as given to publish */
/* Input `index` of those it was made from; false past the last. The path belongs to the entry. */
bool cap_images_entry_input(const cap_images_entry *entry, size_t index, cap_images_input *ret_input);
/* A new descriptor of the file "image", O_RDONLY|O_CLOEXEC, or -1: no image. The caller closes it. */
int cap_images_entry_open_image(const cap_images_entry *entry);
/* Text of an attached file ("bundle.js", ...), NUL-terminated, caller frees; NULL when absent. */
char *cap_images_entry_read(const cap_images_entry *entry, const char *file, size_t *ret_length);

/* A file to be kept in an entry. Either bytes, or (for the image) `write` which fills an open descriptor (O_RDWR, empty;
 * holes are welcome). Names: letters, digits, '.', '-', '_', at most 64 bytes, not beginning with '.'. */
typedef struct cap_images_file {
    const char *name;
    const void *bytes;
    size_t length;                       /* of bytes; with `write`: the most it may write, 0 when that is not known */
    int (*write)(void *context, int fd); /* 0 or -1 with errno */
    void *context;
} cap_images_file;

/* The moment to be given to publish as `since`: take it before the first input is read. Inputs that changed at or after
 * that moment are not what was imported, and refuse the entry. Nanoseconds since 1970, as coarse as file times are. When
 * the file `path` (may be NULL) or its directory changed in this very tick of the clock, as those of a program that was
 * just written have, the next tick is waited for: some 10 ms, at most 100. */
int64_t cap_images_begin(const char *path);

/* Publishes an entry (replacing one of the same key) and returns it, opened; NULL with *error when that is impossible
 * (the caller goes on without). `record`: JSON text kept for the caller; its keys "file" and "language", when they are
 * strings, are what cap_images_list shows. Inputs are hashed here. */
cap_images_entry *cap_images_publish(cap_images *images, const char *name, const char *build, const char *record,
                                     int64_t since, const cap_images_input *inputs, size_t input_count,
                                     const cap_images_file *files, size_t file_count, capsule_error **error);

/* For `capsule cache ls` and `prune`: JSON array as specified at capsule_cache_list; bytes removed. */
int cap_images_list(cap_images *images, char **ret_json, capsule_error **error);
int cap_images_prune(cap_images *images, uint64_t keep_bytes, uint64_t *ret_removed, capsule_error **error);

/* What `capsule doctor` reports. Hashes of every attached file are compared when check_hashes; damaged entries are
 * removed. */
typedef struct cap_images_health {
    uint64_t entries, bytes, damaged;
} cap_images_health;
int cap_images_check(cap_images *images, bool check_hashes, cap_images_health *ret_health, capsule_error **error);

#endif
