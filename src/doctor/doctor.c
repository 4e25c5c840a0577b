/* The installation: guests and their hashes, the bundler, the image cache.
 *
 * guest.json, written when a guest is built, says what the directory has to hold:
 *   {"language","version","cpu","build",
 *    "files":{NAME:{"bytes","blake3"}},                 one file each
 *    "trees":{NAME:{"files","bytes","blake3"}}}         a directory, by cap_hash_tree (optional)  */
#include "doctor/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/engine.h"
#include "store/files.h"
#include "store/hash.h"
#include "doctor/doctor_internal.h"
#include "yyjson.h"

enum { DESCRIPTION_MAX = 1 << 20, REPORT_MAX = 1 << 20, LEVEL_MAX = 32, FREE_BYTES_LOW = 100 << 20 };

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }

/* ---- Findings ---- */

void cap_doctor_add(cap_doctor *doctor, const char *check, cap_doctor_level level, const char *cost, const char *format, ...) {
    static const char *const names[] = {"ok", "warning", "error"};
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, 16384);
    va_list arguments;
    va_start(arguments, format);
    cap_buffer_add_vformat(&text, format, arguments);
    va_end(arguments);
    if (level == CAP_DOCTOR_ERROR) doctor->healthy = false;
    cap_buffer *out = &doctor->json;
    cap_buffer_add_text(out, out->length > 1 ? ",{" : "{");
    cap_buffer_add_json_member(out, "check", check);
    cap_buffer_add_json_key(out, "ok");
    cap_buffer_add_text(out, level == CAP_DOCTOR_OK ? "true" : "false");
    cap_buffer_add_json_member(out, "level", names[level]);
    cap_buffer_add_json_member(out, "text", text.failed ? "(too long to show)" : text.data);
    cap_buffer_add_json_member(out, "cost", cost);
    cap_buffer_add_text(out, "}");
}

/* ---- Guests ---- */

/* Name of the newest "LANGUAGE-VERSION" below guests_dir; caller frees; NULL: none. */
static char *newest_guest(const char *guests_dir, const char *language) {
    DIR *stream = guests_dir ? opendir(guests_dir) : NULL;
    size_t length = strlen(language);
    char *best = NULL;
    if (!stream) return NULL;
    for (const struct dirent *entry; (entry = readdir(stream));) {
        if (strncmp(entry->d_name, language, length) != 0 || entry->d_name[length] != '-') continue;
        if (best && strverscmp(entry->d_name, best) <= 0) continue;
        free(best);
        best = strdup(entry->d_name);
    }
    closedir(stream);
    return best;
}

/* What a file or tree is, against what the description says it was. NULL: the same; else what is wrong. */
static const char *compare(yyjson_val *said, uint64_t bytes, const char *hash) {
    yyjson_val *size = yyjson_obj_get(said, "bytes");
    if (yyjson_is_uint(size) && yyjson_get_uint(size) != bytes) return "has another size than when it was built";
    if (!yyjson_equals_str(yyjson_obj_get(said, "blake3"), hash)) return "does not match its hash";
    return NULL;
}

static const char *check_one_file(int dir, const char *name, yyjson_val *said, uint64_t *total) {
    char hash[CAP_HASH_TEXT];
    uint64_t bytes = 0;
    cap_autoclose int fd = cap_file_open(dir, name, false, NULL);
    if (fd < 0) return errno == ENOENT ? "is missing" : "cannot be opened";
    if (cap_hash_fd(fd, UINT64_MAX, hash, &bytes) < 0) return "cannot be read";
    *total += bytes;
    return compare(said, bytes, hash);
}

static const char *check_one_tree(int dir, const char *name, yyjson_val *said, uint64_t *total) {
    char hash[CAP_HASH_TEXT];
    uint64_t bytes = 0;
    cap_autoclose int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? "is missing" : "cannot be opened";
    if (cap_hash_tree(fd, hash, NULL, &bytes) < 0) return "cannot be read";
    *total += bytes;
    return compare(said, bytes, hash);
}

