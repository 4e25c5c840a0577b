#include "task/unpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "store/hash.h"
#include "store/unpacked.h"
#include "task/packages.h"
#include "task/snapshot.h"

#define BUNDLE_NAME "bundle.js"
#define MAP_NAME "bundle.map"
#define PACK_DEPTH_MAX 16u
#define PACK_FILES_MAX 5000u
#define PACK_FILE_MAX ((size_t)16 << 20)

/* ---- exec ---- */

static const cap_artifact_file *find(const cap_artifact *artifact, const char *path) {
    for (size_t i = 0; i < artifact->file_count; i++)
        if (strcmp(artifact->files[i].path, path) == 0) return &artifact->files[i];
    return NULL;
}

static int take_bundle(capsule_program *program, const cap_artifact *artifact, capsule_error **error) {
    const cap_artifact_file *code = find(artifact, BUNDLE_NAME), *map = find(artifact, MAP_NAME);
    if (!code) return cap_error_set(error, CAPSULE_CORRUPT, "%s carries no bundle", program->name);
    program->bundle = malloc(code->length + 1);
    if (!program->bundle) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a bundle");
    memcpy(program->bundle, code->data, code->length + 1);
    program->bundle_length = code->length;
    if (map && (program->source_map = malloc(map->length + 1))) {
        memcpy(program->source_map, map->data, map->length + 1);
        program->source_map_length = map->length;
    }
    return 0;
}

static int hash_of(const cap_artifact *artifact, char ret_text[CAP_HASH_TEXT], capsule_error **error) {
    cap_autofree char *bytes = NULL;
    size_t length = 0;
    if (cap_artifact_encode(artifact, &bytes, &length, error) < 0) return -1;
    cap_hash_bytes(bytes, length, ret_text);
    return 0;
}

static int unpack_sources(capsule_program *program, const cap_artifact *artifact, const char *hash, capsule_error **error) {
    cap_autofree cap_unpacked_file *files = calloc(artifact->file_count, sizeof *files);
    if (!files) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact");
    for (size_t i = 0; i < artifact->file_count; i++)
        files[i] = (cap_unpacked_file){artifact->files[i].path, artifact->files[i].data, artifact->files[i].length};
    cap_autofree char *directory = NULL;
    bool temporary = false;
    if (cap_unpacked_open(program->runtime->images, hash, files, artifact->file_count, &directory, &temporary, error) < 0)
        return cap_error_context(error, "%s", program->name);
    char *path = cap_path_join(directory, artifact->entry);
    if (temporary) program->temporary = cap_steal(directory);
    if (!path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    free(program->path);
    program->path = path;
    return 0;
}

int cap_unpack_artifact(capsule_program *program, cap_artifact *artifact, capsule_error **error) {
    char hash[CAP_HASH_TEXT];
    if (hash_of(artifact, hash, error) < 0) return -1;
    bool python = strcmp(artifact->language, "python") == 0;
    if (python ? unpack_sources(program, artifact, hash, error) : take_bundle(program, artifact, error)) return -1;
    if (!python) {
        /* The image cache tells programs apart by path: content stands in for it. */
        char *path = NULL;
        if (asprintf(&path, "%s/%s/" BUNDLE_NAME, "/.capsule-artifact", hash) < 0)
            return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
        free(program->path);
        program->path = path;
    }
    free(program->name);
    program->name = cap_steal(artifact->name);
    return 0;
}

/* ---- build --export ---- */

/* Files gathered for an artifact. */
typedef struct pack {
    cap_artifact artifact;
    size_t capacity;
    bool packages; /* what is gathered now is not the program itself but its packages: everything in them counts */
    bool live;     /* the packages are those of a virtual environment */
} pack;

static void pack_clear(pack *self) {
    for (size_t i = 0; i < self->artifact.file_count; i++) {
        free(self->artifact.files[i].path);
        free(self->artifact.files[i].data);
    }
    free(self->artifact.files);
}

static int add_file(pack *self, char *path, char *data, size_t length) {
    cap_artifact *artifact = &self->artifact;
    if (path && data && artifact->file_count == self->capacity) {
        size_t capacity = self->capacity ? self->capacity * 2 : 16;
        cap_artifact_file *files = realloc(artifact->files, capacity * sizeof *files);
        if (files) {
            artifact->files = files;
            self->capacity = capacity;
        }
    }
    if (!path || !data || artifact->file_count == self->capacity) {
        free(path);
        free(data);
        return -1;
    }
    artifact->files[artifact->file_count++] = (cap_artifact_file){.path = path, .data = data, .length = length};
    return 0;
}

static bool ends_with(const char *name, const char *ending) {
    size_t length = strlen(name), size = strlen(ending);
    return length > size && strcmp(name + length - size, ending) == 0;
}

/* Packages have data too. What only another interpreter could load stays. */
static bool is_wanted_file(const pack *self, const char *name) {
    if (!self->packages) return ends_with(name, ".py");
    return !ends_with(name, ".pyc") && !ends_with(name, ".so") && !ends_with(name, ".pyd");
}

static bool has(int directory, const char *name, const char *file) {
    cap_autofree char *path = cap_path_join(name, file);
    return path && faccessat(directory, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What made a virtual environment, at the top of its packages. */
static bool is_installer(const pack *self, const char *name, unsigned depth) {
    return self->live && depth == 0 && (strcmp(name, "pip") == 0 || (strncmp(name, "pip-", 4) == 0 && ends_with(name, ".dist-info")));
}

/* Directories that hold no part of a program: what tools keep, and `build` and `dist` unless they are packages. */
static bool is_skipped(const pack *self, int directory, const char *name, unsigned depth) {
    if (self->packages) return strcmp(name, "__pycache__") == 0 || is_installer(self, name, depth);
    static const char *const never[] = {"node_modules", "__pycache__", "venv", "site-packages"};
    for (size_t i = 0; i < CAP_COUNT(never); i++)
        if (strcmp(name, never[i]) == 0) return true;
    if (strcmp(name, "build") == 0 || strcmp(name, "dist") == 0) return !has(directory, name, "__init__.py");
    return has(directory, name, "pyvenv.cfg");
}

static int pack_file(pack *self, int directory, const char *name, const char *path, capsule_error **error) {
    if (!self->packages && self->artifact.file_count >= PACK_FILES_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "more than %u files below the program's directory", PACK_FILES_MAX);
    if (self->artifact.file_count >= CAP_ARTIFACT_FILES_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "more than %u files, packages included", CAP_ARTIFACT_FILES_MAX);
    size_t length = 0;
    char *data = cap_file_read(directory, name, false, PACK_FILE_MAX, &length);
    if (add_file(self, strdup(path), data, length) == 0) return 0;
    return cap_error_set(error, CAPSULE_BUILD, "cannot read %s", path);
}

static int pack_tree(pack *self, int directory_fd, const char *prefix, unsigned depth, capsule_error **error);

static int pack_directory(pack *self, int directory, const char *name, const char *path, unsigned depth,
                          capsule_error **error) {
    cap_autofree char *below = cap_path_join(path, "");
    int child = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child < 0) return 0; /* not for us to read: not for the guest either */
    if (below) return pack_tree(self, child, below, depth, error);
    close(child);
    return cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact");
}

/* A name that an artifact cannot carry is none that an import could ask for, and is left out; that of the main file is
 * an error, later. */
static int pack_entry(pack *self, int directory, const char *name, const char *prefix, unsigned depth, capsule_error **error) {
    struct stat info;
    cap_autofree char *path = NULL;
    if (asprintf(&path, "%s%s", prefix, name) < 0) {
        path = NULL;
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact");
    }
    bool fits = cap_artifact_path_fits(path) || strcmp(path, self->artifact.entry) == 0;
    unsigned depth_max = self->packages ? CAP_PACKAGES_DEPTH_MAX : PACK_DEPTH_MAX;
    if (!fits || fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) < 0) return 0;
    if (S_ISREG(info.st_mode) && is_wanted_file(self, name)) return pack_file(self, directory, name, path, error);
    if (S_ISDIR(info.st_mode) && depth < depth_max && !is_skipped(self, directory, name, depth))
        return pack_directory(self, directory, name, path, depth + 1, error);
    return 0;
}

/* Every file that counts below a directory, as the guest sees it: an import inside a function can ask for any of them. */
static int pack_tree(pack *self, int directory_fd, const char *prefix, unsigned depth, capsule_error **error) {
    DIR *directory = fdopendir(directory_fd); /* takes the descriptor */
    if (!directory) {
        close(directory_fd);
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot list the program's directory");
    }
    int status = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(directory));)
        if (entry->d_name[0] != '.' || (self->packages && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0))
            status = pack_entry(self, dirfd(directory), entry->d_name, prefix, depth, error);
    closedir(directory);
    return status;
}

