/* Bundling of JavaScript and TypeScript: one run of esbuild's native binary per new program. See docs/architecture.md.
 *
 * The bundler is foreign native code working on untrusted input, so it gets no more than it needs: no shell, closed
 * descriptors, an environment of its own, limits on time, memory and output, and (where the kernel has Landlock) a file
 * system that ends at the project. Whatever the kernel offers, every file it says it read must lie inside the project
 * directory, its node_modules or the guest's own bundle files, or the build fails and names it.
 */
#ifndef CAP_TASK_BUNDLE_H
#define CAP_TASK_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define CAP_BUNDLE_TIMEOUT_MS 60000u                   /* wall time of the bundler */
#define CAP_BUNDLE_OUTPUT_MAX (64u << 20)              /* bytes of the bundle and of its source map, each */
#define CAP_BUNDLE_REPORT_MAX (1u << 20)               /* bytes of diagnostics that are kept */
#define CAP_BUNDLE_INPUTS_MAX 10000u                   /* source files of one program */
#define CAP_BUNDLE_INPUT_BYTES_MAX (256u << 20)        /* bytes of all source files together */
#define CAP_BUNDLE_MEMORY_MAX (UINT64_C(4) << 30)      /* bytes of data of the bundler's process */

typedef struct cap_bundle {
    char *code; /* JavaScript text of one ES module, NUL-terminated */
    size_t code_length;
    char *map; /* source map (JSON) whose sources are relative to the project directory, NUL-terminated */
    size_t map_length;
    char **inputs; /* absolute host paths: every file the bundle depends on (sources, package.json, tsconfig.json) and
                      every directory in which a new file could change a resolution; for the image cache, all found */
    size_t input_count;
} cap_bundle;

/* Bundles `entry` (path of the main file; relative paths count from the current directory) of the project at
 * `project_dir`. esbuild: path of the binary. guest_dir: installed JavaScript guest, whose folder bundle/ names the
 * bundler's arguments. from_entry: names in bundle and map are relative to
 * the main file's directory, so that they do not depend on where the project begins. Errors: CAPSULE_BUILD for what the program did wrong, "FILE:LINE:COLUMN: text" with the
 * bundler's snippet as detail; CAPSULE_UNSUPPORTED when the bundler is missing; CAPSULE_IO, CAPSULE_MEMORY.
 * Output strings are freed by cap_bundle_clear. */
int cap_bundle_make(const char *esbuild, const char *guest_dir, const char *project_dir, const char *entry, bool from_entry,
                    cap_bundle *ret_bundle, capsule_error **error);
/* Translates `code`, a string of TypeScript called `name` in errors and in the map, statement by statement into JavaScript:
 * nothing is bundled, no import is looked at, and no file but a temporary one is read. name: letters, digits and "-_<> "
 * alone, as it becomes a file's. A last statement that is a constant expression is
 * left out, and everything else stands where it stood. ret_bundle->inputs is empty. Errors as above. */
int cap_bundle_translate(const char *esbuild, const char *code, size_t length, const char *name, cap_bundle *ret_bundle,
                         capsule_error **error);
void cap_bundle_clear(cap_bundle *bundle);

/* A place in a bundle, and what the source map says of it. */
typedef struct cap_bundle_position {
    size_t index;          /* the caller's own */
    unsigned line, column; /* in the bundle, from 1 */
    char *source;          /* file as the map names it, the caller's to free; NULL: not known */
    unsigned source_line;  /* from 1 */
} cap_bundle_position;
/* Fills in the sources, and sorts the positions by line. -1: the map cannot be read to their end; what was found stays. */
int cap_bundle_find_sources(const char *map, size_t length, cap_bundle_position *positions, size_t count);

#endif
