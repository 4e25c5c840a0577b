/* Where requirements stand: [python] of capsule.toml, requirements.txt, pyproject.toml; the first that is there counts. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "packages/packages_internal.h"
#include "policy/toml.h"
#include "store/files.h"
#include "yyjson.h"

#define REQUIREMENTS_FILE "requirements.txt"
#define PYPROJECT_FILE "pyproject.toml"
#define REQUIRE_HASHES "--require-hashes" /* an option that stands for itself */
#define JSON_MAX ((size_t)8 * CAP_PACKAGES_FILE_BYTES_MAX)

void cap_requirements_clear(cap_requirements *requirements) {
    for (size_t i = 0; i < requirements->count; i++) free(requirements->lines[i]);
    free(requirements->lines);
    *requirements = (cap_requirements){0};
}

/* Takes over `line`, NULL when memory was short. */
static int add_line(cap_requirements *requirements, char *line, capsule_error **error) {
    if (requirements->count == CAP_PACKAGES_REQUIREMENTS_MAX) {
        free(line);
        return cap_error_set(error, CAPSULE_BUILD, "more than %u requirements", CAP_PACKAGES_REQUIREMENTS_MAX);
    }
    if (line && requirements->count == requirements->capacity) {
        size_t capacity = requirements->capacity ? requirements->capacity * 2 : 16;
        char **lines = realloc(requirements->lines, capacity * sizeof *lines);
        if (lines) {
            requirements->lines = lines;
            requirements->capacity = capacity;
        }
    }
    if (!line || requirements->count == requirements->capacity) {
        free(line);
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for requirements");
    }
    requirements->lines[requirements->count++] = line;
    return 0;
}

int cap_requirements_add(cap_requirements *requirements, const char *text, size_t length, capsule_error **error) {
    cap_autobuffer cap_buffer line;
    cap_buffer_init(&line, (size_t)2 * CAP_PACKAGES_REQUIREMENT_BYTES_MAX);
    if (cap_requirement_judge(text, length, &line, error) < 0) return -1;
    return add_line(requirements, cap_buffer_take(&line), error);
}

/* ---- requirements.txt ---- */

/* A file, and those it includes. */
typedef struct reader {
    const cap_packages_request *request;
    cap_requirements *requirements;
    const char *root; /* no included file lies outside */
    unsigned files;   /* read so far */
} reader;

static int read_file(reader *self, const char *path, const char *label, capsule_error **error);

/* The name of the file that a line "-r FILE" includes, in any of its spellings; NULL: the line is another one. */
static const char *included(const char *line) {
    static const char long_name[] = "--requirement";
    if (strncmp(line, "-r", 2) == 0) {
        line += 2;
    } else if (strncmp(line, long_name, sizeof long_name - 1) == 0 && strchr("= \t", line[sizeof long_name - 1])) {
        line += sizeof long_name - 1;
        line += *line == '=';
    } else {
        return NULL;
    }
    return line + strspn(line, " \t");
}

