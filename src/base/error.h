/* One error model: a function that can fail returns -1 (or NULL) and fills *error when error is not NULL.
 * The code is what a caller can branch on, the text is one line with the offending value; layers add context in
 * front as the error travels up; the owner prints it once. */
#ifndef CAP_BASE_ERROR_H
#define CAP_BASE_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#include "capsule.h"

/* Fills *error (replacing and freeing what was there) and answers -1. printf format; control characters of the
 * text are shown as \xNN so that an error is always one line. */
int cap_error_set(capsule_error **error, capsule_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* The same with ": strerror(number)" appended. */
int cap_error_errno(capsule_error **error, capsule_code code, int number, const char *format, ...)
    __attribute__((format(printf, 4, 5), cold));

/* Puts "context: " before the text of *error, if there is one. Answers -1. */
int cap_error_context(capsule_error **error, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/* Attaches several lines for people (capsule_error_detail): a guest's traceback, a bundler's report. Answers -1. */
int cap_error_detail(capsule_error **error, const char *text, size_t length);

/* Scope cleanup for a local `capsule_error *`. */
void cap_error_cleanup(capsule_error **error);
#define cap_autoerror __attribute__((cleanup(cap_error_cleanup)))

#endif
