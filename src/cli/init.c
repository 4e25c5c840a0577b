/* `capsule init`: a first project. What is there already is kept, always. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/console.h"
#include "cli/templates.h"

#define NAME_MAX_BYTES 60u
#define TOLD_MAX_BYTES (64u << 10)
#define PLACEHOLDER "@NAME@"

/* A name that pyproject.toml and package.json accept: lower case, digits, single hyphens. */
static void project_name(int directory, char name[NAME_MAX_BYTES + 1]) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    const char *slash = strrchr(path, '/');
    size_t used = 0;
    for (const char *p = slash ? slash + 1 : path; *p && used < NAME_MAX_BYTES; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain)
            name[used++] = c;
        else if (used && name[used - 1] != '-')
            name[used++] = '-';
    }
    while (used && name[used - 1] == '-') used--;
    name[used] = 0;
    if (!used) strcpy(name, "capsule-project");
}

/* The template with the name in place of every placeholder. */
static int fill(const char *template, const char *name, cap_buffer *out) {
    const char *found;
    for (; (found = strstr(template, PLACEHOLDER)); template = found + strlen(PLACEHOLDER)) {
        cap_buffer_add(out, template, (size_t)(found - template));
        cap_buffer_add_text(out, name);
    }
    return cap_buffer_add_text(out, template);
}

/* Makes the directories on the way to a file. */
static int make_parents(int directory, const char *path) {
    char parent[256];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
        if (mkdirat(directory, parent, 0777) < 0 && errno != EEXIST) return -1;
    }
    return 0;
}

static int write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

/* 1: written; 0: there was a file; -1 with errno, and nothing is left behind. */
static int write_file(int directory, const char *path, const cap_buffer *text) {
    if (make_parents(directory, path) < 0) return -1;
    cap_autoclose int fd = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return errno == EEXIST ? 0 : -1;
    if (write_all(fd, text->data, text->length) == 0) return 1;
    int number = errno;
    unlinkat(directory, path, 0);
    errno = number;
    return -1;
}

/* Adds what it does to *told. */
static int write_project(int directory, const cli_template *templates, cap_buffer *told) {
    char name[NAME_MAX_BYTES + 1];
    project_name(directory, name);
    for (const cli_template *each = templates; each->path; each++) {
        cap_autobuffer cap_buffer text;
        cap_buffer_init(&text, 64u << 10);
        if (fill(each->text, name, &text) < 0) return CLI_FAULT;
        int written = write_file(directory, each->path, &text);
        if (written < 0) {
            fprintf(stderr, "capsule: cannot write %s: %s\n", each->path, strerror(errno));
            return CLI_USAGE;
        }
        cap_buffer_add_format(told, "%s %s\n", written ? "created" : "kept   ", each->path);
    }
    return CLI_SUCCESS;
}

static int init(const cli_arguments *arguments) {
    const char *path = arguments->operand_count ? arguments->operands[0] : ".";
    const char *language = arguments->values[CLI_LANG] ? arguments->values[CLI_LANG] : "python";
    bool typescript = !strcmp(language, "typescript") || !strcmp(language, "ts") || !strcmp(language, "javascript");
    if (!typescript && strcmp(language, "python") && strcmp(language, "py"))
        return cli_usage_error(arguments->command, "unknown language '%.40s': python and typescript are known", language);
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        return cli_usage_error(arguments->command, "cannot make the directory '%.200s': %s", path, strerror(errno));
    cap_autoclose int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return cli_usage_error(arguments->command, "cannot use '%.200s': %s", path, strerror(errno));
    cap_autobuffer cap_buffer told;
    cap_buffer_init(&told, TOLD_MAX_BYTES);
    int code = write_project(directory, typescript ? cli_typescript_templates : cli_python_templates, &told);
    if (code == CLI_SUCCESS && strcmp(path, "."))
        cap_buffer_add_format(&told, "\nNow: cd '%s' && capsule run\n", path);
    else if (code == CLI_SUCCESS)
        cap_buffer_add_text(&told, "\nNow: capsule run\n");
    int printed = told.length ? cli_print(&told) : CLI_SUCCESS;
    return code == CLI_SUCCESS ? printed : code;
}

const cli_command cli_init = {
    .name = "init",
    .operands = "[DIR]",
    .summary = "Write a first project, with types for the editor",
    .description = "Files that are there already are kept as they are.\n",
    .flags = CLI_FLAG(CLI_LANG),
    .operands_most = 1,
    .run = init,
};