typedef const char *check_function(int dir, const char *name, yyjson_val *said, uint64_t *total);

/* Checks every member of an object of the description; *ret_name: the one that is wrong. */
static const char *check_members(int dir, yyjson_val *members, check_function *check, uint64_t *total, const char **ret_name) {
    yyjson_val *key, *value;
    size_t index, end;
    yyjson_obj_foreach(members, index, end, key, value) {
        const char *problem = check(dir, yyjson_get_str(key), value, total);
        *ret_name = yyjson_get_str(key);
        if (problem) return problem;
    }
    return NULL;
}

static void check_content(cap_doctor *doctor, const char *check, const char *cost, int dir, const char *path,
                          yyjson_val *root) {
    yyjson_val *files = yyjson_obj_get(root, "files"), *trees = yyjson_obj_get(root, "trees");
    const char *version = yyjson_get_str(yyjson_obj_get(root, "version")), *name = "";
    uint64_t total = 0;
    if (!version || yyjson_obj_size(files) == 0) {
        cap_doctor_add(doctor, check, CAP_DOCTOR_ERROR, cost, "%s/guest.json does not describe a guest", path);
        return;
    }
    const char *problem = check_members(dir, files, check_one_file, &total, &name);
    if (!problem) problem = check_members(dir, trees, check_one_tree, &total, &name);
    if (problem)
        cap_doctor_add(doctor, check, CAP_DOCTOR_ERROR, cost, "%s/%s %s", path, name, problem);
    else
        cap_doctor_add(doctor, check, CAP_DOCTOR_OK, NULL, "version %s in %s, %llu MB, every hash matches", version, path,
                       (unsigned long long)(total >> 20));
}

/* One language's guest. ret_cpu (LEVEL_MAX): what it was compiled for; ret_path: its directory, NULL when not usable. */
static void check_guest(cap_doctor *doctor, const char *guests_dir, const char *language, char *ret_cpu, char **ret_path) {
    char check[32], cost[128];
    snprintf(check, sizeof check, "guest %s", language);
    snprintf(cost, sizeof cost, "%s programs do not run; set up or install again", language);
    cap_autofree char *name = newest_guest(guests_dir, language);
    cap_autofree char *path = name ? cap_path_join(guests_dir, name) : NULL;
    cap_autoerror capsule_error *error = NULL;
    cap_autoclose int dir = -1;
    if (!path) {
        cap_doctor_add(doctor, check, CAP_DOCTOR_ERROR, cost, "none is installed in %s",
                       guests_dir ? guests_dir : "any of the known places");
        return;
    }
    if (cap_directory_open_safe(path, false, &dir, &error) < 0) {
        cap_doctor_add(doctor, check, CAP_DOCTOR_ERROR, cost, "%s", capsule_error_message(error));
        return;
    }
    size_t length = 0;
    cap_autofree char *text = cap_file_read(dir, "guest.json", false, DESCRIPTION_MAX, &length);
    cap_cleanup(free_document) yyjson_doc *document = text ? yyjson_read(text, length, 0) : NULL;
    const char *cpu = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(document), "cpu"));
    if (cpu) snprintf(ret_cpu, LEVEL_MAX, "%s", cpu);
    if (!document) {
        cap_doctor_add(doctor, check, CAP_DOCTOR_ERROR, cost, "%s/guest.json is missing or damaged", path);
        return;
    }
    check_content(doctor, check, cost, dir, path, yyjson_doc_get_root(document));
    *ret_path = cap_steal(path);
}

static void check_bundler(cap_doctor *doctor, const char *guest_path) {
    static const char cost[] = "new TypeScript and JavaScript programs cannot be bundled";
    if (!guest_path) return; /* the guest's finding says enough */
    cap_autofree char *path = cap_path_join(guest_path, "esbuild");
    if (path && access(path, X_OK) == 0)
        cap_doctor_add(doctor, "bundler", CAP_DOCTOR_OK, NULL, "esbuild in %s", guest_path);
    else
        cap_doctor_add(doctor, "bundler", CAP_DOCTOR_ERROR, cost, "%s/esbuild is missing or cannot be executed", guest_path);
}

