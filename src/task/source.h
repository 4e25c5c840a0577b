/* Programs that are strings: what is accepted of one, wherever it comes from. */
#ifndef CAP_TASK_SOURCE_H
#define CAP_TASK_SOURCE_H

#include "task/program.h"

#define CAP_SOURCE_TASK "main" /* the one task of a string */

typedef enum cap_source_language { CAP_SOURCE_PYTHON, CAP_SOURCE_JAVASCRIPT, CAP_SOURCE_TYPESCRIPT } cap_source_language;

/* "py", "python", "js", ...; CAPSULE_USAGE for anything else. */
int cap_source_language_read(const char *text, cap_source_language *ret_language, capsule_error **error);

/* Size, UTF-8, no NUL, and a name that guests and the bundler can take: CAPSULE_USAGE says what is wrong. */
int cap_source_check(const char *code, size_t length, const char *name, capsule_error **error);

/* Makes a string that declares tasks a program with these tasks; any other stays what it is. -1 when the host fails, or when
 * a task declares what cannot be accepted. */
int cap_source_import(capsule_program *program, capsule_error **error);

#endif
