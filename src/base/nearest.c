#include "base/nearest.h"

#include <string.h>

#define NAME_BYTES_MAX 64u
#define EDITS_MAX 3u

/* Single-byte edits between two names (Levenshtein), one row of the table at a time. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t row[NAME_BYTES_MAX + 1];
    for (size_t j = 0; j <= b_length; j++) row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (row[j] + 1 < best) best = row[j] + 1;
            row[j] = best;
        }
    }
    return row[b_length];
}

const char *cap_nearest_name(const char *name, size_t length, const char *const *known, size_t count) {
    const char *found = NULL;
    size_t best = EDITS_MAX + 1;
    if (length > NAME_BYTES_MAX) return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t known_length = strlen(known[i]);
        if (known_length > NAME_BYTES_MAX) continue;
        size_t edits = edit_distance(name, length, known[i], known_length);
        if (edits < best && edits * 2 <= length + 1) { /* more than half of the letters changed: another word */
            best = edits;
            found = known[i];
        }
    }
    return found;
}