static void check_engine(cap_doctor *doctor, const char *guests_dir) {
    cap_autofree char *path = NULL;
    cap_autoerror capsule_error *error = NULL;
    if (cap_engine_find(guests_dir, &path, &error) == 0)
        cap_doctor_add(doctor, "second engine", CAP_DOCTOR_OK, NULL, "%s", path);
    else
        cap_doctor_add(doctor, "second engine", CAP_DOCTOR_WARNING, "`exec` runs artifacts only, no other WebAssembly modules",
                       "%s", capsule_error_message(error));
}

/* ---- Image cache ---- */

#define CACHE_COST "every run imports its program anew: some 50 ms more"

/* Whether an entry could be kept: only a look, nothing is made. NULL: yes. */
static const char *why_not_writable(const char *directory) {
    cap_autofree char *path = strdup(directory);
    struct statvfs space;
    while (path && access(path, F_OK) < 0) { /* the nearest directory that exists */
        char *slash = strrchr(path, '/');
        if (!slash || slash == path) return NULL;
        *slash = 0;
    }
    if (!path) return NULL;
    if (access(path, W_OK) < 0) return errno == EROFS ? "is on a read-only file system" : "cannot be written";
    if (statvfs(path, &space) == 0 && (uint64_t)space.f_bavail * space.f_frsize < FREE_BYTES_LOW)
        return "is on a disk with less than 100 MB left";
    return NULL;
}

static void check_cache(cap_doctor *doctor, cap_images *images) {
    cap_autoerror capsule_error *error = NULL;
    cap_images_health health;
    const char *directory = cap_images_directory(images), *problem = cap_images_problem(images);
    if (problem) {
        cap_doctor_add(doctor, "image cache", CAP_DOCTOR_WARNING, CACHE_COST, "not used: %s", problem);
        return;
    }
    if (cap_images_check(images, true, &health, &error) < 0) {
        cap_doctor_add(doctor, "image cache", CAP_DOCTOR_WARNING, CACHE_COST, "%s", capsule_error_message(error));
        return;
    }
    const char *reason = why_not_writable(directory);
    if (reason)
        cap_doctor_add(doctor, "image cache", CAP_DOCTOR_WARNING, CACHE_COST, "%s %s", directory, reason);
    else if (health.damaged)
        cap_doctor_add(doctor, "image cache", CAP_DOCTOR_WARNING, "the programs concerned are imported anew once",
                       "%llu damaged entries of %s were removed, %llu are whole", (unsigned long long)health.damaged,
                       directory, (unsigned long long)health.entries);
    else
        cap_doctor_add(doctor, "image cache", CAP_DOCTOR_OK, NULL, "%llu entries, %llu MB in %s",
                       (unsigned long long)health.entries, (unsigned long long)(health.bytes >> 20), directory);
}

/* ---- Report ---- */

int cap_doctor_report(const char *guests_dir, cap_images *images, char **ret_json, bool *ret_healthy,
                      capsule_error **error) {
    cap_doctor doctor = {.healthy = true};
    cap_autofree char *python = NULL;
    cap_autofree char *javascript = NULL;
    char cpu[LEVEL_MAX] = "";
    cap_buffer_init(&doctor.json, REPORT_MAX);
    cap_buffer_add_text(&doctor.json, "[");
    check_guest(&doctor, guests_dir, "python", cpu, &python);
    check_guest(&doctor, guests_dir, "javascript", cpu, &javascript);
    check_bundler(&doctor, javascript);
    check_engine(&doctor, guests_dir);
    if (images) check_cache(&doctor, images);
    cap_doctor_check_machine(&doctor, cpu);
    cap_buffer_add_text(&doctor.json, "]");
    char *text = cap_buffer_take(&doctor.json);
    if (!text) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the report");
    *ret_json = text;
    if (ret_healthy) *ret_healthy = doctor.healthy;
    return 0;
}
