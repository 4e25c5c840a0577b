/* What a bundle was made from, out of esbuild's metafile.
 *
 * The same imports can lead elsewhere when a file appears: b.ts beside b.js, a nearer node_modules, another target of a
 * package's link. Rather than guess such names, every directory that resolution passes is recorded with its listing (see
 * store/images.h), and every package.json on the way with its content:
 *   - the directory of each input and its parents up to the project, or up to the node_modules it came from;
 *   - node_modules and its @scopes beside each of them, where packages are often links;
 *   - the directories between the project and the one whose node_modules is used. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"
#include "yyjson.h"

#define DISABLED "(disabled):"

enum { METAFILE_MAX = 64 << 20 };

static void free_document(yyjson_doc **document) { yyjson_doc_free(*document); }

static int no_memory(capsule_error **error) { return cap_error_set(error, CAPSULE_MEMORY, "out of memory"); }

/* ---- Files ---- */

/* The file an input's name means. A name may end in a query or fragment ("a.ts?x"); NULL when there is no such file. */
static char *resolve_input(const cap_bundle_places *places, const char *name) {
    cap_autofree char *path = name[0] == '/' ? strdup(name) : cap_path_join(places->base, name);
    char *resolved = path ? realpath(path, NULL) : NULL;
    if (resolved || !path) return resolved;
    path[strcspn(path, "?#")] = 0;
    return realpath(path, NULL);
}

static int outside(const char *shown, capsule_error **error) {
    return cap_error_set(error, CAPSULE_BUILD, "'%s' is imported, but lies outside the project and its node_modules", shown);
}

/* One key of "inputs". Data URLs are no files; a disabled file was not read. */
static int add_input(const cap_bundle_places *places, const char *name, uint64_t *bytes, cap_bundle_list *inputs,
                     capsule_error **error) {
    if (strncmp(name, "<data:", 6) == 0 || strncmp(name, DISABLED, sizeof DISABLED - 1) == 0) return 0;
    cap_autofree char *resolved = resolve_input(places, name);
    struct stat status;
    if (!resolved || stat(resolved, &status) < 0 || !S_ISREG(status.st_mode))
        return cap_error_set(error, CAPSULE_BUILD, "'%s' was read by the bundler, but cannot be found", name);
    if (!cap_bundle_is_inside(places, resolved)) return outside(name, error);
    *bytes += (uint64_t)status.st_size;
    if (*bytes > CAP_BUNDLE_INPUT_BYTES_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "the program's files have more than %u MB", CAP_BUNDLE_INPUT_BYTES_MAX >> 20);
    if (places->guest && cap_path_inside(resolved, places->guest)) return 0; /* part of the installation */
    return cap_bundle_list_add(inputs, resolved) < 0 ? no_memory(error) : 0;
}

/* ---- Directories ---- */

static int add_if_there(cap_bundle_list *list, const char *directory, const char *name) {
    cap_autofree char *path = cap_path_join(directory, name);
    if (!path) return -1;
    return access(path, F_OK) == 0 ? cap_bundle_list_add(list, path) : 0;
}

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

/* A node_modules directory and the scopes in it. */
static int add_modules(cap_bundle_list *list, const char *modules) {
    cap_cleanup(close_directory) DIR *stream = opendir(modules);
    if (!stream) return 0;
    if (cap_bundle_list_add(list, modules) < 0) return -1;
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (entry->d_name[0] == '@' && add_if_there(list, modules, entry->d_name) < 0) return -1;
    return 0;
}

/* A directory through which resolution goes. */
static int add_directory(cap_bundle_list *list, const char *directory) {
    cap_autofree char *modules = cap_path_join(directory, "node_modules");
    if (!modules || cap_bundle_list_add(list, directory) < 0 || add_if_there(list, directory, "package.json") < 0) return -1;
    return add_modules(list, modules);
}

/* `directory` and its parents up to the place it lies in. Writes into its argument. */
static int add_way_up(const cap_bundle_places *places, cap_bundle_list *list, char *directory) {
    const char *top = cap_path_inside(directory, places->root) ? places->root : places->modules;
    for (;;) {
        if (cap_bundle_list_add(list, directory) < 0) return -1;
        char *slash = strrchr(directory, '/');
        if (!top || strcmp(directory, top) == 0 || !slash || slash == directory) return 0;
        *slash = 0;
    }
}

static int add_ways(const cap_bundle_places *places, const cap_bundle_list *files, cap_bundle_list *list) {
    for (size_t i = 0; i < files->count; i++) {
        cap_autofree char *directory = strdup(files->items[i]);
        if (!directory) return -1;
        *strrchr(directory, '/') = 0;
        if (add_way_up(places, list, directory[0] ? directory : strcpy(directory, "/")) < 0) return -1;
    }
    return 0;
}

/* From above the project to the directory whose node_modules is used. */
static int add_prefix(const cap_bundle_places *places, cap_bundle_list *list) {
    if (!places->prefix || !places->modules) return 0;
    cap_autofree char *directory = strdup(places->root);
    while (directory && strcmp(directory, places->prefix) != 0) {
        char *slash = strrchr(directory, '/');
        slash[slash == directory] = 0;
        if (cap_bundle_list_add(list, directory) < 0) return -1;
    }
    return directory ? 0 : -1;
}

static int add_directories(const cap_bundle_places *places, cap_bundle_list *inputs, capsule_error **error) {
    cap_cleanup(cap_bundle_list_clear) cap_bundle_list directories = {0};
    if (add_ways(places, inputs, &directories) < 0 || add_prefix(places, &directories) < 0) return no_memory(error);
    cap_bundle_list_unique(&directories);
    for (size_t i = 0; i < directories.count; i++)
        if (add_directory(inputs, directories.items[i]) < 0) return no_memory(error);
    return 0;
}

/* ---- The metafile ---- */

int cap_bundle_collect_inputs(const cap_bundle_places *places, const char *metafile, cap_bundle_list *inputs,
                              capsule_error **error) {
    size_t length = 0;
    cap_autofree char *text = cap_file_read(AT_FDCWD, metafile, false, METAFILE_MAX, &length);
    if (!text) return cap_error_errno(error, CAPSULE_IO, errno, "the bundler's list of inputs cannot be read");
    cap_cleanup(free_document) yyjson_doc *document = yyjson_read(text, length, 0);
    yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(document), "inputs"), *key, *value;
    if (!yyjson_is_obj(list) || yyjson_obj_size(list) == 0)
        return cap_error_set(error, CAPSULE_IO, "the bundler's list of inputs is not what it should be");
    if (yyjson_obj_size(list) > CAP_BUNDLE_INPUTS_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "the program has %zu files, at most %u are accepted", yyjson_obj_size(list),
                             CAP_BUNDLE_INPUTS_MAX);
    uint64_t bytes = 0;
    size_t index, end;
    yyjson_obj_foreach(list, index, end, key, value) {
        const char *name = yyjson_get_str(key);
        if (strlen(name) != yyjson_get_len(key)) return outside(name, error);
        if (add_input(places, name, &bytes, inputs, error) < 0) return -1;
    }
    return add_directories(places, inputs, error);
}
