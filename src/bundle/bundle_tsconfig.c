/* Which tsconfig.json counts. Left to itself, esbuild would look in every directory up to the root of the file system and
 * follow "extends" anywhere; so it is told one file, whose whole chain was looked at first, or none at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"
#include "yyjson.h"

enum { CHAIN_MAX = 32, FILE_MAX = 1 << 20 };

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }

static int parent_length(const char *path) { return (int)(strrchr(path, '/') - path); }

/* A file that `candidate` or candidate.json or candidate/tsconfig.json names, resolved; NULL when there is none. */
static char *resolve_candidate(const char *base, int base_length, const char *middle, const char *name) {
    static const char *const endings[] = {"", ".json", "/tsconfig.json"};
    for (size_t i = 0; i < CAP_COUNT(endings); i++) {
        char *path = NULL;
        bool absolute = name[0] == '/';
        if (asprintf(&path, "%.*s%s%s%s", absolute ? 0 : base_length, base, absolute ? "" : middle, name, endings[i]) < 0)
            return NULL;
        cap_autofree char *owned = path;
        char *resolved = realpath(owned, NULL);
        struct stat status;
        if (resolved && stat(resolved, &status) == 0 && S_ISREG(status.st_mode)) return resolved;
        free(resolved);
    }
    return NULL;
}

/* What "extends": `name` in `file` means: a path, or a package in a node_modules on the way up to the prefix. */
static char *resolve_extends(const cap_bundle_places *places, const char *file, const char *name) {
    int length = parent_length(file);
    if (name[0] == '/' || name[0] == '.') return resolve_candidate(file, length, "/", name);
    const char *top = places->prefix ? places->prefix : places->root;
    while (length >= (int)strlen(top)) {
        char *found = resolve_candidate(file, length, "/node_modules/", name);
        if (found || length == 0) return found;
        while (length > 0 && file[length - 1] != '/') length--;
        if (length > 0) length--;
    }
    return NULL;
}

static int follow(const cap_bundle_places *places, const char *file, unsigned depth, cap_bundle_list *inputs,
                  capsule_error **error);

static int follow_one(const cap_bundle_places *places, const char *file, yyjson_val *value, unsigned depth,
                      cap_bundle_list *inputs, capsule_error **error) {
    const char *name = yyjson_get_str(value), *shown = cap_bundle_display(places, file);
    if (!name || strlen(name) != yyjson_get_len(value) || !name[0])
        return cap_error_set(error, CAPSULE_BUILD, "%s: \"extends\" is not a path", shown);
    cap_autofree char *target = resolve_extends(places, file, name);
    if (!target) return cap_error_set(error, CAPSULE_BUILD, "%s extends '%s', which is not in the project", shown, name);
    if (!cap_bundle_is_inside(places, target))
        return cap_error_set(error, CAPSULE_BUILD, "%s extends '%s', which lies outside the project", shown, name);
    return follow(places, target, depth + 1, inputs, error);
}

/* "FILE:LINE:COLUMN: text" for a place in the file's text. */
static int fail_at(const char *shown, const char *text, const yyjson_read_err *place, capsule_error **error) {
    size_t line = 1, column = 1;
    for (size_t i = 0; i < place->pos; i++) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
    }
    return cap_error_set(error, CAPSULE_BUILD, "%s:%zu:%zu: %s", shown, line, column, place->msg ? place->msg : "not JSON");
}

/* One file may extend several; a repeated key counts every time, whichever of them the bundler would take. */
static int follow_all(const cap_bundle_places *places, const char *file, yyjson_val *root, unsigned depth,
                      cap_bundle_list *inputs, capsule_error **error) {
    yyjson_val *key, *value, *item;
    size_t index, end, place, items;
    yyjson_obj_foreach(root, index, end, key, value) {
        if (!yyjson_equals_str(key, "extends")) continue;
        if (!yyjson_is_arr(value) && follow_one(places, file, value, depth, inputs, error) < 0) return -1;
        if (!yyjson_is_arr(value)) continue;
        yyjson_arr_foreach(value, place, items, item)
            if (follow_one(places, file, item, depth, inputs, error) < 0) return -1;
    }
    return 0;
}

/* `file` and everything it extends. */
static int follow(const cap_bundle_places *places, const char *file, unsigned depth, cap_bundle_list *inputs,
                  capsule_error **error) {
    const char *shown = cap_bundle_display(places, file);
    if (depth >= CHAIN_MAX || inputs->count >= CHAIN_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "%s: more than %d files extend one another", shown, CHAIN_MAX);
    if (cap_bundle_list_add(inputs, file) < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    size_t length = 0;
    cap_autofree char *owned = cap_file_read(AT_FDCWD, file, true, FILE_MAX, &length);
    if (!owned) return cap_error_errno(error, CAPSULE_BUILD, errno, "%s cannot be read", shown);
    char *text = owned;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) text += 3, length -= 3; /* byte order mark */
    yyjson_read_err problem;
    cap_cleanup(free_document) yyjson_doc *document = yyjson_read_opts(
        text, length, YYJSON_READ_ALLOW_COMMENTS | YYJSON_READ_ALLOW_TRAILING_COMMAS, NULL, &problem);
    if (!document) return fail_at(shown, text, &problem, error);
    return follow_all(places, file, yyjson_doc_get_root(document), depth, inputs, error);
}

int cap_bundle_find_tsconfig(const cap_bundle_places *places, char **ret_path, cap_bundle_list *inputs, capsule_error **error) {
    *ret_path = NULL;
    size_t top = strlen(places->root);
    for (int length = parent_length(places->entry); length >= (int)(top > 1 ? top : 0);) {
        char *path = NULL;
        if (asprintf(&path, "%.*s/tsconfig.json", length, places->entry) < 0)
            return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
        cap_autofree char *candidate = path;
        cap_autofree char *resolved = realpath(candidate, NULL);
        if (resolved) {
            if (!cap_bundle_is_inside(places, resolved))
                return cap_error_set(error, CAPSULE_BUILD, "%s lies outside the project", cap_bundle_display(places, candidate));
            if (follow(places, resolved, 0, inputs, error) < 0) return -1;
            *ret_path = cap_steal(resolved);
            return 0;
        }
        if (length == 0) break;
        while (length > 0 && places->entry[length - 1] != '/') length--;
        if (length > 0) length--;
    }
    return 0;
}
