/* Making artifacts, and the rules that what is in one keeps. */
#include "task/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "blake3.h"
#include "store/files.h"
#include "task/artifact_format.h"

const unsigned char cap_wasm_header[CAP_WASM_HEADER] = {0, 'a', 's', 'm', 1, 0, 0, 0};

void cap_artifact_free(cap_artifact *artifact) {
    if (!artifact) return;
    for (size_t i = 0; i < artifact->file_count; i++) {
        free(artifact->files[i].path);
        free(artifact->files[i].data);
    }
    free(artifact->files);
    free(artifact->language);
    free(artifact->guest_version);
    free(artifact->runtime_version);
    free(artifact->name);
    free(artifact->entry);
    free(artifact->tasks);
    free(artifact);
}

/* ---- Rules ---- */

/* Relative, normal, printable: NULL, or what is wrong with it. */
static const char *problem_of_path(const char *path) {
    size_t length = strlen(path), depth = 1;
    if (length == 0 || length > CAP_ARTIFACT_PATH_MAX) return "has a length that is not allowed";
    if (!cap_utf8_valid(path, length)) return "is not UTF-8";
    for (const char *name = path;; depth++) {
        size_t size = strcspn(name, "/");
        if (size == 0 || strncmp(name, ".", size) == 0 || (size == 2 && strncmp(name, "..", 2) == 0))
            return "is not a normal relative path";
        for (size_t i = 0; i < size; i++)
            if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '\\') return "has a character that is not allowed";
        if (!name[size]) break;
        name += size + 1;
    }
    return depth > CAP_ARTIFACT_DEPTH_MAX ? "has too many directories" : NULL;
}

bool cap_artifact_path_fits(const char *path) { return problem_of_path(path) == NULL; }

static int compare_paths(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* A path that another one needs as a directory, or that occurs twice; NULL when there is none. */
static const char *find_clash(char **sorted, size_t count) {
    char prefix[CAP_ARTIFACT_PATH_MAX + 1];
    const char *key = prefix;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i - 1], sorted[i]) == 0) return sorted[i];
        strcpy(prefix, sorted[i]);
        for (char *slash = strchr(prefix, '/'); slash; slash = strchr(slash + 1, '/')) {
            *slash = 0;
            if (bsearch(&key, sorted, count, sizeof *sorted, compare_paths)) return sorted[i];
            *slash = '/';
        }
    }
    return NULL;
}

static int check_paths(const cap_artifact *artifact, capsule_code code, capsule_error **error) {
    cap_autofree char **sorted = calloc(artifact->file_count + 1, sizeof *sorted);
    if (!sorted) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact");
    for (size_t i = 0; i < artifact->file_count; i++) {
        const char *problem = problem_of_path(artifact->files[i].path);
        if (problem) return cap_error_set(error, code, "path '%.200s' %s", artifact->files[i].path, problem);
        sorted[i] = artifact->files[i].path;
    }
    qsort(sorted, artifact->file_count, sizeof *sorted, compare_paths);
    const char *clash = find_clash(sorted, artifact->file_count);
    if (clash) return cap_error_set(error, code, "path '%.200s' clashes with another one", clash);
    const char *entry = artifact->entry;
    if (!bsearch(&entry, sorted, artifact->file_count, sizeof *sorted, compare_paths))
        return cap_error_set(error, code, "its main file '%.200s' is missing", entry);
    return 0;
}

static bool has_control(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return true;
    return false;
}

static int check_text(const char *what, const char *text, size_t maximum, capsule_code code, capsule_error **error) {
    if (!text || !text[0]) return cap_error_set(error, code, "%s is missing", what);
    if (strlen(text) > maximum) return cap_error_set(error, code, "%s has more than %zu bytes", what, maximum);
    if (!cap_utf8_valid(text, strlen(text))) return cap_error_set(error, code, "%s is not UTF-8", what);
    return 0;
}

int cap_artifact_check(const cap_artifact *artifact, capsule_code code, capsule_error **error) {
    if (check_text("the language", artifact->language, CAP_ARTIFACT_VERSION_MAX, code, error) < 0 ||
        check_text("the guest's version", artifact->guest_version, CAP_ARTIFACT_VERSION_MAX, code, error) < 0 ||
        check_text("the program's name", artifact->name, CAP_ARTIFACT_NAME_MAX, code, error) < 0 ||
        check_text("the main file", artifact->entry, CAP_ARTIFACT_PATH_MAX, code, error) < 0 ||
        check_text("the list of tasks", artifact->tasks, CAP_ARTIFACT_META_MAX, code, error) < 0)
        return -1;
    if (has_control(artifact->name) || has_control(artifact->guest_version))
        return cap_error_set(error, code, "the program's name '%.200s' has a character that is not allowed", artifact->name);
    if (strcmp(artifact->language, "python") != 0 && strcmp(artifact->language, "javascript") != 0)
        return cap_error_set(error, CAPSULE_BUILD, "language '%s' is not known", artifact->language);
    if (artifact->file_count == 0 || artifact->file_count > CAP_ARTIFACT_FILES_MAX)
        return cap_error_set(error, code, "%zu files; 1 to %u are accepted", artifact->file_count, CAP_ARTIFACT_FILES_MAX);
    return check_paths(artifact, code, error);
}

