/* A growing byte buffer that cannot be born without a maximum. When an addition fails (maximum or memory) the
 * buffer is freed and stays failed: later additions fail too, so that a chain of them needs one check at the end. */
#ifndef CAP_BASE_BUFFER_H
#define CAP_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cap_buffer {
    char *data;      /* NUL-terminated when not NULL; owned */
    size_t length;   /* bytes, without the NUL */
    size_t capacity; /* bytes allocated */
    size_t maximum;  /* largest length ever allowed, bytes */
    bool failed;
} cap_buffer;

void cap_buffer_init(cap_buffer *buffer, size_t maximum);
void cap_buffer_free(cap_buffer *buffer);
/* Empties, keeps the allocation, clears the failure. */
void cap_buffer_clear(cap_buffer *buffer);
/* Makes room for `more` bytes at once; additions do it by themselves. */
int cap_buffer_reserve(cap_buffer *buffer, size_t more);
int cap_buffer_add(cap_buffer *buffer, const void *bytes, size_t length);
int cap_buffer_add_text(cap_buffer *buffer, const char *text);
int cap_buffer_add_format(cap_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cap_buffer_add_vformat(cap_buffer *buffer, const char *format, va_list arguments);
int cap_buffer_add_number(cap_buffer *buffer, uint64_t number); /* decimal */
/* Hands the NUL-terminated text to the caller (who frees it); "" when empty, NULL when failed. The buffer is empty then. */
char *cap_buffer_take(cap_buffer *buffer);

/* JSON text: a quoted string with escapes. Invalid UTF-8 becomes U+FFFD; so the output is always valid UTF-8. */
int cap_buffer_add_json_string(cap_buffer *buffer, const char *text, size_t length);
/* "key": (comma before it unless the last byte opens an object); then the value is added by the caller. */
int cap_buffer_add_json_key(cap_buffer *buffer, const char *key);
/* "key": with a string, or null for NULL. */
int cap_buffer_add_json_member(cap_buffer *buffer, const char *key, const char *text);

#define cap_autobuffer __attribute__((cleanup(cap_buffer_free)))

#endif
