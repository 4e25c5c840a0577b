/* esbuild's diagnostics for people, turned into one error. A report looks like this:
 *
 *     X [ERROR] Expected ";" but found "z"
 *
 *         src/a.ts:1:65:
 *           1 | let z z = 1
 *             |       ^
 *
 *       notes, indented by two
 *
 * Its lines count from 1, its columns from 0 in bytes; ours count from 1 in characters, here and in the detail. */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"

#define MARK "[ERROR] "

enum { SOURCE_MAX = 16 << 20, DETAIL_MAX = 64 * 1024 };

typedef struct diagnosis {
    const char *text; /* of the first error; not terminated */
    size_t text_length;
    char *file; /* as esbuild names it, relative to the project; NULL: no place given */
    unsigned long line, column; /* column from 0, in bytes */
    unsigned count; /* errors in the report */
} diagnosis;

/* "    FILE:LINE:COLUMN:" */
static bool parse_place(const char *line, size_t length, diagnosis *found) {
    if (length < 9 || strncmp(line, "    ", 4) != 0 || line[4] == ' ' || line[length - 1] != ':') return false;
    size_t numbers[2], end = length - 1, place = end;
    for (int i = 0; i < 2; i++) {
        while (place > 4 && isdigit((unsigned char)line[place - 1])) place--;
        if (place == end || place <= 5 || line[place - 1] != ':') return false;
        numbers[i] = place;
        end = place = place - 1;
    }
    found->column = strtoul(line + numbers[0], NULL, 10);
    found->line = strtoul(line + numbers[1], NULL, 10);
    found->file = strndup(line + 4, end - 4);
    return found->file != NULL;
}

static void parse_report(const char *text, diagnosis *found) {
    bool looking = false; /* for the place of the first error */
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        const char *mark = memmem(line, length < 16 + sizeof MARK ? length : 16 + sizeof MARK, MARK, sizeof MARK - 1);
        if (mark && !isspace((unsigned char)line[0])) {
            looking = found->count++ == 0;
            if (looking) {
                found->text = mark + sizeof MARK - 1;
                found->text_length = (size_t)(line + length - found->text);
            }
        } else if (looking && parse_place(line, length, found)) {
            looking = false;
        }
        line += length + (line[length] == '\n');
    }
}

/* Column in characters, from 1, of a byte column of a line of the project's file. */
static unsigned long column_in_characters(const cap_bundle_places *places, const diagnosis *found) {
    cap_autofree char *path = cap_path_join(places->base, found->file);
    cap_autofree char *resolved = path ? realpath(path, NULL) : NULL;
    size_t length = 0;
    if (!resolved || !cap_bundle_is_inside(places, resolved)) return found->column + 1;
    cap_autofree char *source = cap_file_read(AT_FDCWD, resolved, true, SOURCE_MAX, &length);
    const char *line = source;
    for (unsigned long i = 1; line && i < found->line; i++) {
        line = memchr(line, '\n', length - (size_t)(line - source));
        if (line) line++;
    }
    size_t left = line ? length - (size_t)(line - source) : 0;
    if (!line || found->column > left) return found->column + 1;
    unsigned long column = 1;
    for (size_t i = 0; i < found->column; column++) {
        size_t step = cap_utf8_sequence(line + i, found->column - i);
        i += step ? step : 1;
    }
    return column;
}

/* Text without the project's own path: what lies in it is named from there. */
static char *hide_paths(const cap_bundle_places *places, const char *text, size_t length) {
    const char *hidden[] = {places->root, places->prefix, places->guest, places->output};
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, CAP_BUNDLE_REPORT_MAX);
    for (size_t i = 0; i < length;) {
        size_t skip = 0;
        for (size_t j = 0; j < CAP_COUNT(hidden) && !skip; j++) {
            size_t size = hidden[j] ? strlen(hidden[j]) : 0;
            if (size > 1 && size <= length - i && memcmp(text + i, hidden[j], size) == 0 &&
                (i + size == length || strchr("/\"'`:) \n", text[i + size])))
                skip = size + (i + size < length && text[i + size] == '/');
        }
        if (!skip) cap_buffer_add(&out, text + i, 1);
        i += skip ? skip : 1;
    }
    return cap_buffer_take(&out);
}

/* ---- What the kernel denied ----
 * Under Landlock, esbuild meets a closed door where the metafile would have told of a file outside. It then says
 *     Cannot read directory "..": permission denied       followed by      Could not resolve "../x"
 *     Cannot read file "../x": permission denied
 * which is true, but does not say why. */

#define DENIED "\": permission denied"

/* Whether the line is an error `beginning` "X": permission denied with X outside of the working directory. */
static bool is_denial(const char *line, size_t length, const char *beginning) {
    const char *mark = memmem(line, length, MARK, sizeof MARK - 1);
    size_t size = strlen(beginning), left = mark ? length - (size_t)(mark + sizeof MARK - 1 - line) : 0;
    const char *text = mark ? mark + sizeof MARK - 1 : NULL;
    if (left < size + 2 || strncmp(text, beginning, size) != 0) return false;
    if (strncmp(text + size, "..", 2) != 0 && text[size] != '/') return false;
    return memmem(text, left, DENIED, sizeof DENIED - 1) != NULL;
}

