/* capsule.toml's syntax, turned into JSON: the one place that knows the TOML library (and C++). */
#ifndef CAP_POLICY_TOML_H
#define CAP_POLICY_TOML_H

#include <stddef.h>

#include "base/buffer.h"

typedef struct cap_toml_problem {
    unsigned line, column; /* from 1; 0: about the file as a whole */
    char text[200];        /* what is wrong, one line */
} cap_toml_problem;

/* Appends the document as one JSON object to *out. Integers stay exact, dates become strings, inf and nan become null.
 * 0, or -1 with *ret_problem filled. */
int cap_toml_to_json(const char *text, size_t length, cap_buffer *out, cap_toml_problem *ret_problem);

/* Told of a key of a table of the document, and of its line, from 1. The texts live as long as the call. */
typedef void cap_toml_key(void *context, const char *table, const char *key, unsigned line);
/* The same, telling `on_key` (or NULL) where the keys of the document's tables stand. */
int cap_toml_read(const char *text, size_t length, cap_buffer *out, cap_toml_key *on_key, void *context,
                  cap_toml_problem *ret_problem);

#endif
