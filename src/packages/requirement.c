/* One requirement: judged and put into one form, so that equal ones are equal texts.
 *
 *   NAME [ "[" EXTRA, ... "]" ] [ OPERATOR VERSION, ... ] [ ";" MARKER ] { "--hash=" ALGORITHM ":" DIGITS }
 *
 * What is not of this form never reaches pip: URLs, paths, options, variables of the environment. */
#include <string.h>

#include "base/cleanup.h"
#include "packages/packages_internal.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define NAME_CHARACTERS LETTERS "._-"
#define VERSION_CHARACTERS LETTERS "._-+*!"
#define MARKER_CHARACTERS LETTERS "._-+*!<>=~()'\", "

typedef struct scan {
    const char *at, *end;
    cap_buffer *out;
} scan;

static bool is_in(const char *set, char character) { return character && strchr(set, character); }

static void skip_blanks(scan *self) {
    while (self->at < self->end && (*self->at == ' ' || *self->at == '\t')) self->at++;
}

static bool is_at(scan *self, char wanted) {
    skip_blanks(self);
    return self->at < self->end && *self->at == wanted;
}

/* Takes the characters of a set; how many there were. */
static size_t take(scan *self, const char *set) {
    const char *begin = self->at;
    while (self->at < self->end && is_in(set, *self->at)) self->at++;
    cap_buffer_add(self->out, begin, (size_t)(self->at - begin));
    return (size_t)(self->at - begin);
}

static bool take_name(scan *self) {
    skip_blanks(self);
    if (self->at == self->end || !is_in(LETTERS, *self->at)) return false;
    take(self, NAME_CHARACTERS);
    return is_in(LETTERS, self->at[-1]);
}

static bool take_extras(scan *self) {
    if (!is_at(self, '[')) return true;
    do {
        cap_buffer_add(self->out, self->at++, 1);
        if (!take_name(self)) return false;
    } while (is_at(self, ','));
    if (!is_at(self, ']')) return false;
    cap_buffer_add(self->out, self->at++, 1);
    return true;
}

static bool take_operator(scan *self) {
    static const char *const operators[] = {"===", "==", "~=", "!=", "<=", ">=", "<", ">"};
    skip_blanks(self);
    for (size_t i = 0; i < CAP_COUNT(operators); i++) {
        size_t length = strlen(operators[i]);
        if ((size_t)(self->end - self->at) < length || memcmp(self->at, operators[i], length) != 0) continue;
        cap_buffer_add(self->out, operators[i], length);
        self->at += length;
        return true;
    }
    return false;
}

static bool take_versions(scan *self) {
    bool enclosed = is_at(self, '(');
    if (enclosed) self->at++;
    skip_blanks(self);
    if (self->at == self->end || !is_in("=~!<>", *self->at)) return !enclosed;
    for (;;) {
        if (!take_operator(self)) return false;
        skip_blanks(self);
        if (take(self, VERSION_CHARACTERS) == 0) return false;
        if (!is_at(self, ',')) break;
        cap_buffer_add(self->out, self->at++, 1);
    }
    if (!enclosed) return true;
    if (!is_at(self, ')')) return false;
    self->at++;
    return true;
}

/* Up to the first word that begins with a hyphen; runs of blanks become one. */
static bool take_marker(scan *self) {
    if (!is_at(self, ';')) return true;
    self->at++;
    skip_blanks(self);
    cap_buffer_add_text(self->out, ";");
    const char *begin = self->at;
    bool blank = false;
    for (; self->at < self->end; self->at++) {
        char next = *self->at == '\t' ? ' ' : *self->at;
        if (blank && next == '-') break;
        if (!is_in(MARKER_CHARACTERS, next)) return false;
        if (blank && next != ' ') cap_buffer_add_text(self->out, " ");
        if (next != ' ') cap_buffer_add(self->out, &next, 1);
        blank = next == ' ';
    }
    return self->at > begin;
}

static bool take_hash(scan *self) {
    static const char *const algorithms[] = {"sha256:", "sha384:", "sha512:"};
    static const char option[] = "--hash";
    size_t length = sizeof option - 1;
    skip_blanks(self);
    if ((size_t)(self->end - self->at) <= length || memcmp(self->at, option, length) != 0) return false;
    self->at += length;
    if (*self->at != '=' && *self->at != ' ') return false;
    self->at++;
    skip_blanks(self);
    cap_buffer_add_text(self->out, " --hash=");
    for (size_t i = 0; i < CAP_COUNT(algorithms); i++) {
        length = strlen(algorithms[i]);
        if ((size_t)(self->end - self->at) < length || memcmp(self->at, algorithms[i], length) != 0) continue;
        cap_buffer_add_text(self->out, algorithms[i]);
        self->at += length;
        return take(self, "0123456789abcdefABCDEF") > 0;
    }
    return false;
}

/* Why a text is no requirement that is accepted, for the commonest mistakes. */
static const char *reason(const char *text, size_t length) {
    size_t end = length;
    const char *marker = memchr(text, ';', length);
    if (marker) end = (size_t)(marker - text);
    if (memmem(text, end, "://", 3) || memchr(text, '@', end)) return "a URL is not accepted";
    if (memchr(text, '/', end) || memchr(text, '\\', end) || (end && (text[0] == '.' || text[0] == '~')))
        return "a path is not accepted";
    if (memchr(text, '$', length)) return "a variable of the environment is not accepted";
    if (memmem(text, length, " -", 2)) return "no option but --hash=sha256:... is accepted";
    return "not of the form NAME[EXTRA]>=VERSION; MARKER";
}

/* pip takes a name that ends like this for a file. */
static bool is_archive(const char *text, size_t length) {
    static const char *const endings[] = {".whl", ".zip", ".tar", ".tgz", ".tbz", ".txz", ".tlz", ".gz", ".bz2", ".xz", ".lz", ".lzma"};
    for (size_t i = 0; i < CAP_COUNT(endings); i++) {
        size_t size = strlen(endings[i]);
        if (length > size && strncasecmp(text + length - size, endings[i], size) == 0) return true;
    }
    return false;
}

int cap_requirement_judge(const char *text, size_t length, cap_buffer *out, capsule_error **error) {
    scan self = {text, text + length, out};
    int shown = length > 200 ? 200 : (int)length;
    if (length > CAP_PACKAGES_REQUIREMENT_BYTES_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "a requirement of %zu bytes, at most %u are accepted", length,
                             CAP_PACKAGES_REQUIREMENT_BYTES_MAX);
    size_t begin = out->length;
    bool good = take_name(&self);
    if (good && is_archive(out->data + begin, out->length - begin))
        return cap_error_set(error, CAPSULE_BUILD, "requirement \"%.*s\": a file is not accepted", shown, text);
    good = good && take_extras(&self) && take_versions(&self) && take_marker(&self);
    while (good && is_at(&self, '-')) good = take_hash(&self);
    if (good && self.at == self.end)
        return out->failed ? cap_error_set(error, CAPSULE_MEMORY, "out of memory for requirements") : 0;
    return cap_error_set(error, CAPSULE_BUILD, "requirement \"%.*s\": %s", shown, text, reason(text, length));
}