/* ---- Encoding ---- */

static void add_u32(cap_buffer *out, size_t value) {
    const unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8), (unsigned char)(value >> 16),
                                    (unsigned char)(value >> 24)};
    cap_buffer_add(out, bytes, sizeof bytes);
}

static void add_leb(cap_buffer *out, size_t value) {
    do {
        unsigned char byte = value & 0x7f;
        value >>= 7;
        if (value) byte |= 0x80;
        cap_buffer_add(out, &byte, 1);
    } while (value);
}

static void add_member(cap_buffer *out, const char *key, const char *text) {
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_json_string(out, text, strlen(text));
}

/* Everything after the hash. */
static void add_content(cap_buffer *out, const cap_artifact *artifact) {
    cap_autobuffer cap_buffer meta;
    cap_buffer_init(&meta, CAP_ARTIFACT_META_MAX);
    cap_buffer_add_text(&meta, "{");
    add_member(&meta, "language", artifact->language);
    add_member(&meta, "guest_version", artifact->guest_version);
    add_member(&meta, "runtime_version", artifact->runtime_version ? artifact->runtime_version : CAPSULE_VERSION);
    add_member(&meta, "name", artifact->name);
    add_member(&meta, "entry", artifact->entry);
    add_member(&meta, "tasks", artifact->tasks);
    cap_buffer_add_text(&meta, "}");
    if (meta.failed) { /* a chain of additions fails as one */
        cap_buffer_free(out);
        out->failed = true;
        return;
    }
    add_u32(out, meta.length);
    cap_buffer_add(out, meta.data, meta.length);
    add_u32(out, artifact->file_count);
    for (size_t i = 0; i < artifact->file_count; i++) {
        const cap_artifact_file *file = &artifact->files[i];
        add_u32(out, strlen(file->path));
        add_u32(out, file->length);
        cap_buffer_add(out, file->path, strlen(file->path));
        cap_buffer_add(out, file->data, file->length);
    }
}

int cap_artifact_encode(const cap_artifact *artifact, char **ret_bytes, size_t *ret_length, capsule_error **error) {
    if (cap_artifact_check(artifact, CAPSULE_USAGE, error) < 0) return cap_error_context(error, "artifact");
    cap_autobuffer cap_buffer payload, module;
    cap_buffer_init(&payload, CAP_ARTIFACT_BYTES_MAX);
    cap_buffer_init(&module, CAP_ARTIFACT_BYTES_MAX);
    cap_buffer_add_text(&payload, CAP_ARTIFACT_MAGIC);
    add_u32(&payload, CAP_ARTIFACT_FORMAT);
    uint8_t hash[BLAKE3_OUT_LEN] = {0};
    cap_buffer_add(&payload, hash, sizeof hash);
    add_content(&payload, artifact);
    if (!payload.failed) {
        blake3_hasher hasher;
        blake3_hasher_init(&hasher);
        blake3_hasher_update(&hasher, payload.data + CAP_ARTIFACT_OFFSET_HASHED, payload.length - CAP_ARTIFACT_OFFSET_HASHED);
        blake3_hasher_finalize(&hasher, (uint8_t *)payload.data + CAP_ARTIFACT_OFFSET_HASH, BLAKE3_OUT_LEN);
        cap_buffer_add(&module, cap_wasm_header, CAP_WASM_HEADER);
        cap_buffer_add(&module, "", 1); /* section 0: custom */
        add_leb(&module, 1 + strlen(CAP_ARTIFACT_SECTION) + payload.length);
        add_leb(&module, strlen(CAP_ARTIFACT_SECTION));
        cap_buffer_add_text(&module, CAP_ARTIFACT_SECTION);
        cap_buffer_add(&module, payload.data, payload.length);
    }
    if (payload.failed || module.failed)
        return cap_error_set(error, CAPSULE_BUILD, "the program is too large for an artifact (at most %u bytes)",
                             CAP_ARTIFACT_BYTES_MAX);
    *ret_length = module.length;
    *ret_bytes = cap_buffer_take(&module);
    return 0;
}

/* ---- Writing ---- */

/* In the same directory, so that rename replaces `path` at once. */
static int write_beside(const char *path, const char *temporary, const char *bytes, size_t length, capsule_error **error) {
    cap_autoclose int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot write %s", path);
    if (cap_file_write(fd, bytes, length) == 0 && fsync(fd) == 0 && rename(temporary, path) == 0) return 0;
    int number = errno;
    unlink(temporary);
    return cap_error_errno(error, CAPSULE_IO, number, "cannot write %s", path);
}

int cap_artifact_write(const cap_artifact *artifact, const char *path, capsule_error **error) {
    cap_autofree char *bytes = NULL;
    size_t length = 0;
    if (cap_artifact_encode(artifact, &bytes, &length, error) < 0) return -1;
    char unique[64];
    cap_file_unique_name(".capsule-", unique, sizeof unique);
    const char *slash = strrchr(path, '/');
    cap_autofree char *temporary = NULL;
    if (asprintf(&temporary, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, unique) < 0) {
        temporary = NULL;
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    }
    return write_beside(path, temporary, bytes, length, error);
}
