/* Reading artifacts. Every byte is hostile: a cursor that only moves forward, within what is left, and copies that are
 * made after lengths were checked. No allocation is larger than the file is long. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "blake3.h"
#include "store/files.h"
#include "task/artifact_format.h"
#include "yyjson.h"

typedef struct cursor {
    const unsigned char *next;
    size_t left;
} cursor;

static bool take(cursor *from, size_t length, cursor *ret_part) {
    if (length > from->left) return false;
    *ret_part = (cursor){from->next, length};
    from->next += length;
    from->left -= length;
    return true;
}

static bool take_u32(cursor *from, uint32_t *ret_value) {
    cursor part;
    if (!take(from, 4, &part)) return false;
    *ret_value = (uint32_t)part.next[0] | (uint32_t)part.next[1] << 8 | (uint32_t)part.next[2] << 16 |
                 (uint32_t)part.next[3] << 24;
    return true;
}

/* An unsigned LEB128 number of at most 32 bits. */
static bool take_leb(cursor *from, uint32_t *ret_value) {
    uint64_t value = 0;
    for (unsigned i = 0; i < CAP_WASM_LEB_MAX && from->left > 0; i++) {
        unsigned char byte = *from->next++;
        from->left--;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80) continue;
        *ret_value = (uint32_t)value;
        return value <= UINT32_MAX;
    }
    return false;
}

/* A copy with a NUL behind it; refuses a NUL within when it is to be a text. */
static char *copy(const cursor *part, bool text) {
    if (text && memchr(part->next, 0, part->left)) return NULL;
    char *bytes = malloc(part->left + 1);
    if (!bytes) return NULL;
    memcpy(bytes, part->next, part->left);
    bytes[part->left] = 0;
    return bytes;
}

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }
static void free_artifact(cap_artifact **artifact) { cap_artifact_free(*artifact); }

static int damaged(capsule_error **error, const char *what) {
    return cap_error_set(error, CAPSULE_CORRUPT, "damaged artifact: %s", what);
}

/* ---- The payload ---- */

static int copy_member(yyjson_val *root, const char *key, char **ret_text, capsule_error **error) {
    yyjson_val *value = yyjson_obj_get(root, key);
    const char *text = yyjson_get_str(value);
    if (!text || strlen(text) != yyjson_get_len(value))
        return cap_error_set(error, CAPSULE_CORRUPT, "damaged artifact: '%s' is not a text", key);
    *ret_text = strdup(text);
    return *ret_text ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact");
}

