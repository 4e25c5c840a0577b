/* What pip put into the directory: files and directories and nothing else, none of them native code, within the limits. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "packages/packages_internal.h"
#include "store/distributions.h"
#include "store/files.h"
#include "store/trees.h"

#define RECORD_BYTES_MAX ((size_t)16 << 20)

typedef struct tree {
    int site;
    uint64_t bytes;
    size_t files;
    char path[PATH_MAX]; /* of the directory that is looked at, "" at the top, else with a slash at the end */
} tree;

/* File names of what an interpreter would load into its process. */
static bool is_native(const char *name) {
    static const char *const endings[] = {".so", ".pyd", ".dylib", ".dll"};
    size_t length = strlen(name);
    for (size_t i = 0; i < CAP_COUNT(endings); i++) {
        size_t size = strlen(endings[i]);
        if (length > size && strcasecmp(name + length - size, endings[i]) == 0) return true;
    }
    return strstr(name, ".so.") != NULL;
}

/* Whether the list of files in a package's RECORD, one a line, has this one. */
static bool lists(const char *record, const char *path) {
    size_t length = strlen(path);
    for (const char *at = record; (at = strstr(at, path)); at += length)
        if ((at == record || at[-1] == '\n' || at[-1] == '"') && (at[length] == ',' || at[length] == '"')) return true;
    return false;
}

/* The package a file belongs to. */
static int refuse_native(const tree *self, const char *name, capsule_error **error) {
    char path[PATH_MAX + NAME_MAX + 1];
    cap_cleanup(cap_distributions_clear) cap_distributions all = {0};
    snprintf(path, sizeof path, "%s%s", self->path, name);
    if (cap_distributions_list(self->site, SIZE_MAX, &all) < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for packages");
    for (size_t i = 0; i < all.count; i++) {
        cap_autofree char *file = cap_path_join(all.items[i].directory, "RECORD");
        cap_autofree char *record = file ? cap_file_read(self->site, file, false, RECORD_BYTES_MAX, NULL) : NULL;
        if (record && lists(record, path))
            return cap_error_set(error, CAPSULE_BUILD, "package %s %s contains native code (%s), which a sandbox cannot load",
                                 all.items[i].name, all.items[i].version, path);
    }
    return cap_error_set(error, CAPSULE_BUILD, "the packages contain native code (%s), which a sandbox cannot load", path);
}

static int check_directory(tree *self, int directory, unsigned depth, capsule_error **error);

static int check_below(tree *self, int directory, const char *name, unsigned depth, capsule_error **error) {
    size_t length = strlen(self->path);
    cap_autoclose int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot look at an installed package");
    if (depth == CAP_PACKAGES_DEPTH_MAX || length + strlen(name) + 2 > sizeof self->path)
        return cap_error_set(error, CAPSULE_BUILD, "the packages have more than %u directories below each other", CAP_PACKAGES_DEPTH_MAX);
    strcat(strcat(self->path, name), "/");
    int status = check_directory(self, fd, depth + 1, error);
    self->path[length] = 0;
    return status;
}

static int check_entry(tree *self, int directory, const char *name, unsigned depth, capsule_error **error) {
    struct stat info;
    if (fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot look at an installed package");
    if (++self->files > CAP_PACKAGES_FILES_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "the packages have more than %u files", CAP_PACKAGES_FILES_MAX);
    if (S_ISDIR(info.st_mode)) return check_below(self, directory, name, depth, error);
    if (!S_ISREG(info.st_mode))
        return cap_error_set(error, CAPSULE_BUILD, "the packages contain something that is neither file nor directory (%s%s)", self->path, name);
    if (is_native(name)) return refuse_native(self, name, error);
    self->bytes += (uint64_t)info.st_size;
    if (self->bytes > CAP_PACKAGES_BYTES_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "the packages have more than %llu MB", (unsigned long long)(CAP_PACKAGES_BYTES_MAX >> 20));
    return 0;
}

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

static int check_directory(tree *self, int directory, unsigned depth, capsule_error **error) {
    cap_autoclose int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cap_cleanup(close_directory) DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (!stream) return cap_error_errno(error, CAPSULE_IO, errno, "cannot look at the installed packages");
    own = -1;
    for (const struct dirent *entry; (entry = readdir(stream));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (check_entry(self, directory, entry->d_name, depth, error) < 0) return -1;
    }
    return 0;
}

/* pip's commands begin with the path of the host's Python. A package may be called so, too. */
static void remove_scripts(int site) {
    if (faccessat(site, "bin/__init__.py", F_OK, AT_SYMLINK_NOFOLLOW) < 0) cap_tree_remove(site, "bin");
}

int cap_packages_check(int site, capsule_error **error) {
    tree self = {.site = site};
    cap_cleanup(cap_distributions_clear) cap_distributions all = {0};
    remove_scripts(site);
    if (check_directory(&self, site, 0, error) < 0) return -1;
    if (cap_distributions_list(site, SIZE_MAX, &all) < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for packages");
    if (all.count > CAP_PACKAGES_COUNT_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "%zu packages, at most %u are accepted", all.count, CAP_PACKAGES_COUNT_MAX);
    return 0;
}
