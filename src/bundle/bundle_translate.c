/* TypeScript that is a string: every statement stays where it was, so that the last one is still the last. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bundle/bundle_internal.h"
#include "store/files.h"
#include "yyjson.h"

#define SUFFIX ".mts" /* tells the bundler that the text is a module, and that it is TypeScript */

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }
static void free_mutable(yyjson_mut_doc **document) { yyjson_mut_doc_free(*document); }

static int write_string(const cap_bundle_places *places, const char *code, size_t length, capsule_error **error) {
    cap_autoclose int fd = open(places->entry, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    for (size_t done = 0; fd >= 0 && done < length;) {
        ssize_t written = write(fd, code + done, length - done);
        if (written < 0 && errno != EINTR) return cap_error_errno(error, CAPSULE_IO, errno, "a temporary file cannot be written");
        if (written > 0) done += (size_t)written;
    }
    return fd < 0 ? cap_error_errno(error, CAPSULE_IO, errno, "a temporary file cannot be made") : 0;
}

/* What the engine runs as it is stays as it is: code put around a statement would take its value away. */
static int make_arguments(const cap_bundle_places *places, const char *name, cap_bundle_list *list) {
    static const char *const fixed[] = {"--format=esm", "--target=esnext", "--supported:decorators=false",
                                        "--tree-shaking=false", "--sourcemap=external", "--sources-content=false",
                                        "--color=false", "--log-level=error", "--log-limit=20", "--charset=utf8",
                                        "--legal-comments=none", "--tsconfig-raw={}"};
    cap_autofree char *entry = NULL, *output = NULL;
    if (asprintf(&entry, "./%s" SUFFIX, name) < 0 || asprintf(&output, "--outfile=%s/" CAP_BUNDLE_FILE, places->output) < 0) return -1;
    int status = cap_bundle_list_add(list, "esbuild") | cap_bundle_list_add(list, entry) | cap_bundle_list_add(list, output);
    for (size_t i = 0; i < CAP_COUNT(fixed); i++) status |= cap_bundle_list_add(list, fixed[i]);
    return status;
}

/* The map with the string's name for its source; NULL when it is not a source map. */
static char *name_source(const char *map, size_t length, const char *name, size_t *ret_length) {
    cap_cleanup(free_document) yyjson_doc *document = yyjson_read(map, length, 0);
    cap_cleanup(free_mutable) yyjson_mut_doc *copy = document ? yyjson_doc_mut_copy(document, NULL) : NULL;
    yyjson_mut_val *root = yyjson_mut_doc_get_root(copy), *sources = yyjson_mut_arr(copy);
    if (!yyjson_mut_is_obj(root) || !yyjson_mut_arr_add_strcpy(copy, sources, name)) return NULL;
    if (!yyjson_mut_obj_put(root, yyjson_mut_str(copy, "sources"), sources)) return NULL;
    return yyjson_mut_write(copy, 0, ret_length);
}

/* A copy of `text` in which the file is called as the string is; NULL: there is no text, or no memory. */
static char *rename_file(const char *text, const char *file) {
    const size_t length = strlen(file), kept = length - (sizeof SUFFIX - 1);
    cap_buffer out;
    if (!text) return NULL;
    cap_buffer_init(&out, strlen(text) + 1);
    for (const char *found; (found = strstr(text, file)); text = found + length)
        cap_buffer_add(&out, text, (size_t)(found - text) + kept);
    cap_buffer_add_text(&out, text);
    return cap_buffer_take(&out);
}

/* Nobody knows of the file. Answers -1. */
static int rename_in_error(const char *file, capsule_error **error) {
    if (!error) return -1;
    cap_autofree char *message = rename_file(capsule_error_message(*error), file);
    cap_autofree char *detail = rename_file(capsule_error_detail(*error), file);
    if (message) cap_error_set(error, capsule_error_code(*error), "%s", message);
    if (message && detail) cap_error_detail(error, detail, strlen(detail));
    return -1;
}

int cap_bundle_translate(const char *esbuild, const char *code, size_t length, const char *name, cap_bundle *ret_bundle,
                         capsule_error **error) {
    cap_cleanup(cap_bundle_places_clear) cap_bundle_places places = {0};
    cap_cleanup(cap_bundle_list_clear) cap_bundle_list arguments = {0};
    cap_cleanup(cap_bundle_clear) cap_bundle bundle = {0};
    cap_autofree char *file = NULL;
    if (asprintf(&file, "%s" SUFFIX, name) < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (cap_bundle_temporary_places(file, &places, error) < 0 || write_string(&places, code, length, error) < 0) return -1;
    if (make_arguments(&places, name, &arguments) < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (cap_bundle_run_checked(esbuild, &arguments, &places, error) < 0) return rename_in_error(file, error);
    cap_autofree char *map = NULL;
    size_t map_length = 0;
    if (cap_bundle_take_code(&places, &bundle, &map, &map_length, error) < 0) return -1;
    bundle.map = name_source(map, map_length, name, &bundle.map_length);
    if (!bundle.map) return cap_error_set(error, CAPSULE_IO, "the bundler's source map is not what it should be");
    *ret_bundle = bundle;
    bundle = (cap_bundle){0};
    return 0;
}
