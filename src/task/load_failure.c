#include "task/load_failure.h"

#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "task/sandbox.h"

static const char *member(yyjson_val *object, const char *key) { return yyjson_get_str(yyjson_obj_get(object, key)); }

/* Whether an exception is of a kind that a refused file, variable or connection raises. */
static bool is_denial(const char *type) {
    static const char *const types[] = {"FileNotFoundError", "PermissionError", "NotADirectoryError", "OSError", "KeyError",
                                        "Error"};
    for (size_t i = 0; type && i < CAP_COUNT(types); i++)
        if (strcmp(type, types[i]) == 0) return true;
    return false;
}

int cap_load_failure(const char *text, const char *name, bool denied, capsule_error **error) {
    yyjson_doc *doc = yyjson_read(text, strlen(text), YYJSON_READ_NUMBER_AS_RAW);
    yyjson_val *root = yyjson_doc_get_root(doc);
    const char *message = member(root, "message"), *type = member(root, "type"), *file = member(root, "file");
    const char *traceback = member(root, "traceback");
    if (!file) file = name;
    const char *line = yyjson_get_raw(yyjson_obj_get(root, "line")), *column = yyjson_get_raw(yyjson_obj_get(root, "column"));
    cap_autobuffer cap_buffer where;
    cap_buffer_init(&where, CAP_REPORT_MAX);
    cap_buffer_add_text(&where, file);
    if (line) cap_buffer_add_format(&where, ":%s", line);
    if (line && column) cap_buffer_add_format(&where, ":%s", column);
    cap_buffer_add_text(&where, ": ");
    cap_error_set(error, CAPSULE_BUILD, "%s%s%s%s%s", where.data ? where.data : "", type ? type : "", type ? ": " : "",
                  message ? message : "the import failed",
                  denied && is_denial(type) ? " (an import has no files, environment or network: read them inside a task)" : "");
    if (traceback && *traceback) cap_error_detail(error, traceback, strlen(traceback));
    yyjson_doc_free(doc);
    return -1;
}
