/* Directory grants as people write them: HOST[::GUEST][:ro|:rw]. Only texts are judged here; what the host path really
 * is gets decided when a run opens it (grant.c). */
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "policy/grants.h"
#include "policy/policy.h"

#define PATH_BYTES_MAX 4095u
#define PATH_DEPTH_MAX 64u
#define SHOWN_MAX 120 /* bytes of a path that an error text repeats */

/* One component of a path: `length` bytes at `start`. */
typedef struct component {
    const char *start;
    size_t length;
} component;

/* The next component at *cursor that is not empty and not "."; false at the end. */
static bool next_component(const char **cursor, const char *end, component *ret) {
    for (;;) {
        while (*cursor < end && **cursor == '/') ++*cursor;
        if (*cursor == end) return false;
        const char *start = *cursor;
        while (*cursor < end && **cursor != '/') ++*cursor;
        *ret = (component){start, (size_t)(*cursor - start)};
        if (!(ret->length == 1 && start[0] == '.')) return true;
    }
}

static bool is(const component *c, const char *text) {
    return c->length == strlen(text) && !memcmp(c->start, text, c->length);
}

/* An error about a path, which is cut when long. */
static int refuse(capsule_error **error, const char *why, const char *path, size_t length) {
    int shown = (int)(length > SHOWN_MAX ? cap_utf8_cut(path, SHOWN_MAX) : length);
    return cap_error_set(error, CAPSULE_CONFIG, "%s: %.*s%s", why, shown, path, (size_t)shown < length ? "..." : "");
}

/* True when what follows .capsule leads below its sessions, to one of the folders there or deeper. */
static bool is_below_sessions(const char *cursor, const char *end) {
    component part;
    if (!next_component(&cursor, end, &part) || !is(&part, CAP_SESSIONS_FOLDER)) return false;
    size_t count = 0;
    for (; next_component(&cursor, end, &part); count++)
        if (is(&part, "..") || is(&part, CAP_OWN_FOLDER)) return false;
    return count > 0;
}

/* Relative, inside the project as far as the text tells, not deeper than allowed, and not our own folder. */
static int check_host(const char *host, size_t length, capsule_error **error) {
    if (host[0] == '/') return refuse(error, "Absolute paths are not allowed", host, length);
    const char *cursor = host, *end = host + length;
    size_t depth = 0, count = 0;
    component part;
    while (next_component(&cursor, end, &part)) {
        if (++count > PATH_DEPTH_MAX) return refuse(error, "Path is deeper than 64 directories", host, length);
        if (is(&part, CAP_OWN_FOLDER) && !(count == 1 && is_below_sessions(cursor, end)))
            return refuse(error, "Path belongs to Capsule itself", host, length);
        if (!is(&part, "..")) {
            depth++;
        } else if (depth-- == 0) {
            return refuse(error, "Path escapes project directory", host, length);
        }
    }
    return 0;
}

/* The guest's view of a path: absolute, without ".", ".." and doubled slashes; ".." stays at the root. */
static char *normalize_guest(const char *path, size_t length) {
    char *out = malloc(length + 2);
    if (!out) return NULL;
    size_t used = 0;
    const char *cursor = path, *end = path + length;
    component part;
    while (next_component(&cursor, end, &part)) {
        if (is(&part, "..")) {
            while (used > 0 && out[--used] != '/') continue;
            continue;
        }
        out[used++] = '/';
        memcpy(out + used, part.start, part.length);
        used += part.length;
    }
    if (used == 0) out[used++] = '/';
    out[used] = 0;
    return out;
}

static int make_guest(const char *path, size_t length, char **ret_guest, capsule_error **error) {
    cap_autofree char *guest = normalize_guest(path, length);
    if (!guest) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    const char *cursor = guest, *end = guest + strlen(guest);
    component part;
    if (next_component(&cursor, end, &part) && is(&part, CAP_OWN_FOLDER) && !is_below_sessions(cursor, end))
        return refuse(error, "Guest path belongs to Capsule itself", guest, strlen(guest));
    *ret_guest = cap_steal(guest);
    return 0;
}