static int pack_bundle(pack *self, const capsule_program *program, capsule_error **error) {
    char *code = malloc(program->bundle_length + 1), *map = malloc(program->source_map_length + 1);
    if (code) memcpy(code, program->bundle, program->bundle_length + 1);
    if (map && program->source_map) memcpy(map, program->source_map, program->source_map_length + 1);
    int status = add_file(self, strdup(BUNDLE_NAME), code, program->bundle_length);
    if (program->source_map)
        status |= add_file(self, strdup(MAP_NAME), map, program->source_map_length);
    else
        free(map);
    return status ? cap_error_set(error, CAPSULE_MEMORY, "out of memory for an artifact") : 0;
}

/* Below a name that the program itself cannot see. */
static int pack_packages(pack *self, const capsule_program *program, capsule_error **error) {
    self->packages = true;
    self->live = program->packages.live;
    int root = openat(program->packages_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot open the packages");
    return pack_tree(self, root, CAP_ARTIFACT_PACKAGES "/", 0, error);
}

int capsule_program_export(capsule_program *program, const char *path, capsule_error **error) {
    if (!program->path) return cap_error_set(error, CAPSULE_USAGE, "%s is a string: a file alone can be exported", program->name);
    __attribute__((cleanup(pack_clear))) pack self = {.artifact = {
        .language = program->guest->language,
        .guest_version = program->guest->version,
        .name = program->name,
        .tasks = program->tasks_json,
    }};
    char *slash = strrchr(program->path, '/');
    if (program->app_fd >= 0) {
        self.artifact.entry = slash + 1;
        int root = fcntl(program->app_fd, F_DUPFD_CLOEXEC, 3);
        if (root < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot open the program's directory");
        lseek(root, 0, SEEK_SET);
        if (pack_tree(&self, root, "", 0, error) < 0) return -1;
        if (program->packages_fd >= 0 && pack_packages(&self, program, error) < 0) return -1;
    } else {
        self.artifact.entry = (char *)(uintptr_t)BUNDLE_NAME;
        if (cap_snapshot_bundle(program) < 0)
            return cap_error_set(error, CAPSULE_IO, "the bundle of %s is gone from the cache; load it again", program->name);
        if (pack_bundle(&self, program, error) < 0) return -1;
    }
    return cap_artifact_write(&self.artifact, path, error);
}
