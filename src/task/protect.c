#include "task/protect.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"

#define LINKS_MAX 40u /* symbolic links followed on the way to one file, as the kernel does */

static const char *const names[] = {".env", ".env.local", ".env.development", ".env.production", "capsule.toml", "Capsule.toml"};

int cap_protect_sources(capsule_program *program, const cap_images_input *inputs, size_t count,
                        const cap_images_input *more, size_t more_count) {
    char **sources = calloc(count + more_count + 1, sizeof *sources);
    size_t kept = 0;
    bool whole = sources != NULL;
    for (size_t i = 0; whole && i < count + more_count; i++) {
        const cap_images_input *input = i < count ? &inputs[i] : &more[i - count];
        if (!input->found) continue;
        whole = (sources[kept] = strdup(input->host_path)) != NULL;
        if (whole) kept++;
    }
    if (!whole) { /* a list with gaps would leave what is missing writable */
        for (size_t i = 0; i < kept; i++) free(sources[i]);
        free(sources);
        return -1;
    }
    for (size_t i = 0; i < program->source_count; i++) free(program->sources[i]);
    free(program->sources);
    program->sources = sources;
    program->source_count = kept;
    return 0;
}

typedef struct list {
    cap_wasi_inode *items;
    size_t count, capacity;
    const char *project;
    size_t project_length;
} list;

static int add(list *out, const struct stat *status) {
    const cap_wasi_inode item = {status->st_dev, status->st_ino};
    for (size_t i = out->count; i-- > 0 && i + 64 > out->count;) /* neighbours share their directories */
        if (out->items[i].device == item.device && out->items[i].inode == item.inode) return 0;
    if (out->count == out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : 64;
        cap_wasi_inode *items = realloc(out->items, capacity * sizeof *items);
        if (!items) return -1;
        out->items = items;
        out->capacity = capacity;
    }
    out->items[out->count++] = item;
    return 0;
}

/* Where the link at path[0..end) leads, with the rest of the path behind it: caller frees. NULL: nowhere, or no memory. */
static char *follow(const char *path, size_t end) {
    char target[PATH_MAX];
    cap_autofree char *link = strndup(path, end);
    ssize_t length = link ? readlink(link, target, sizeof target - 1) : -1;
    if (length <= 0) return NULL;
    target[length] = '\0';
    char *slash = strrchr(link, '/'), *led = NULL;
    if (target[0] != '/') *slash = '\0';
    return asprintf(&led, "%s%s%s%s", target[0] == '/' ? "" : link, target[0] == '/' ? "" : "/", target, path + end) < 0 ? NULL : led;
}

/* Everything on the way to `path` inside the project, and on the way that its links take. */
static int add_path(list *out, const char *path, unsigned links) {
    if (strncmp(path, out->project, out->project_length) != 0 || path[out->project_length] != '/') return 0;
    for (size_t end = out->project_length + 1; path[end - 1]; end++) {
        end += strcspn(path + end, "/");
        cap_autofree char *prefix = strndup(path, end);
        struct stat status;
        if (!prefix) return -1;
        if (lstat(prefix, &status) < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
        if (add(out, &status) < 0) return -1;
        if (!S_ISLNK(status.st_mode)) continue;
        errno = 0;
        cap_autofree char *led = links < LINKS_MAX ? follow(path, end) : NULL;
        if (!led) return errno && errno != ENOENT && errno != EINVAL ? -1 : 0; /* EINVAL: no link any more */
        return add_path(out, led, links + 1);
    }
    return 0;
}

static int fill(const capsule_program *program, list *out) {
    if (program->path && add_path(out, program->path, 0) < 0) return -1;
    for (size_t i = 0; i < CAP_COUNT(names); i++) {
        cap_autofree char *path = cap_path_join(program->project_dir, names[i]);
        if (!path || add_path(out, path, 0) < 0) return -1;
    }
    for (size_t i = 0; i < program->source_count; i++)
        if (add_path(out, program->sources[i], 0) < 0) return -1;
    const char *noted;
    for (size_t i = 0; (noted = cap_origin_path(program->origin, i)); i++)
        if (add_path(out, noted, 0) < 0) return -1;
    if (program->packages.directory && add_path(out, program->packages.directory, 0) < 0) return -1;
    return 0;
}

bool cap_protect_tree(const capsule_program *program, cap_wasi_inode *ret_tree) {
    struct stat status;
    if (program->packages_fd < 0 || !cap_path_inside(program->packages.directory, program->project_dir)) return false;
    if (fstat(program->packages_fd, &status) < 0) return false;
    *ret_tree = (cap_wasi_inode){status.st_dev, status.st_ino};
    return true;
}

int cap_protect_list(const capsule_program *program, cap_wasi_inode **ret_list, size_t *ret_count) {
    list out = {.project = program->project_dir, .project_length = strlen(program->project_dir)};
    if (out.project_length == 1) out.project_length = 0; /* "/" */
    if (fill(program, &out) < 0) {
        free(out.items);
        return -1;
    }
    *ret_list = out.items;
    *ret_count = out.count;
    return 0;
}
