/* Making a long envelope fit into the trace: texts keep their heads, what cannot be cut is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "store/trace_internal.h"
#include "yyjson.h"

enum { FIRST_BUDGET = 64 * 1024, LAST_BUDGET = 256 }; /* bytes that each text, and the result, may keep */

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }
static void free_mutable(yyjson_mut_doc **document) { yyjson_mut_doc_free(*document); }

static void cut_text(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key, size_t budget) {
    yyjson_mut_val *value = yyjson_mut_obj_get(object, key);
    size_t length = yyjson_mut_get_len(value);
    if (!yyjson_mut_is_str(value) || length <= budget) return;
    const char *text = yyjson_mut_get_str(value);
    size_t kept = cap_utf8_cut(text, budget);
    char *cut = NULL;
    int total = asprintf(&cut, "%.*s... [%zu bytes not kept]", (int)kept, text, length - kept);
    if (total < 0) return;
    yyjson_mut_obj_put(object, yyjson_mut_str(document, key), yyjson_mut_strncpy(document, cut, (size_t)total));
    free(cut);
}

/* A result or a list is not a text: whole or replaced. */
static void drop_large(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key, size_t budget, bool list) {
    size_t length = 0;
    yyjson_mut_val *value = yyjson_mut_obj_get(object, key);
    cap_autofree char *text = value ? yyjson_mut_val_write(value, 0, &length) : NULL;
    if (!text || length <= budget) return;
    yyjson_mut_obj_put(object, yyjson_mut_str(document, key), list ? yyjson_mut_arr(document) : yyjson_mut_null(document));
    char note[64];
    snprintf(note, sizeof note, "%s_bytes_not_kept", key);
    yyjson_mut_obj_put(object, yyjson_mut_strcpy(document, note), yyjson_mut_uint(document, length));
}

static void cut_all(yyjson_mut_doc *document, size_t budget) {
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    yyjson_mut_val *failure = yyjson_mut_obj_get(root, "error");
    cut_text(document, root, "stdout", budget);
    cut_text(document, root, "stderr", budget);
    cut_text(document, failure, "traceback", budget);
    cut_text(document, failure, "message", budget);
    drop_large(document, root, "result", budget, false);
    drop_large(document, yyjson_mut_obj_get(root, "execution"), "host_requests", budget, true);
}

const char *cap_trace_cut_envelope(const char *envelope, size_t maximum, char **ret_owned) {
    size_t length = strlen(envelope);
    *ret_owned = NULL;
    if (length <= maximum) return envelope;
    /* Numbers stay the texts they are: a result may hold integers of any size. */
    cap_cleanup(free_document) yyjson_doc *document = yyjson_read(envelope, length, YYJSON_READ_NUMBER_AS_RAW);
    if (!yyjson_is_obj(yyjson_doc_get_root(document))) return NULL;
    for (size_t budget = FIRST_BUDGET; budget >= LAST_BUDGET; budget /= 4) {
        cap_cleanup(free_mutable) yyjson_mut_doc *copy = yyjson_doc_mut_copy(document, NULL);
        if (!copy) return NULL;
        cut_all(copy, budget);
        char *text = yyjson_mut_write(copy, 0, &length);
        if (text && length <= maximum) return *ret_owned = text;
        free(text);
    }
    return NULL;
}
