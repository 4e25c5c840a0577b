#include "store/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "store/files.h"
#include "yyjson.h"

enum { FORMAT = 1 };

static const char *const kinds[] = {
    [CAP_INPUT_ABSENT] = "absent", [CAP_INPUT_FILE] = "file", [CAP_INPUT_DIRECTORY] = "directory"};

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }
static void free_mutable(yyjson_mut_doc **document) { yyjson_mut_doc_free(*document); }

bool cap_entry_name_valid(const char *name) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    return length > 0 && length <= CAP_ENTRY_FILE_NAME_MAX && name[length] == 0 && name[0] != '.' &&
           strncmp(name, CAP_ENTRY_FILE, sizeof CAP_ENTRY_FILE - 1) != 0;
}

/* ---- Reading. The directory is ours alone, so this guards against damage rather than malice. ---- */

static char *copy_text(yyjson_val *object, const char *key) {
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    return text ? strdup(text) : NULL;
}

static int copy_into(yyjson_val *object, const char *key, char *ret_text, size_t size) {
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    if (!text || strlen(text) >= size) return -1;
    memcpy(ret_text, text, strlen(text) + 1);
    return 0;
}

static int read_unsigned(yyjson_val *object, const char *key, uint64_t *ret_value) {
    yyjson_val *value = yyjson_obj_get(object, key);
    if (!yyjson_is_uint(value)) return -1;
    *ret_value = yyjson_get_uint(value);
    return 0;
}

static int read_signed(yyjson_val *object, const char *key, int64_t *ret_value) {
    yyjson_val *value = yyjson_obj_get(object, key);
    if (!yyjson_is_int(value)) return -1;
    *ret_value = yyjson_get_sint(value);
    return 0;
}

static int read_input(yyjson_val *value, cap_input *ret_input) {
    const char *kind = yyjson_get_str(yyjson_obj_get(value, "kind"));
    size_t number = 0;
    while (number < CAP_COUNT(kinds) && (!kind || strcmp(kinds[number], kind) != 0)) number++;
    if (number == CAP_COUNT(kinds)) return -1;
    ret_input->kind = (cap_input_kind)number;
    ret_input->path = copy_text(value, "path");
    if (!ret_input->path || ret_input->path[0] != '/') return -1;
    if (ret_input->kind == CAP_INPUT_ABSENT) return 0;
    ret_input->settled = yyjson_get_bool(yyjson_obj_get(value, "settled"));
    if (read_unsigned(value, "size", &ret_input->size) < 0 || read_unsigned(value, "inode", &ret_input->inode) < 0 ||
        read_signed(value, "mtime_ns", &ret_input->mtime_ns) < 0 ||
        read_signed(value, "ctime_ns", &ret_input->ctime_ns) < 0)
        return -1;
    return copy_into(value, "hash", ret_input->hash, sizeof ret_input->hash);
}

static int read_inputs(yyjson_val *array, cap_entry *entry) {
    size_t count = yyjson_arr_size(array), index, end;
    if (!yyjson_is_arr(array) || count > CAP_IMAGES_INPUTS_MAX) return -1;
    entry->inputs = calloc(count ? count : 1, sizeof *entry->inputs);
    if (!entry->inputs) return -1;
    yyjson_val *value;
    yyjson_arr_foreach(array, index, end, value) {
        entry->input_count = index + 1;
        if (read_input(value, &entry->inputs[index]) < 0) return -1;
    }
    return 0;
}

static int read_files(yyjson_val *array, cap_entry *entry) {
    if (!yyjson_is_arr(array) || yyjson_arr_size(array) > CAP_IMAGES_FILES_MAX) return -1;
    yyjson_val *value;
    size_t index, end;
    yyjson_arr_foreach(array, index, end, value) {
        cap_entry_file *file = &entry->files[entry->file_count];
        if (copy_into(value, "name", file->name, sizeof file->name) < 0 || !cap_entry_name_valid(file->name) ||
            copy_into(value, "hash", file->hash, sizeof file->hash) < 0 ||
            read_unsigned(value, "bytes", &file->bytes) < 0)
            return -1;
        entry->file_count++;
    }
    return 0;
}

