/* From positions in a bundle to lines of the files it was made from, by way of its source map. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bundle/bundle.h"
#include "yyjson.h"

#define FIELDS_MAX 5u /* of a segment: column, source, line, column, name */
#define SHIFT_MAX 30u /* of a digit: numbers are of 32 bits */

/* What a segment adds up to. Lines and columns count from 0. */
typedef struct state {
    int64_t column, source, line;
    unsigned bundle_line; /* from 1 */
    cap_bundle_position *first, *end; /* positions of this line and behind, sorted */
    yyjson_val *sources;
} state;

static int digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* One number of a segment; false where there is none. */
static bool read_number(const char **cursor, int64_t *ret_number) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift <= SHIFT_MAX; shift += 5) {
        int digit = digit_of(**cursor);
        if (digit < 0) return false;
        ++*cursor;
        value |= (uint64_t)(digit & 31) << shift;
        if (digit & 32) continue;
        *ret_number = value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
        return true;
    }
    return false;
}

/* A segment leads the positions at and behind its column, until the next one does. */
static int lead(state *self) {
    const char *source = self->source < 0 ? NULL : yyjson_get_str(yyjson_arr_get(self->sources, (size_t)self->source));
    for (cap_bundle_position *at = self->first; at < self->end && at->line == self->bundle_line; at++) {
        if (!source || self->line < 0 || self->line >= UINT32_MAX || (int64_t)at->column - 1 < self->column) continue;
        char *copy = strdup(source);
        if (!copy) return -1;
        free(at->source);
        at->source = copy;
        at->source_line = (unsigned)self->line + 1;
    }
    return 0;
}

/* Segments of one line, up to its ';' or the end. -1: no memory, or no mappings. */
static int read_line(state *self, const char **cursor) {
    self->column = 0;
    while (**cursor && **cursor != ';') {
        int64_t fields[FIELDS_MAX];
        unsigned count = 0;
        while (count < FIELDS_MAX && read_number(cursor, &fields[count])) count++;
        if (count == 0 && **cursor != ',') return -1;
        if (count > 0) self->column += fields[0];
        if (count >= 4) {
            self->source += fields[1];
            self->line += fields[2];
            if (lead(self) < 0) return -1;
        }
        if (**cursor == ',') ++*cursor;
    }
    return 0;
}

static int compare(const void *a, const void *b) {
    const cap_bundle_position *x = a, *y = b;
    return x->line < y->line ? -1 : x->line > y->line;
}

int cap_bundle_find_sources(const char *map, size_t length, cap_bundle_position *positions, size_t count) {
    yyjson_doc *document = yyjson_read(map, length, 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    const char *cursor = yyjson_get_str(yyjson_obj_get(root, "mappings"));
    state self = {.bundle_line = 1, .first = positions, .end = positions + count, .sources = yyjson_obj_get(root, "sources")};
    int status = cursor ? 0 : -1;
    qsort(positions, count, sizeof *positions, compare);
    while (status == 0 && self.first < self.end) {
        while (self.first < self.end && self.first->line < self.bundle_line) self.first++;
        status = read_line(&self, &cursor);
        if (!*cursor) break;
        cursor++;
        self.bundle_line++;
    }
    yyjson_doc_free(document);
    return status;
}
