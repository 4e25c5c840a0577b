/* Which directories a JavaScript program may take its files from.
 *
 * The project is the directory capsule works in; when the main file lies elsewhere, the nearest directory above the file
 * that has a package.json, else the file's own. Packages may also come from the node_modules of the package the project
 * lies in, found the way npm finds its prefix: so a task in a sub-folder can use what is installed at the top. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"

static bool has(const char *directory, const char *name) {
    cap_autofree char *path = cap_path_join(directory, name);
    return path && access(path, F_OK) == 0;
}

/* Shortens `path` to its parent; false at the root. */
static bool ascend(char *path) {
    char *slash = strrchr(path, '/');
    if (!path[1] || !slash) return false;
    slash[slash == path ? 1 : 0] = 0;
    return true;
}

/* The nearest of `from` and its parents with one of the names; NULL when there is none. */
static char *nearest(const char *from, const char *name, const char *other) {
    char *path = strdup(from);
    while (path && !has(path, name) && !(other && has(path, other)))
        if (!ascend(path)) {
            free(path);
            return NULL;
        }
    return path;
}

static int find_root(cap_bundle_places *places, const char *project_dir, capsule_error **error) {
    places->root = realpath(project_dir, NULL);
    if (!places->root) return cap_error_errno(error, CAPSULE_IO, errno, "cannot find the project's directory %s", project_dir);
    if (cap_path_inside(places->entry, places->root)) return 0;
    cap_autofree char *directory = strdup(places->entry);
    if (directory) ascend(directory);
    char *root = directory ? nearest(directory, "package.json", NULL) : NULL;
    free(places->root);
    places->root = root ? root : cap_steal(directory);
    return places->root ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory");
}

static char *resolve_directory(const char *parent, const char *name) {
    cap_autofree char *path = parent ? cap_path_join(parent, name) : NULL;
    char *resolved = path ? realpath(path, NULL) : NULL;
    struct stat status;
    if (resolved && stat(resolved, &status) == 0 && S_ISDIR(status.st_mode)) return resolved;
    free(resolved);
    return NULL;
}

static int make_output(cap_bundle_places *places, capsule_error **error) {
    const char *base = secure_getenv("TMPDIR");
    cap_autofree char *resolved = base && base[0] == '/' ? realpath(base, NULL) : NULL;
    if (!resolved) resolved = realpath("/tmp", NULL);
    char *path = resolved ? cap_path_join(resolved, "capsule-bundle-XXXXXX") : NULL;
    if (!path || !mkdtemp(path)) {
        int number = errno;
        free(path);
        return cap_error_errno(error, CAPSULE_IO, number, "cannot make a temporary directory for the bundler in %s",
                               resolved ? resolved : "/tmp");
    }
    places->output = path;
    return 0;
}

int cap_bundle_find_places(const char *guest_dir, const char *project_dir, const char *entry, bool from_entry,
                           cap_bundle_places *ret_places, capsule_error **error) {
    cap_cleanup(cap_bundle_places_clear) cap_bundle_places places = {0};
    places.entry = realpath(entry, NULL);
    if (!places.entry)
        return cap_error_errno(error, errno == ENOENT ? CAPSULE_NOT_FOUND : CAPSULE_IO, errno, "cannot find %s", entry);
    if (find_root(&places, project_dir, error) < 0) return -1;
    places.from_entry = from_entry;
    places.base = strdup(from_entry ? places.entry : places.root);
    if (!places.base) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (from_entry) ascend(places.base);
    places.prefix = nearest(places.root, "package.json", "node_modules");
    places.modules = resolve_directory(places.prefix, "node_modules");
    places.guest = resolve_directory(guest_dir, "bundle");
    if (make_output(&places, error) < 0) return -1;
    *ret_places = places;
    places = (cap_bundle_places){0};
    return 0;
}

int cap_bundle_temporary_places(const char *name, cap_bundle_places *ret_places, capsule_error **error) {
    cap_cleanup(cap_bundle_places_clear) cap_bundle_places places = {0};
    if (make_output(&places, error) < 0) return -1;
    places.root = strdup(places.output);
    places.base = strdup(places.output);
    places.entry = cap_path_join(places.output, name);
    if (!places.root || !places.base || !places.entry) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    *ret_places = places;
    places = (cap_bundle_places){0};
    return 0;
}

void cap_bundle_places_clear(cap_bundle_places *places) {
    if (places->output) cap_directory_remove(-1, places->output); /* an absolute path needs no directory */
    free(places->root);
    free(places->base);
    free(places->entry);
    free(places->prefix);
    free(places->modules);
    free(places->guest);
    free(places->output);
    *places = (cap_bundle_places){0};
}

bool cap_bundle_is_inside(const cap_bundle_places *places, const char *resolved) {
    return cap_path_inside(resolved, places->root) || (places->modules && cap_path_inside(resolved, places->modules)) ||
           (places->guest && cap_path_inside(resolved, places->guest));
}

const char *cap_bundle_display(const cap_bundle_places *places, const char *path) {
    const char *bases[] = {places->root, places->prefix};
    for (size_t i = 0; i < CAP_COUNT(bases); i++) {
        size_t length = bases[i] ? strlen(bases[i]) : 0;
        if (length == 1) return path + 1; /* the root directory */
        if (length && cap_path_inside(path, bases[i]) && path[length] == '/') return path + length + 1;
    }
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *cap_bundle_relative(const cap_bundle_places *places, const char *path) {
    size_t common = 0; /* up to and without the slash behind the last directory that both have */
    for (size_t i = 0;; i++) {
        bool base_ends = !places->base[i] || places->base[i] == '/', path_ends = !path[i] || path[i] == '/';
        if (base_ends && path_ends) common = i;
        if (!places->base[i] || places->base[i] != path[i]) break;
    }
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, 4096 + 3 * strlen(places->base) + strlen(path));
    for (const char *rest = places->base + common; *rest; rest++)
        if (*rest == '/' && rest[1]) cap_buffer_add_text(&out, "../");
    cap_buffer_add_text(&out, path[common] == '/' ? path + common + 1 : path + common);
    return cap_buffer_take(&out);
}

char *cap_bundle_normal_path(const char *path) {
    char *normal = malloc(strlen(path) + 2);
    size_t length = 0;
    if (!normal) return NULL;
    for (const char *name = path; *name;) {
        size_t size = strcspn(name, "/");
        if (size == 2 && strncmp(name, "..", 2) == 0) {
            while (length > 0 && normal[--length] != '/') {}
        } else if (size > 0 && !(size == 1 && name[0] == '.')) {
            normal[length++] = '/';
            memcpy(normal + length, name, size);
            length += size;
        }
        name += size + (name[size] == '/');
    }
    if (length == 0) normal[length++] = '/';
    normal[length] = 0;
    return normal;
}

/* ---- Lists ---- */

int cap_bundle_list_add(cap_bundle_list *list, const char *item) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **items = realloc(list->items, capacity * sizeof *items);
        if (!items) return -1;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count] = strdup(item);
    return list->items[list->count] ? (list->count++, 0) : -1;
}

static int compare_items(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void cap_bundle_list_unique(cap_bundle_list *list) {
    if (list->count == 0) return;
    qsort(list->items, list->count, sizeof *list->items, compare_items);
    size_t kept = 1;
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(list->items[i], list->items[kept - 1]) == 0)
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

void cap_bundle_list_clear(cap_bundle_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->items[i]);
    free(list->items);
    *list = (cap_bundle_list){0};
}