int cap_entry_read(int dir, cap_entry *ret_entry, int64_t *ret_mtime) {
    struct stat status;
    cap_autoclose int fd = cap_file_open(dir, CAP_ENTRY_FILE, false, &status);
    size_t length = 0;
    cap_autofree char *text = fd < 0 ? NULL : cap_file_read_fd(fd, CAP_ENTRY_BYTES_MAX, &length);
    if (!text) return -1;
    cap_cleanup(free_document) yyjson_doc *document = yyjson_read(text, length, 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    uint64_t format = 0;
    if (!root || read_unsigned(root, "format", &format) < 0 || format != FORMAT) return -1;
    cap_cleanup(cap_entry_clear) cap_entry entry = {0};
    entry.name = copy_text(root, "name");
    entry.build = copy_text(root, "build");
    entry.record = copy_text(root, "record");
    if (!entry.name || !entry.build || !entry.record) return -1;
    if (copy_into(root, "boot", entry.boot, sizeof entry.boot) < 0) return -1;
    if (read_inputs(yyjson_obj_get(root, "inputs"), &entry) < 0) return -1;
    if (read_files(yyjson_obj_get(root, "files"), &entry) < 0) return -1;
    if (ret_mtime) *ret_mtime = (int64_t)status.st_mtim.tv_sec;
    *ret_entry = entry;
    entry = (cap_entry){0};
    return 0;
}

/* ---- Writing ---- */

static bool add_input(yyjson_mut_doc *document, yyjson_mut_val *array, const cap_input *input) {
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    bool good = object && yyjson_mut_obj_add_str(document, object, "path", input->path) &&
                yyjson_mut_obj_add_str(document, object, "kind", kinds[input->kind]);
    if (!good || input->kind == CAP_INPUT_ABSENT) return good;
    return yyjson_mut_obj_add_uint(document, object, "size", input->size) &&
           yyjson_mut_obj_add_uint(document, object, "inode", input->inode) &&
           yyjson_mut_obj_add_sint(document, object, "mtime_ns", input->mtime_ns) &&
           yyjson_mut_obj_add_sint(document, object, "ctime_ns", input->ctime_ns) &&
           yyjson_mut_obj_add_bool(document, object, "settled", input->settled) &&
           yyjson_mut_obj_add_str(document, object, "hash", input->hash);
}

static bool add_file(yyjson_mut_doc *document, yyjson_mut_val *array, const cap_entry_file *file) {
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    return object && yyjson_mut_obj_add_str(document, object, "name", file->name) &&
           yyjson_mut_obj_add_uint(document, object, "bytes", file->bytes) &&
           yyjson_mut_obj_add_str(document, object, "hash", file->hash);
}

/* JSON text of the entry (free()), NULL when memory is short. Strings are borrowed while it is made. */
static char *entry_text(const cap_entry *entry, size_t *ret_length) {
    cap_cleanup(free_mutable) yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document);
    if (!root) return NULL;
    yyjson_mut_doc_set_root(document, root);
    bool good = yyjson_mut_obj_add_uint(document, root, "format", FORMAT) &&
                yyjson_mut_obj_add_str(document, root, "name", entry->name) &&
                yyjson_mut_obj_add_str(document, root, "build", entry->build) &&
                yyjson_mut_obj_add_str(document, root, "boot", entry->boot) &&
                yyjson_mut_obj_add_str(document, root, "record", entry->record);
    yyjson_mut_val *inputs = yyjson_mut_obj_add_arr(document, root, "inputs");
    for (size_t i = 0; good && i < entry->input_count; i++) good = inputs && add_input(document, inputs, &entry->inputs[i]);
    yyjson_mut_val *files = yyjson_mut_obj_add_arr(document, root, "files");
    for (size_t i = 0; good && i < entry->file_count; i++) good = files && add_file(document, files, &entry->files[i]);
    return good && inputs && files ? yyjson_mut_write(document, 0, ret_length) : NULL;
}

static int check_texts(const cap_entry *entry, capsule_error **error) {
    if (!cap_utf8_valid(entry->name, strlen(entry->name)) || !cap_utf8_valid(entry->record, strlen(entry->record)))
        return cap_error_set(error, CAPSULE_USAGE, "the program's name or record is not UTF-8");
    for (size_t i = 0; i < entry->input_count; i++)
        if (!cap_utf8_valid(entry->inputs[i].path, strlen(entry->inputs[i].path)))
            return cap_error_set(error, CAPSULE_USAGE, "a path that was read is not UTF-8: %s", entry->inputs[i].path);
    return 0;
}

int cap_entry_write(int dir, const cap_entry *entry, capsule_error **error) {
    if (check_texts(entry, error) < 0) return -1;
    size_t length = 0;
    cap_autofree char *text = entry_text(entry, &length);
    if (!text) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (length > CAP_ENTRY_BYTES_MAX)
        return cap_error_set(error, CAPSULE_IO, "the cache entry's description is too large (%zu bytes)", length);
    char name[64];
    cap_file_unique_name(CAP_ENTRY_FILE ".", name, sizeof name);
    cap_autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot write a cache entry");
    if (cap_file_write(fd, text, length) < 0 || renameat(dir, name, dir, CAP_ENTRY_FILE) < 0) {
        int number = errno;
        unlinkat(dir, name, 0);
        return cap_error_errno(error, CAPSULE_IO, number, "cannot write a cache entry");
    }
    return 0;
}

const cap_entry_file *cap_entry_find_file(const cap_entry *entry, const char *name) {
    for (size_t i = 0; i < entry->file_count; i++)
        if (strcmp(entry->files[i].name, name) == 0) return &entry->files[i];
    return NULL;
}

void cap_entry_clear(cap_entry *entry) {
    free(entry->name);
    free(entry->build);
    free(entry->record);
    for (size_t i = 0; i < entry->input_count; i++) cap_input_clear(&entry->inputs[i]);
    free(entry->inputs);
    *entry = (cap_entry){0};
}

/* ---- Boots ---- */

static char boot_id[CAP_ENTRY_BOOT_MAX];

static void read_boot_id(void) {
    size_t length = 0;
    cap_autofree char *text = cap_file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", false, 4096, &length);
    if (!text) return;
    length = strcspn(text, "\n");
    if (length < sizeof boot_id && cap_utf8_valid(text, length)) memcpy(boot_id, text, length);
}

const char *cap_boot_id(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_boot_id);
    return boot_id;
}
