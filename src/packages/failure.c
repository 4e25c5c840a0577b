/* pip says that there is "no matching distribution" whatever the reason. Its log tells which files it passed over and why:
 *
 *   TIME   Skipping link: none of the wheel's tags (cp313-cp313-...) are compatible (...): https://.../NAME-VERSION-....whl (...)
 *   TIME   Skipping link: No sources permitted for NAME: https://.../NAME-VERSION.tar.gz (...)
 *   TIME   Link requires a different Python (3.13.5 not in: '<3.12'): https://.../NAME-VERSION-....whl (...)
 *   TIME   Given no hashes to check N links for project 'NAME': discarding no candidates  */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "packages/packages_internal.h"

enum { NAME_BYTES = 128, FILE_BYTES = 256, DETAIL_BYTES = 64 * 1024 };

/* What the log tells of one package. */
typedef struct passed_over {
    unsigned native, source, python; /* files, by reason */
    char version[NAME_BYTES];        /* the highest among them */
    char wheel[FILE_BYTES];          /* a wheel of that version, or "" */
} passed_over;

/* Bytes of `text` that spell the package `name`, whatever its case and separators; 0: another one. */
static size_t spells(const char *text, const char *name) {
    const char *at = text;
    for (; *name; name++, at++) {
        bool separator = *name == '-' || *name == '_' || *name == '.';
        if (separator ? *at != '-' && *at != '_' && *at != '.' : tolower((unsigned char)*at) != tolower((unsigned char)*name))
            return 0;
    }
    return (size_t)(at - text);
}

/* Notes the file at the end of a line of the log when it is one of the package (and version, unless that is ""). */
static void note_file(const char *line, size_t length, const char *name, const char *wanted, unsigned *count, passed_over *found) {
    const char *url = memmem(line, length, ": http", 6), *file = memmem(line, length, ": file:", 7);
    if (!url) url = file;
    if (!url) return;
    url += 2;
    size_t size = strcspn(url, " #\n");
    const char *base = memrchr(url, '/', size);
    size_t skip = base ? spells(++base, name) : 0;
    if (!skip || base[skip] != '-') return;
    const char *version = base + skip + 1;
    size_t left = (size_t)(url + size - version), end = strcspn(version, "-\n");
    bool wheel = left > 4 && memcmp(version + left - 4, ".whl", 4) == 0;
    if (!wheel) { /* NAME-VERSION.tar.gz, .zip */
        const char *ending = memmem(version, left, ".tar", 4);
        if (!ending) ending = memmem(version, left, ".zip", 4);
        end = ending ? (size_t)(ending - version) : left;
    }
    if (end >= NAME_BYTES || (*wanted && (strlen(wanted) != end || strncmp(version, wanted, end) != 0))) return;
    (*count)++;
    char told[NAME_BYTES];
    memcpy(told, version, end);
    told[end] = 0;
    int order = strverscmp(told, found->version);
    if (order < 0) return;
    if (order > 0) found->wheel[0] = 0;
    memcpy(found->version, told, end + 1);
    size_t whole = (size_t)(url + size - base);
    if (wheel && whole < FILE_BYTES) {
        memcpy(found->wheel, base, whole);
        found->wheel[whole] = 0;
    }
}

static void read_log(const char *log, const char *name, const char *wanted, passed_over *found) {
    for (const char *line = log; *line;) {
        size_t length = strcspn(line, "\n");
        if (memmem(line, length, "none of the wheel's tags", 24))
            note_file(line, length, name, wanted, &found->native, found);
        else if (memmem(line, length, "No sources permitted", 20))
            note_file(line, length, name, wanted, &found->source, found);
        else if (memmem(line, length, "requires a different Python", 27))
            note_file(line, length, name, wanted, &found->python, found);
        line += length + (line[length] == '\n');
    }
}

static bool is_unreachable(const char *text) {
    static const char *const signs[] = {"connection broken by", "Max retries exceeded", "NewConnectionError", "ConnectTimeoutError"};
    for (size_t i = 0; i < CAP_COUNT(signs); i++)
        if (strstr(text, signs[i])) return true;
    return false;
}