int cap_parse_guest(const char *text, char **ret_guest, capsule_error **error) {
    size_t length = strlen(text);
    if (length == 0) return refuse(error, "Empty path", text, length);
    if (length > PATH_BYTES_MAX) return refuse(error, "Path is longer than 4095 bytes", text, length);
    return make_guest(text, length, ret_guest, error);
}

static bool ends_with(const char *text, size_t length, const char *suffix) {
    size_t tail = strlen(suffix);
    return length >= tail && !memcmp(text + length - tail, suffix, tail);
}

/* The parts of HOST[::GUEST][:ro|:rw], not terminated. */
typedef struct parts {
    component host, guest;
    bool writable;
} parts;

static int split(const char *text, parts *ret, capsule_error **error) {
    size_t length = strlen(text);
    bool writable = true;
    if (length > 2 * PATH_BYTES_MAX) return refuse(error, "Path is longer than 4095 bytes", text, length);
    if (!cap_utf8_valid(text, length)) return refuse(error, "Path is not valid UTF-8", text, length);
    if (ends_with(text, length, ":ro") || ends_with(text, length, ":rw")) {
        writable = text[length - 1] == 'w';
        length -= 3;
    }
    const char *alias = memmem(text, length, "::", 2);
    size_t host_length = alias ? (size_t)(alias - text) : length;
    const char *guest = alias ? alias + 2 : text;
    size_t guest_length = alias ? length - host_length - 2 : length;
    if (host_length == 0 || guest_length == 0)
        return refuse(error, "Empty path; expected HOST[::GUEST][:ro|:rw]", text, strlen(text));
    if (host_length > PATH_BYTES_MAX || guest_length > PATH_BYTES_MAX)
        return refuse(error, "Path is longer than 4095 bytes", text, length);
    *ret = (parts){{text, host_length}, {guest, guest_length}, writable};
    return 0;
}

int cap_parse_mount(const char *text, cap_grant *ret_grant, capsule_error **error) {
    parts found;
    if (split(text, &found, error) < 0 || check_host(found.host.start, found.host.length, error) < 0) return -1;
    cap_grant grant cap_cleanup(cap_grant_clear) = {.writable = found.writable};
    if (make_guest(found.guest.start, found.guest.length, &grant.guest_path, error) < 0) return -1;
    grant.host_path = strndup(found.host.start, found.host.length);
    if (!grant.host_path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    *ret_grant = grant;
    grant = (cap_grant){0};
    return 0;
}

int cap_parse_directory(const char *text, cap_grant *ret_grant, capsule_error **error) {
    parts found;
    if (split(text, &found, error) < 0) return -1;
    cap_grant grant cap_cleanup(cap_grant_clear) = {.writable = found.writable, .from_caller = true};
    grant.host_path = strndup(found.host.start, found.host.length);
    grant.guest_path = strndup(found.guest.start, found.guest.length);
    if (!grant.host_path || !grant.guest_path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    *ret_grant = grant;
    grant = (cap_grant){0};
    return 0;
}

void cap_grant_clear(cap_grant *grant) {
    free(grant->host_path);
    free(grant->guest_path);
    free(grant->below);
    *grant = (cap_grant){0};
}

int cap_grant_copy(const cap_grant *grant, cap_grant *ret_grant) {
    cap_grant copy = *grant;
    copy.host_path = strdup(grant->host_path);
    copy.guest_path = strdup(grant->guest_path);
    copy.below = grant->below ? strdup(grant->below) : NULL;
    if (!copy.host_path || !copy.guest_path || (grant->below && !copy.below)) {
        cap_grant_clear(&copy);
        return -1;
    }
    *ret_grant = copy;
    return 0;
}
