/* entry.json: the description of one cache entry, written last and replaced by rename. */
#ifndef CAP_STORE_ENTRY_H
#define CAP_STORE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/images.h"
#include "store/inputs.h"

#define CAP_ENTRY_FILE "entry.json"
#define CAP_ENTRY_FILE_NAME_MAX 64u          /* bytes of the name of an attached file */
#define CAP_ENTRY_BYTES_MAX (32u << 20)      /* bytes of entry.json */
#define CAP_ENTRY_BOOT_MAX 40u               /* bytes of a boot's name with NUL */

typedef struct cap_entry_file {
    char name[CAP_ENTRY_FILE_NAME_MAX + 1];
    uint64_t bytes;
    char hash[CAP_HASH_TEXT];
} cap_entry_file;

typedef struct cap_entry {
    char *name, *build, *record;
    /* Boot of the machine during which the attached files were last known to be whole. Entries are not synced to disk when
     * they are published, so the first use after another boot compares hashes. */
    char boot[CAP_ENTRY_BOOT_MAX];
    cap_input *inputs;
    size_t input_count;
    cap_entry_file files[CAP_IMAGES_FILES_MAX];
    size_t file_count;
} cap_entry;

/* Whether `name` may be the name of an attached file. */
bool cap_entry_name_valid(const char *name);
/* Reads and checks the entry.json in directory `dir`: 0, or -1 when there is none or it is not sound. ret_mtime (s) may
 * be NULL. */
int cap_entry_read(int dir, cap_entry *ret_entry, int64_t *ret_mtime);
/* Writes it, replacing what was there. */
int cap_entry_write(int dir, const cap_entry *entry, capsule_error **error);
const cap_entry_file *cap_entry_find_file(const cap_entry *entry, const char *name);
void cap_entry_clear(cap_entry *entry);

/* Name of the machine's current boot, "" when the kernel does not tell. Static. */
const char *cap_boot_id(void);

#endif
