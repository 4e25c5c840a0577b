/* The steps of bundling.
 *
 *   places      which directories a program may take its files from
 *   tsconfig    which configuration counts, and that its chain of "extends" stays inside
 *   process     the run of esbuild
 *   report      esbuild's diagnostics -> one error
 *   inputs      esbuild's metafile -> files and directories the bundle depends on, each inside
 *   map         source map with paths for people
 *   translate   the same for a string of TypeScript, which is a project of one file
 */
#ifndef CAP_TASK_BUNDLE_INTERNAL_H
#define CAP_TASK_BUNDLE_INTERNAL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "bundle/bundle.h"
#include "process/process.h"

#define CAP_BUNDLE_FILE "bundle.js" /* esbuild's output */

/* Where files may come from; resolved absolute paths. */
typedef struct cap_bundle_places {
    char *root;    /* the project */
    char *base;    /* esbuild's working directory, which it names files from: the root, or below it the main file's directory */
    bool from_entry; /* the latter; sources are named from there too */
    char *entry;   /* main file, inside root */
    char *prefix;  /* nearest directory at or above root with package.json or node_modules, as npm finds it; or NULL */
    char *modules; /* prefix/node_modules, resolved, when it exists; else NULL */
    char *guest;   /* the guest's folder bundle/, when it exists; else NULL */
    char *output;  /* temporary directory */
} cap_bundle_places;

int cap_bundle_find_places(const char *guest_dir, const char *project_dir, const char *entry, bool from_entry,
                           cap_bundle_places *ret_places, capsule_error **error);
/* A temporary directory alone, with nothing in it yet: project, working directory and output in one. The main file, which
 * the caller writes, is called `name`. */
int cap_bundle_temporary_places(const char *name, cap_bundle_places *ret_places, capsule_error **error);
void cap_bundle_places_clear(cap_bundle_places *places);
bool cap_bundle_is_inside(const cap_bundle_places *places, const char *resolved);
/* `path` as people may see it: relative to the project, or to the place of its node_modules; else its last name. */
const char *cap_bundle_display(const cap_bundle_places *places, const char *path);

/* `path` relative to the base, with as many "../" as it takes; caller frees, NULL: no memory. */
char *cap_bundle_relative(const cap_bundle_places *places, const char *path);

/* A list of owned strings without repetition is made by sorting at the end. */
typedef struct cap_bundle_list {
    char **items;
    size_t count, capacity;
} cap_bundle_list;
int cap_bundle_list_add(cap_bundle_list *list, const char *item); /* a copy; 0 or -1: no memory */
void cap_bundle_list_unique(cap_bundle_list *list);
void cap_bundle_list_clear(cap_bundle_list *list);

/* Finds the tsconfig.json that counts, from the main file's directory up to the project; *ret_path NULL when there is
 * none. Every file of its chain is appended to `inputs`; one outside is an error. */
int cap_bundle_find_tsconfig(const cap_bundle_places *places, char **ret_path, cap_bundle_list *inputs, capsule_error **error);

/* arguments: NULL-terminated, the program's name first. */
int cap_bundle_run(const char *esbuild, char *const *arguments, const cap_bundle_places *places,
                   cap_process_outcome *ret_outcome, capsule_error **error);

/* The same, and a failure of the bundler is an error. */
int cap_bundle_run_checked(const char *esbuild, cap_bundle_list *arguments, const cap_bundle_places *places, capsule_error **error);

/* The bundler's output with its source map still as it made it: *ret_map is the caller's. */
int cap_bundle_take_code(const cap_bundle_places *places, cap_bundle *bundle, char **ret_map, size_t *ret_map_length,
                         capsule_error **error);

/* Turns a failed outcome into an error. Answers -1. */
int cap_bundle_report(const cap_bundle_places *places, const cap_process_outcome *outcome, capsule_error **error);

/* Reads the metafile: every input is checked and appended, then the directories and package.json files in which a new
 * or changed file could lead the same imports elsewhere. */
int cap_bundle_collect_inputs(const cap_bundle_places *places, const char *metafile, cap_bundle_list *inputs,
                              capsule_error **error);

/* The source map with sources as cap_bundle_display shows them; NULL when it is not a source map. */
char *cap_bundle_rewrite_map(const cap_bundle_places *places, const char *map, size_t length, size_t *ret_length);

/* "a/b/../c//./d" -> "a/c/d" for an absolute path, without looking at the disk; caller frees. */
char *cap_bundle_normal_path(const char *path);

#endif
