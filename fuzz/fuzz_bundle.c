/* What the bundler says: source maps, diagnostics, its list of inputs, and the tsconfig files of a project. esbuild is not
 * sandboxed by us and works on the program's text, so none of it is trusted: no file outside the project becomes an input,
 * and no text names the host's own paths.
 *
 * Input: one byte that chooses, then the text. */
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "bundle/bundle_internal.h"
#include "scratch_directory.h"
#include "yyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static cap_bundle_places places;

static char *whole(const char *name) {
    char path[512];
    scratch_name(name, path);
    return strdup(path);
}

/*  project/  a.ts  src/b.ts  src/tsconfig.json (the input's)  link -> ../outside  node_modules/p/{package.json,i.js}
 *  outside/secret.json       output/ */
static void prepare(void) {
    static const char *const directories[] = {"project", "project/src", "project/node_modules", "project/node_modules/p", "outside", "output"};
    static const char *const files[] = {"project/a.ts", "project/src/b.ts", "project/node_modules/p/package.json",
                                        "project/node_modules/p/i.js", "outside/secret.json"};
    char from[512];
    if (places.root) return;
    for (size_t i = 0; i < CAP_COUNT(directories); i++) scratch_mkdir(directories[i]);
    for (size_t i = 0; i < CAP_COUNT(files); i++) scratch_put(files[i], "{}", 2);
    scratch_name("project/link", from);
    MUST(symlink("../outside", from) == 0);
    places = (cap_bundle_places){.root = whole("project"), .base = whole("project"), .entry = whole("project/src/b.ts"), .prefix = whole("project"),
                                 .modules = whole("project/node_modules"), .output = whole("output")};
}

static void check_error(int status, capsule_error *error) {
    MUST((status < 0) == (error != NULL));
    if (!error) return;
    for (const char *text = capsule_error_message(error); *text; text++) MUST((unsigned char)*text >= 0x20);
    capsule_error_free(error);
}

/* Every input lies in the project. */
static void check_list(cap_bundle_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        size_t length = strlen(places.root);
        MUST(strncmp(list->items[i], places.root, length) == 0);
        MUST(list->items[i][length] == 0 || list->items[i][length] == '/');
    }
    cap_bundle_list_clear(list);
}

static void try_map(const char *text, size_t length) {
    size_t rewritten_length = 0;
    cap_autofree char *rewritten = cap_bundle_rewrite_map(&places, text, length, &rewritten_length);
    if (!rewritten) return;
    yyjson_doc *document = yyjson_read(rewritten, rewritten_length, 0);
    MUST(yyjson_is_arr(yyjson_obj_get(yyjson_doc_get_root(document), "sources")));
    yyjson_doc_free(document);
}

static void try_report(const char *text, size_t length) {
    cap_process_outcome outcome = {.exit_code = 1};
    capsule_error *error = NULL;
    cap_buffer_init(&outcome.report, 1 << 20);
    cap_buffer_add(&outcome.report, text, length);
    int status = cap_bundle_report(&places, &outcome, &error);
    MUST(status < 0 && error);
    if (!memmem(text, length, scratch_path() + 1, strlen(scratch_path()) - 1)) { /* a fuzzer learns it from comparisons */
        MUST(!strstr(capsule_error_message(error), scratch_path()));
        MUST(!capsule_error_detail(error) || !strstr(capsule_error_detail(error), scratch_path()));
    }
    check_error(status, error);
    cap_buffer_free(&outcome.report);
}

static void try_metafile(const char *text, size_t length) {
    cap_bundle_list list = {0};
    capsule_error *error = NULL;
    char path[512];
    scratch_name("output/meta.json", path);
    scratch_put("output/meta.json", text, length);
    int status = cap_bundle_collect_inputs(&places, path, &list, &error);
    check_error(status, error);
    check_list(&list);
}

/* A metafile that names one file, as the input spells it. */
static void try_input(const char *text, size_t length) {
    cap_buffer json;
    cap_buffer_init(&json, 1 << 20);
    cap_buffer_add_text(&json, "{\"inputs\":{");
    cap_buffer_add_json_string(&json, text, length);
    cap_buffer_add_text(&json, ":{}}}");
    try_metafile(json.data, json.length);
    cap_buffer_free(&json);
}

static void try_tsconfig(const char *text, size_t length) {
    cap_bundle_list list = {0};
    capsule_error *error = NULL;
    cap_autofree char *path = NULL;
    scratch_put("project/src/tsconfig.json", text, length);
    int status = cap_bundle_find_tsconfig(&places, &path, &list, &error);
    check_error(status, error);
    if (path) MUST(cap_bundle_is_inside(&places, path));
    check_list(&list);
}

static void try_normal_path(const char *text, size_t length) {
    cap_autofree char *path = malloc(length + 2);
    MUST(path);
    path[0] = '/';
    memcpy(path + 1, text, length);
    path[length + 1] = 0;
    cap_autofree char *normal = cap_bundle_normal_path(path);
    MUST(normal && normal[0] == '/' && strlen(normal) <= strlen(path) && !strstr(normal, "//") && !strstr(normal, "/../"));
    MUST(*cap_bundle_display(&places, normal) || !normal[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    prepare();
    if (length == 0) return 0;
    const char *text = (const char *)bytes + 1;
    length--;
    switch (bytes[0] & 7) {
    case 0: try_map(text, length); break;
    case 1:
    case 2: try_report(text, length); break;
    case 3: try_metafile(text, length); break;
    case 4: try_input(text, length); break;
    case 5: try_tsconfig(text, length); break;
    case 6: try_normal_path(text, length); break;
    default: try_map(text, length); break;
    }
    return 0;
}