static int include(reader *self, const char *from, const char *name, capsule_error **error) {
    if (!name[0] || strstr(name, "://")) return cap_error_set(error, CAPSULE_BUILD, "-r \"%.200s\": the name of a file is accepted", name);
    const char *slash = strrchr(from, '/');
    cap_autofree char *directory = strndup(from, (size_t)(slash - from) + 1);
    cap_autofree char *path = name[0] == '/' ? strdup(name) : directory ? cap_path_join(directory, name) : NULL;
    if (!path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for requirements");
    return read_file(self, path, name, error);
}

static int refuse_option(const char *line, capsule_error **error) {
    static const struct {
        const char *option, *why;
    } known[] = {
        {"-e", "an editable package would run its own code on the host"},
        {"--editable", "an editable package would run its own code on the host"},
        {"-i", "where packages come from is set by who runs the program (PIP_INDEX_URL, pip.conf)"},
        {"--index-url", "where packages come from is set by who runs the program (PIP_INDEX_URL, pip.conf)"},
        {"--extra-index-url", "where packages come from is set by who runs the program (PIP_EXTRA_INDEX_URL, pip.conf)"},
        {"--no-index", "where packages come from is set by who runs the program (PIP_NO_INDEX, pip.conf)"},
        {"-f", "where packages come from is set by who runs the program (PIP_FIND_LINKS, pip.conf)"},
        {"--find-links", "where packages come from is set by who runs the program (PIP_FIND_LINKS, pip.conf)"},
        {"--trusted-host", "whom to trust is set by who runs the program (PIP_TRUSTED_HOST, pip.conf)"},
        {"--no-binary", "only wheels are installed, which run no code on the host"},
    };
    int length = (int)strcspn(line, " \t=");
    const char *why = "-r FILE, --require-hashes and --hash=sha256:... are";
    for (size_t i = 0; i < CAP_COUNT(known); i++)
        if (strlen(known[i].option) == (size_t)length && strncmp(line, known[i].option, (size_t)length) == 0) why = known[i].why;
    return cap_error_set(error, CAPSULE_BUILD, "option %.*s is not accepted: %s", length > 100 ? 100 : length, line, why);
}

/* One line without its comment. */
static int read_line(reader *self, const char *path, char *line, capsule_error **error) {
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length && (line[length - 1] == ' ' || line[length - 1] == '\t')) line[--length] = 0;
    const char *name = included(line);
    if (length == 0) return 0;
    if (name) return include(self, path, name, error);
    if (strcmp(line, REQUIRE_HASHES) == 0) return add_line(self->requirements, strdup(line), error);
    if (line[0] == '-') return refuse_option(line, error);
    return cap_requirements_add(self->requirements, line, length, error);
}

/* A comment begins at the beginning of a line or after a blank. */
static void cut_comment(char *line) {
    for (char *at = line; (at = strchr(at, '#')); at++)
        if (at == line || at[-1] == ' ' || at[-1] == '\t') {
            *at = 0;
            return;
        }
}

/* Cuts the text at the end of the next line, which goes on where the next one ends when it ends in a backslash. *rows:
 * lines of the file that it took. */
static char *next_line(char **text, unsigned *rows) {
    char *line = *text, *to = line;
    *rows = 0;
    if (!line) return NULL;
    for (bool more = true; more && *text; (*rows)++) {
        char *part = strsep(text, "\n");
        size_t length = strlen(part);
        if (length && part[length - 1] == '\r') part[--length] = 0;
        cut_comment(part);
        length = strlen(part);
        more = length && part[length - 1] == '\\';
        if (more) length--;
        memmove(to, part, length);
        to += length;
    }
    *to = 0;
    return line;
}

static int read_lines(reader *self, const char *path, const char *label, char *text, capsule_error **error) {
    unsigned number = 1, rows;
    for (char *line; (line = next_line(&text, &rows)); number += rows)
        if (read_line(self, path, line, error) < 0) return cap_error_context(error, "%s:%u", label, number);
    return 0;
}

/* The text of a file that may be nowhere but below the root; NULL with *error. */
static char *read_text(const char *path, const char *root, const char *label, capsule_error **error) {
    cap_autofree char *resolved = realpath(path, NULL);
    size_t length = 0;
    if (resolved && !cap_path_inside(resolved, root)) {
        cap_error_set(error, CAPSULE_BUILD, "%s lies outside the project", label);
        return NULL;
    }
    cap_autofree char *text = resolved ? cap_file_read(AT_FDCWD, resolved, false, CAP_PACKAGES_FILE_BYTES_MAX, &length) : NULL;
    if (!text && errno == EFBIG)
        cap_error_set(error, CAPSULE_BUILD, "%s has more than %u bytes", label, CAP_PACKAGES_FILE_BYTES_MAX);
    else if (!text)
        cap_error_errno(error, CAPSULE_BUILD, errno, "%s", label);
    else if (strlen(text) != length || !cap_utf8_valid(text, length))
        cap_error_set(error, CAPSULE_BUILD, "%s is not UTF-8 text", label);
    else
        return cap_steal(text);
    return NULL;
}

static int read_file(reader *self, const char *path, const char *label, capsule_error **error) {
    if (self->files++ == CAP_PACKAGES_INCLUDES_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "more than %u requirements files", CAP_PACKAGES_INCLUDES_MAX);
    self->request->note(self->request->context, path);
    cap_autofree char *text = read_text(path, self->root, label, error);
    return text ? read_lines(self, path, label, text, error) : -1;
}

/* ---- pyproject.toml ---- */

