#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"
#include "yyjson.h"

#define CONTENT_MAX ((size_t)256 << 10) /* bytes of a source that is kept in a map */

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }
static void free_mutable(yyjson_mut_doc **document) { yyjson_mut_doc_free(*document); }

/* esbuild names sources from the place of the map, which is a temporary directory. */
static yyjson_mut_val *rewrite_source(const cap_bundle_places *places, yyjson_mut_doc *document, const char *source) {
    cap_autofree char *path = source[0] == '/' ? strdup(source) : cap_path_join(places->output, source);
    cap_autofree char *normal = path ? cap_bundle_normal_path(path) : NULL;
    if (!normal) return NULL;
    if (!places->from_entry) return yyjson_mut_strcpy(document, cap_bundle_display(places, normal));
    cap_autofree char *relative = cap_bundle_relative(places, normal);
    return relative ? yyjson_mut_strcpy(document, relative) : NULL;
}

/* A package's text is not shown in tracebacks, and would only make the map larger; nor that of very long files. */
static bool is_shown(const char *source, yyjson_mut_val *text) {
    return source && !strstr(source, "node_modules/") && yyjson_mut_get_len(text) <= CONTENT_MAX;
}

/* Keeps the text of the files whose lines tracebacks show. */
static bool filter_contents(yyjson_mut_doc *document, yyjson_mut_val *root, yyjson_mut_val *sources) {
    yyjson_mut_val *contents = yyjson_mut_obj_get(root, "sourcesContent"), *kept = yyjson_mut_arr(document), *text;
    size_t index, end;
    yyjson_mut_arr_foreach(contents, index, end, text) {
        const char *source = yyjson_mut_get_str(yyjson_mut_arr_get(sources, index));
        yyjson_mut_val *copy = is_shown(source, text) ? yyjson_mut_val_mut_copy(document, text) : yyjson_mut_null(document);
        if (!copy || !yyjson_mut_arr_append(kept, copy)) return false;
    }
    return yyjson_mut_obj_put(root, yyjson_mut_str(document, "sourcesContent"), kept);
}

char *cap_bundle_rewrite_map(const cap_bundle_places *places, const char *map, size_t length, size_t *ret_length) {
    cap_cleanup(free_document) yyjson_doc *document = yyjson_read(map, length, 0);
    cap_cleanup(free_mutable) yyjson_mut_doc *copy = document ? yyjson_doc_mut_copy(document, NULL) : NULL;
    yyjson_mut_val *root = yyjson_mut_doc_get_root(copy), *sources = yyjson_mut_obj_get(root, "sources");
    if (!yyjson_mut_is_arr(sources)) return NULL;
    yyjson_mut_val *rewritten = yyjson_mut_arr(copy), *source;
    size_t index, end;
    yyjson_mut_arr_foreach(sources, index, end, source) {
        const char *name = yyjson_mut_get_str(source);
        yyjson_mut_val *value = name ? rewrite_source(places, copy, name) : yyjson_mut_null(copy);
        if (!value || !yyjson_mut_arr_append(rewritten, value)) return NULL;
    }
    if (!yyjson_mut_obj_put(root, yyjson_mut_str(copy, "sources"), rewritten)) return NULL;
    if (!filter_contents(copy, root, rewritten)) return NULL;
    return yyjson_mut_write(copy, 0, ret_length);
}