static void add_explained(cap_buffer *out, const char *line, size_t length, bool *after_denial) {
    if (is_denial(line, length, "Cannot read file \"")) {
        const char *end = memmem(line, length, DENIED, sizeof DENIED - 1);
        cap_buffer_add(out, line, (size_t)(end - line));
        cap_buffer_add_text(out, "\": it lies outside the project");
    } else {
        cap_buffer_add(out, line, length);
        if (*after_denial && memmem(line, length, MARK "Could not resolve \"", sizeof MARK + 18)) {
            cap_buffer_add_text(out, ": it lies outside the project");
            *after_denial = false;
        }
    }
    cap_buffer_add_text(out, "\n");
}

static char *explain_denials(const char *text) {
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, 2 * CAP_BUNDLE_REPORT_MAX);
    bool after_denial = false;
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        bool dropped = is_denial(line, length, "Cannot read directory \"");
        if (dropped)
            after_denial = true;
        else
            add_explained(&out, line, length, &after_denial);
        line += length + (line[length] == '\n');
        if (dropped && *line == '\n') line++;
    }
    char *explained = cap_buffer_take(&out);
    if (explained && strstr(explained, MARK)) return explained;
    free(explained);
    return strdup(text);
}

/* ---- The error ---- */

/* Advice about esbuild's own options helps nobody here. */
static bool is_advice(const char *line, size_t length) {
    static const char *const beginnings[] = {"  You can mark the path ", "  The package ", "  Marking the path ",
                                             "  This file is considered to be "};
    for (size_t i = 0; i < CAP_COUNT(beginnings); i++)
        if (length >= strlen(beginnings[i]) && strncmp(line, beginnings[i], strlen(beginnings[i])) == 0) return true;
    return false;
}

/* A line of the report; the column of a place becomes ours. */
static void add_detail(cap_buffer *out, const cap_bundle_places *places, const char *line, size_t length) {
    diagnosis place = {0};
    if (parse_place(line, length, &place))
        cap_buffer_add_format(out, "    %s:%lu:%lu:\n", place.file, place.line, column_in_characters(places, &place));
    else
        cap_buffer_add_format(out, "%.*s\n", (int)length, line);
    free(place.file);
}

static char *make_detail(const cap_bundle_places *places, const char *text) {
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, 2 * CAP_BUNDLE_REPORT_MAX + 1);
    bool skipping = false;
    for (const char *line = text; *line && out.length < DETAIL_MAX;) {
        size_t length = strcspn(line, "\n");
        skipping = length > 0 && (is_advice(line, length) || (skipping && strncmp(line, "  ", 2) == 0 && line[2] != ' '));
        if (!skipping) add_detail(&out, places, line, length);
        line += length + (line[length] == '\n');
    }
    return cap_buffer_take(&out);
}

static int set_message(const cap_bundle_places *places, const diagnosis *found, capsule_error **error) {
    char more[48] = "";
    if (found->count > 1) snprintf(more, sizeof more, " (and %u more)", found->count - 1);
    int length = (int)found->text_length;
    if (!found->file) return cap_error_set(error, CAPSULE_BUILD, "%.*s%s", length, found->text, more);
    return cap_error_set(error, CAPSULE_BUILD, "%s:%lu:%lu: %.*s%s", found->file, found->line,
                         column_in_characters(places, found), length, found->text, more);
}

int cap_bundle_report(const cap_bundle_places *places, const cap_process_outcome *outcome, capsule_error **error) {
    const char *entry = cap_bundle_display(places, places->entry);
    if (outcome->timed_out)
        return cap_error_set(error, CAPSULE_BUILD, "%s: bundling took longer than %u s", entry, CAP_BUNDLE_TIMEOUT_MS / 1000);
    cap_autofree char *bare = hide_paths(places, outcome->report.data ? outcome->report.data : "", outcome->report.length);
    cap_autofree char *text = bare ? explain_denials(bare) : NULL;
    cap_autofree char *detail = text ? make_detail(places, text) : NULL;
    if (!detail) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the bundler's report");
    diagnosis found = {0};
    parse_report(text, &found);
    if (found.count > 0)
        set_message(places, &found, error);
    else if (strstr(text, "out of memory"))
        cap_error_set(error, CAPSULE_BUILD, "%s: the bundler needs more than %llu MB", entry,
                      (unsigned long long)(CAP_BUNDLE_MEMORY_MAX >> 20));
    else
        cap_error_set(error, CAPSULE_BUILD, "%s: the bundler failed (exit code %d)", entry, outcome->exit_code);
    cap_error_detail(error, detail, strlen(detail));
    free(found.file);
    return -1;
}