static int parse_meta(cursor *from, cap_artifact *artifact, capsule_error **error) {
    uint32_t length;
    cursor meta;
    if (!take_u32(from, &length) || length > CAP_ARTIFACT_META_MAX || !take(from, length, &meta))
        return damaged(error, "its description is cut short");
    cap_cleanup(free_document) yyjson_doc *document = yyjson_read((const char *)meta.next, meta.left, 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    if (!yyjson_is_obj(root)) return damaged(error, "its description is not a JSON object");
    if (copy_member(root, "language", &artifact->language, error) < 0 ||
        copy_member(root, "guest_version", &artifact->guest_version, error) < 0 ||
        copy_member(root, "runtime_version", &artifact->runtime_version, error) < 0 ||
        copy_member(root, "name", &artifact->name, error) < 0 || copy_member(root, "entry", &artifact->entry, error) < 0 ||
        copy_member(root, "tasks", &artifact->tasks, error) < 0)
        return -1;
    return 0;
}

static int parse_file(cursor *from, cap_artifact_file *file, capsule_error **error) {
    uint32_t path_length, data_length;
    cursor path, data;
    if (!take_u32(from, &path_length) || !take_u32(from, &data_length) || path_length > CAP_ARTIFACT_PATH_MAX ||
        !take(from, path_length, &path) || !take(from, data_length, &data))
        return damaged(error, "a file is cut short");
    file->path = copy(&path, true);
    file->data = copy(&data, false);
    file->length = data_length;
    return file->path && file->data ? 0 : damaged(error, "a path is not a text");
}

static int parse_files(cursor *from, cap_artifact *artifact, capsule_error **error) {
    uint32_t count;
    if (!take_u32(from, &count)) return damaged(error, "its files are missing");
    if (count > CAP_ARTIFACT_FILES_MAX || count > from->left / 8) return damaged(error, "it claims too many files");
    artifact->files = calloc(count ? count : 1, sizeof *artifact->files);
    if (!artifact->files) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact");
    for (uint32_t i = 0; i < count; i++) {
        artifact->file_count = i + 1;
        if (parse_file(from, &artifact->files[i], error) < 0) return -1;
    }
    return from->left ? damaged(error, "there is more after its last file") : 0;
}

static int check_header(cursor *from, capsule_error **error) {
    cursor magic, hash;
    uint32_t format;
    if (!take(from, strlen(CAP_ARTIFACT_MAGIC), &magic) || memcmp(magic.next, CAP_ARTIFACT_MAGIC, magic.left) != 0)
        return damaged(error, "its section does not begin as one of ours");
    if (!take_u32(from, &format)) return damaged(error, "it is cut short");
    if (format != CAP_ARTIFACT_FORMAT)
        return cap_error_set(error, CAPSULE_BUILD, "artifact of format %u; this version of capsule reads format %u",
                             (unsigned)format, CAP_ARTIFACT_FORMAT);
    if (!take(from, BLAKE3_OUT_LEN, &hash)) return damaged(error, "it is cut short");
    uint8_t actual[BLAKE3_OUT_LEN];
    blake3_hasher hasher;
    blake3_hasher_init(&hasher);
    blake3_hasher_update(&hasher, from->next, from->left);
    blake3_hasher_finalize(&hasher, actual, sizeof actual);
    return memcmp(hash.next, actual, sizeof actual) == 0 ? 0 : damaged(error, "its content does not match its hash");
}

static int parse_payload(cursor payload, cap_artifact **ret_artifact, capsule_error **error) {
    if (check_header(&payload, error) < 0) return -1;
    cap_cleanup(free_artifact) cap_artifact *artifact = calloc(1, sizeof *artifact);
    if (!artifact) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact");
    if (parse_meta(&payload, artifact, error) < 0 || parse_files(&payload, artifact, error) < 0) return -1;
    if (cap_artifact_check(artifact, CAPSULE_CORRUPT, error) < 0) return cap_error_context(error, "damaged artifact");
    *ret_artifact = cap_steal(artifact);
    return 0;
}

/* ---- The module around it ---- */

typedef struct sections {
    cursor payload;    /* of the section "capsule" */
    unsigned ours;     /* how many there are of it */
    bool has_contents; /* anything but custom sections */
} sections;

static int find_sections(cursor from, sections *ret_found, capsule_error **error) {
    sections found = {0};
    while (from.left > 0) {
        unsigned char id = *from.next;
        uint32_t length, name_length;
        cursor part, name;
        from.next++, from.left--;
        if (!take_leb(&from, &length) || !take(&from, length, &part))
            return cap_error_set(error, CAPSULE_CORRUPT, "damaged WebAssembly module: a section is cut short");
        if (id != 0) {
            found.has_contents = true;
            continue;
        }
        if (!take_leb(&part, &name_length) || !take(&part, name_length, &name))
            return cap_error_set(error, CAPSULE_CORRUPT, "damaged WebAssembly module: a section's name is cut short");
        if (name.left != strlen(CAP_ARTIFACT_SECTION) || memcmp(name.next, CAP_ARTIFACT_SECTION, name.left) != 0) continue;
        found.payload = part;
        found.ours++;
    }
    *ret_found = found;
    return 0;
}

static int parse(cursor from, cap_artifact **ret_artifact, capsule_error **error) {
    cursor header;
    if (!take(&from, CAP_WASM_HEADER, &header) || memcmp(header.next, cap_wasm_header, 4) != 0)
        return cap_error_set(error, CAPSULE_CORRUPT, "not a WebAssembly module");
    if (memcmp(header.next, cap_wasm_header, CAP_WASM_HEADER) != 0)
        return cap_error_set(error, CAPSULE_BUILD, "a WebAssembly component or a later version; only modules can be run");
    sections found = {0};
    if (find_sections(from, &found, error) < 0) return -1;
    if (found.ours == 0) {
        *ret_artifact = NULL;
        return 0;
    }
    if (found.ours > 1) return damaged(error, "it carries more than one program");
    if (found.has_contents) return damaged(error, "it carries WebAssembly code besides its program");
    return parse_payload(found.payload, ret_artifact, error);
}

int cap_artifact_parse(const void *bytes, size_t length, const char *label, cap_artifact **ret_artifact,
                       capsule_error **error) {
    if (parse((cursor){bytes, length}, ret_artifact, error) < 0) return cap_error_context(error, "%s", label);
    return 0;
}

int cap_artifact_read(const char *path, const char *label, cap_artifact **ret_artifact, capsule_error **error) {
    size_t length = 0;
    cap_autofree char *bytes = cap_file_read(AT_FDCWD, path, true, CAP_ARTIFACT_BYTES_MAX, &length);
    if (bytes) return cap_artifact_parse(bytes, length, label, ret_artifact, error);
    switch (errno) {
    case EFBIG: return cap_error_set(error, CAPSULE_CORRUPT, "%s: larger than %u bytes", label, CAP_ARTIFACT_BYTES_MAX);
    case EISDIR: return cap_error_set(error, CAPSULE_CORRUPT, "%s is a directory", label);
    case EINVAL: return cap_error_set(error, CAPSULE_CORRUPT, "%s is not a regular file", label);
    case ENOENT: return cap_error_errno(error, CAPSULE_NOT_FOUND, ENOENT, "cannot read %s", label);
    default: return cap_error_errno(error, CAPSULE_IO, errno, "cannot read %s", label);
    }
}