static int add_dependencies(cap_requirements *requirements, yyjson_val *list, capsule_error **error) {
    size_t index, end;
    yyjson_val *value;
    if (list && !yyjson_is_arr(list)) return cap_error_set(error, CAPSULE_BUILD, "[project] dependencies is not a list");
    yyjson_arr_foreach(list, index, end, value) {
        const char *text = yyjson_get_str(value);
        if (!text) return cap_error_set(error, CAPSULE_BUILD, "[project] dependencies is not a list of strings");
        if (cap_requirements_add(requirements, text, yyjson_get_len(value), error) < 0) return -1;
    }
    return 0;
}

static int read_pyproject(const char *path, const char *root, cap_requirements *requirements, capsule_error **error) {
    cap_autofree char *text = read_text(path, root, PYPROJECT_FILE, error);
    cap_autobuffer cap_buffer json;
    cap_toml_problem problem;
    cap_buffer_init(&json, JSON_MAX);
    if (!text) return -1;
    if (cap_toml_to_json(text, strlen(text), &json, &problem) < 0)
        return cap_error_set(error, CAPSULE_BUILD, PYPROJECT_FILE ":%u:%u: %s", problem.line, problem.column, problem.text);
    yyjson_doc *document = yyjson_read(json.data, json.length, 0);
    yyjson_val *project = yyjson_obj_get(yyjson_doc_get_root(document), "project");
    int status = document ? add_dependencies(requirements, yyjson_obj_get(project, "dependencies"), error)
                          : cap_error_set(error, CAPSULE_MEMORY, "out of memory for requirements");
    yyjson_doc_free(document);
    return status < 0 ? cap_error_context(error, PYPROJECT_FILE) : 0;
}

/* ---- All ---- */

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void sort_unique(cap_requirements *requirements) {
    size_t kept = 0;
    if (requirements->count) qsort(requirements->lines, requirements->count, sizeof *requirements->lines, compare);
    for (size_t i = 0; i < requirements->count; i++) {
        if (kept && strcmp(requirements->lines[kept - 1], requirements->lines[i]) == 0)
            free(requirements->lines[i]);
        else
            requirements->lines[kept++] = requirements->lines[i];
    }
    requirements->count = kept;
}

static int read_listed(const cap_packages_request *request, cap_requirements *requirements, capsule_error **error) {
    for (size_t i = 0; i < request->listed_count; i++)
        if (cap_requirements_add(requirements, request->listed[i], strlen(request->listed[i]), error) < 0)
            return cap_error_context(error, "[python] packages");
    return 0;
}

/* 1: something of that name is there, which decides; 0: nothing is; -1: that cannot be told. */
static int look(const cap_packages_request *request, const char *path, const char *label, capsule_error **error) {
    request->note(request->context, path);
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return 1;
    return errno == ENOENT ? 0 : cap_error_errno(error, CAPSULE_BUILD, errno, "%s", label);
}

static int read_beside(const cap_packages_request *request, cap_requirements *requirements, capsule_error **error) {
    cap_autofree char *file = cap_path_join(request->program_dir, REQUIREMENTS_FILE);
    cap_autofree char *pyproject = cap_path_join(request->program_dir, PYPROJECT_FILE);
    if (!file || !pyproject) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for requirements");
    bool inside = cap_path_inside(request->program_dir, request->project_dir);
    reader self = {.request = request, .requirements = requirements, .root = inside ? request->project_dir : request->program_dir};
    int found = look(request, file, REQUIREMENTS_FILE, error);
    if (found) return found < 0 ? -1 : read_file(&self, file, REQUIREMENTS_FILE, error);
    found = look(request, pyproject, PYPROJECT_FILE, error);
    return found > 0 ? read_pyproject(pyproject, self.root, requirements, error) : found;
}

int cap_requirements_read(const cap_packages_request *request, cap_requirements *ret_requirements, capsule_error **error) {
    cap_cleanup(cap_requirements_clear) cap_requirements made = {0};
    int status = request->listed ? read_listed(request, &made, error) : read_beside(request, &made, error);
    if (status < 0) return -1;
    sort_unique(&made);
    if (made.count == 1 && strcmp(made.lines[0], REQUIRE_HASHES) == 0) return 0;
    *ret_requirements = made;
    made = (cap_requirements){0};
    return 0;
}
