#include "store/compiled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "store/images_internal.h"

#define CODE_FILE "code"
#define RECORD_MAX (64u << 10)

static void make_name(const char *module_hash, char ret_name[CAP_HASH_TEXT + 16]) {
    snprintf(ret_name, CAP_HASH_TEXT + 16, "module %s", module_hash);
}

char *cap_compiled_find(cap_images *images, const char module_hash[CAP_HASH_TEXT], const char *build, size_t *ret_length) {
    char name[CAP_HASH_TEXT + 16], hash[CAP_HASH_TEXT];
    make_name(module_hash, name);
    cap_images_entry *entry = cap_images_find(images, name, build);
    if (!entry) return NULL;
    char *code = cap_images_entry_read(entry, CODE_FILE, ret_length);
    const cap_entry_file *file = cap_entry_find_file(&entry->entry, CODE_FILE);
    if (code) cap_hash_bytes(code, *ret_length, hash);
    if (code && strcmp(hash, file->hash) != 0) {
        free(code);
        code = NULL;
    }
    cap_images_entry_free(entry);
    return code;
}

int cap_compiled_keep(cap_images *images, const char module_hash[CAP_HASH_TEXT], const char *build, const char *file,
                      const void *code, size_t length, capsule_error **error) {
    char name[CAP_HASH_TEXT + 16];
    cap_autobuffer cap_buffer record;
    make_name(module_hash, name);
    cap_buffer_init(&record, RECORD_MAX);
    cap_buffer_add_text(&record, "{");
    cap_buffer_add_json_key(&record, "file");
    cap_buffer_add_json_string(&record, file, strlen(file));
    if (cap_buffer_add_text(&record, ",\"language\":\"wasm\"}") < 0)
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a cache entry");
    const cap_images_file files[] = {{.name = CODE_FILE, .bytes = code, .length = length}};
    cap_images_entry *entry = cap_images_publish(images, name, build, record.data, cap_images_begin(NULL), NULL, 0, files, 1, error);
    if (!entry) return -1;
    cap_images_entry_free(entry);
    return 0;
}
