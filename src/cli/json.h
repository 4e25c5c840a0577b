/* Reading the library's JSON answers. */
#ifndef CAP_CLI_JSON_H
#define CAP_CLI_JSON_H

#include <string.h>

#include "yyjson.h"

/* Scope cleanup for a document. */
static inline void cli_json_free(yyjson_doc **document) { yyjson_doc_free(*document); }
#define cli_autojson __attribute__((cleanup(cli_json_free)))

static inline yyjson_doc *cli_json_parse(const char *text) { return yyjson_read(text, strlen(text), 0); }

/* A member's text, or `otherwise` when it is missing or no text. */
static inline const char *cli_json_text(yyjson_val *object, const char *key, const char *otherwise) {
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    return text ? text : otherwise;
}

/* A member's whole number, 0 or more; UINT64_MAX when it is missing or null (no limit). */
static inline uint64_t cli_json_number(yyjson_val *object, const char *key) {
    yyjson_val *value = yyjson_obj_get(object, key);
    return yyjson_is_uint(value) ? yyjson_get_uint(value) : UINT64_MAX;
}

#endif