/* "NAME[EXTRA]==VERSION ..." in two; ret_version is "" when none is pinned. */
static void split(const char *requirement, char ret_name[NAME_BYTES], char ret_version[NAME_BYTES]) {
    size_t length = strspn(requirement, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    if (length >= NAME_BYTES) length = NAME_BYTES - 1;
    memcpy(ret_name, requirement, length);
    ret_name[length] = ret_version[0] = 0;
    const char *pin = requirement + length;
    if (strncmp(pin, "==", 2) != 0) return;
    size_t size = strcspn(pin + 2, " ,;(\n*");
    if (size >= NAME_BYTES || pin[2 + size] == '*') return;
    memcpy(ret_version, pin + 2, size);
    ret_version[size] = 0;
}

static int explain_missing(const cap_pip_failure *failure, const char *requirement, capsule_error **error) {
    char name[NAME_BYTES], version[NAME_BYTES];
    passed_over found = {0};
    int shown = (int)strcspn(requirement, "\n");
    split(requirement, name, version);
    read_log(failure->log, name, version, &found);
    if (found.native)
        return cap_error_set(error, CAPSULE_BUILD, "package %s %s has no pure-Python wheel, only native code (%s%s), which a "
                             "sandbox cannot load; see docs/python-packages.md for what can be done",
                             name, found.version, found.wheel[0] ? "such as " : "and source", found.wheel);
    if (found.python)
        return cap_error_set(error, CAPSULE_BUILD, "package %s: no version that was asked for (%.*s) is for the sandbox's Python, up to %s",
                             name, shown, requirement, found.version);
    if (found.source)
        return cap_error_set(error, CAPSULE_BUILD, "package %s %s is published as source only, and building it would run its code on "
                             "the host: no wheel", name, found.version);
    if (is_unreachable(failure->report) || is_unreachable(failure->log))
        return cap_error_set(error, CAPSULE_BUILD, "package %s: the package index cannot be reached; check the network, or name an "
                             "index or a directory of wheels with PIP_INDEX_URL or PIP_FIND_LINKS", name);
    return cap_error_set(error, CAPSULE_BUILD, "package %s: there is nothing that fits %.*s", name, shown, requirement);
}

/* Who needs the package that is missing: "... satisfies the requirement NAME (from WHO) (from versions: ...)". */
static int tell_parent(const char *report, const char *requirement, capsule_error **error) {
    static const char mark[] = " satisfies the requirement ", from[] = " (from ";
    const char *line = strstr(report, mark);
    const char *who = line ? memmem(line, strcspn(line, "\n"), from, sizeof from - 1) : NULL;
    if (!who || strncmp(who + sizeof from - 1, "versions:", 9) == 0) return -1;
    who += sizeof from - 1;
    return cap_error_context(error, "%.*s needs %.*s", (int)strcspn(who, ")\n"), who, (int)strcspn(requirement, "\n"), requirement);
}

/* Whether the log tells of files of the package that could be used: "... N links for project 'NAME' ...", N above 0. */
static bool has_usable(const char *log, const char *name) {
    static const char mark[] = " links for project '";
    for (const char *at = log; (at = strstr(at, mark));) {
        const char *digit = at;
        while (digit > log && isdigit((unsigned char)digit[-1])) digit--;
        at += sizeof mark - 1;
        size_t length = spells(at, name);
        if (length && at[length] == '\'' && strtoul(digit, NULL, 10) > 0) return true;
    }
    return false;
}

/* pip calls it a conflict, too, when a package needs one of which nothing can be used. Its log lists who needs what:
 *
 *   TIME     NAME VERSION depends on REQUIREMENT  */
static int explain_conflict(const cap_pip_failure *failure, const char *line, capsule_error **error) {
    static const char mark[] = " depends on ";
    char name[NAME_BYTES], version[NAME_BYTES];
    const char *needs = strstr(failure->log, "The conflict is caused by");
    for (needs = needs ? strstr(needs, mark) : NULL; needs; needs = strstr(needs, mark)) {
        passed_over found = {0};
        const char *begin = memrchr(failure->log, '\n', (size_t)(needs - failure->log));
        begin = begin ? begin + 1 : failure->log;
        begin += strcspn(begin, " \n"); /* behind the time */
        begin += strspn(begin, " ");
        int length = (int)(needs - begin);
        needs += sizeof mark - 1;
        split(needs, name, version);
        read_log(failure->log, name, "", &found);
        if ((!found.native && !found.source) || has_usable(failure->log, name)) continue;
        explain_missing(failure, needs, error);
        return cap_error_context(error, "%.*s needs %s", length, begin, name);
    }
    return cap_error_set(error, CAPSULE_BUILD, "pip: %.*s", (int)strcspn(line, "\n"), line);
}

/* "Package 'NAME' requires a different Python: 3.13.5 not in '>=3.99'" */
static int explain_python(const char *line, capsule_error **error) {
    const char *name = strchr(line, '\'') + 1, *range = strstr(name, " not in ");
    int name_length = (int)strcspn(name, "'\n");
    return cap_error_set(error, CAPSULE_BUILD, "package %.*s is not for the sandbox's Python%s%.*s", name_length, name,
                         range ? ":" : "", range ? (int)strcspn(range, "\n") : 0, range ? range : "");
}

/* The first line that pip calls an error, without that word. */
static const char *first_error(const char *report) {
    static const char mark[] = "ERROR: ";
    const char *found = strstr(report, mark);
    return found ? found + sizeof mark - 1 : report;
}

int cap_pip_explain(const cap_pip_failure *failure, capsule_error **error) {
    static const char missing[] = "No matching distribution found for ";
    const char *requirement = strstr(failure->report, missing);
    const char *line = first_error(failure->report);
    if (requirement) {
        explain_missing(failure, requirement + sizeof missing - 1, error);
        tell_parent(failure->report, requirement + sizeof missing - 1, error);
    } else if (strncmp(line, "Package '", 9) == 0 && strstr(line, "requires a different Python")) {
        explain_python(line, error);
    } else if (strstr(failure->report, "ResolutionImpossible")) {
        explain_conflict(failure, line, error);
    } else if (!*line) {
        cap_error_set(error, CAPSULE_BUILD, "pip failed and did not say why");
    } else {
        cap_error_set(error, CAPSULE_BUILD, "pip: %.*s", (int)strcspn(line, "\n"), line);
    }
    size_t length = strlen(failure->report);
    if (length) cap_error_detail(error, failure->report, length < DETAIL_BYTES ? length : DETAIL_BYTES);
    return -1;
}
