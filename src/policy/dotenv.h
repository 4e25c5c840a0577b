/* The syntax of .env files: NAME=VALUE lines, as dotenv reads them. Texts only, no files and no environment. */
#ifndef CAP_POLICY_DOTENV_H
#define CAP_POLICY_DOTENV_H

#include <stddef.h>

#include "base/error.h"

typedef struct cap_dotenv_sink {
    void *context;
    /* Value of an earlier variable for $NAME and ${NAME}; NULL: unset, which expands to nothing. */
    const char *(*lookup)(void *context, const char *name);
    /* Takes one variable; both texts are borrowed. */
    int (*define)(void *context, const char *name, const char *value, capsule_error **error);
} cap_dotenv_sink;

/* Parses a whole file, NUL-terminated. Errors name the line, and never repeat a value: it may be a secret.
 *
 *   line    = [export] NAME [blanks] = [blanks] value [comment] | comment | blank
 *   value   = 'literal' | "text with \n \r \t \" \' \\ \$ and $NAME ${NAME}" | bare
 *   bare    = up to the end of the line or a blank before #; trimmed; \ before a blank, quote, $, # or \ makes it plain;
 *             $NAME and ${NAME} expand
 * Quoted values may span lines. `export NAME` alone defines nothing. */
int cap_dotenv_parse(const char *text, const cap_dotenv_sink *sink, capsule_error **error);

#endif
