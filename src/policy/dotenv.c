#include "policy/dotenv.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"

#define NAME_BYTES_MAX 255u
#define VALUE_BYTES_MAX (128u << 10) /* no guest gets an environment larger than this */

typedef struct parser {
    const char *p;
    unsigned line; /* from 1 */
    const cap_dotenv_sink *sink;
    cap_buffer value;
    capsule_error **error;
} parser;

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_line_end(const char *p) { return !*p || *p == '\n' || (*p == '\r' && p[1] == '\n'); }
static bool starts_name(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
static bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

static int fail(parser *s, const char *what) {
    return cap_error_set(s->error, CAPSULE_CONFIG, "line %u: %s", s->line, what);
}

static void skip_blanks(parser *s) {
    while (is_blank(*s->p)) s->p++;
}

static void skip_line(parser *s) {
    while (*s->p && *s->p != '\n') s->p++;
    if (*s->p) s->p++, s->line++;
}

/* Copies the name at the cursor into `name`; its length, 0 when there is none or it is too long. Names of variables in
 * a file may hold dots and hyphens, as some tools write them; in $NAME they end there. */
static size_t read_name(parser *s, char name[NAME_BYTES_MAX + 1], bool in_value) {
    size_t length = 0;
    if (!starts_name(*s->p)) return 0;
    while (continues_name(s->p[length]) || (!in_value && (s->p[length] == '.' || s->p[length] == '-')))
        if (++length > NAME_BYTES_MAX) return 0;
    memcpy(name, s->p, length);
    name[length] = 0;
    s->p += length;
    return length;
}

/* At a '$': adds the value of $NAME or ${NAME}, or the '$' itself when no name follows. */
static void expand(parser *s) {
    char name[NAME_BYTES_MAX + 1];
    const char *start = s->p++;
    bool braced = *s->p == '{';
    if (braced) s->p++;
    if (!read_name(s, name, true) || (braced && *s->p != '}')) {
        s->p = start + 1;
        cap_buffer_add(&s->value, "$", 1);
        return;
    }
    if (braced) s->p++;
    const char *value = s->sink->lookup(s->sink->context, name);
    if (value) cap_buffer_add_text(&s->value, value);
}

/* At a backslash: adds what the escape stands for; an unknown one stays as it is written. */
static void unescape(parser *s, const char *letters, const char *meanings) {
    char c = s->p[1];
    const char *found = c ? strchr(letters, c) : NULL;
    if (found) {
        cap_buffer_add(&s->value, &meanings[found - letters], 1);
        s->p += 2;
    } else {
        cap_buffer_add(&s->value, s->p++, 1);
    }
}

static void add_char(parser *s) {
    if (*s->p == '\n') s->line++;
    cap_buffer_add(&s->value, s->p++, 1);
}

static int read_quoted(parser *s) {
    char quote = *s->p++;
    unsigned opened = s->line;
    while (*s->p != quote) {
        if (!*s->p) {
            s->line = opened;
            return fail(s, "a quote is never closed");
        }
        if (quote == '"' && *s->p == '\\')
            unescape(s, "nrt\"'\\$", "\n\r\t\"'\\$");
        else if (quote == '"' && *s->p == '$')
            expand(s);
        else
            add_char(s);
    }
    s->p++;
    if (!is_line_end(s->p) && !is_blank(*s->p) && *s->p != '#') return fail(s, "text after the closing quote");
    skip_blanks(s);
    if (!is_line_end(s->p) && *s->p != '#') return fail(s, "text after the closing quote");
    return 0;
}

static void read_bare(parser *s) {
    size_t kept = 0; /* length without trailing blanks */
    while (!is_line_end(s->p)) {
        if (*s->p == '#' && (s->value.length == 0 || is_blank(s->p[-1]))) break;
        bool blank = is_blank(*s->p);
        if (*s->p == '\\')
            unescape(s, " \t\"'$#\\", " \t\"'$#\\");
        else if (*s->p == '$')
            expand(s);
        else
            add_char(s);
        if (!blank) kept = s->value.length;
    }
    if (s->value.failed || !s->value.data) return;
    s->value.length = kept;
    s->value.data[kept] = 0;
}

static int read_definition(parser *s) {
    char name[NAME_BYTES_MAX + 1];
    bool exported = !strncmp(s->p, "export", 6) && is_blank(s->p[6]);
    if (exported) {
        s->p += 6;
        skip_blanks(s);
    }
    if (!read_name(s, name, false)) return fail(s, "expected NAME=VALUE");
    skip_blanks(s);
    if (exported && (is_line_end(s->p) || *s->p == '#')) return 0;
    if (*s->p != '=') return fail(s, "expected NAME=VALUE");
    s->p++;
    skip_blanks(s);
    cap_buffer_clear(&s->value);
    if (*s->p != '"' && *s->p != '\'')
        read_bare(s);
    else if (read_quoted(s) < 0)
        return -1;
    if (s->value.failed) return fail(s, "a value is longer than 128 KB");
    return s->sink->define(s->sink->context, name, s->value.data ? s->value.data : "", s->error);
}

int cap_dotenv_parse(const char *text, const cap_dotenv_sink *sink, capsule_error **error) {
    parser s = {.p = text, .line = 1, .sink = sink, .error = error};
    int status = 0;
    cap_buffer_init(&s.value, VALUE_BYTES_MAX);
    if (!strncmp(text, "\xef\xbb\xbf", 3)) s.p += 3; /* byte order mark */
    while (status == 0 && *s.p) {
        skip_blanks(&s);
        if (!is_line_end(s.p) && *s.p != '#') status = read_definition(&s);
        if (status == 0) skip_line(&s);
    }
    cap_buffer_free(&s.value);
    return status;
}
