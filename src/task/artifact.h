/* The artifact of `capsule build --export`: a valid WebAssembly module that does nothing, whose one custom section
 * "capsule" carries a program: its sources, what they declare and where they came from; never a memory image.
 *
 *   "\0asm" 1                          WebAssembly header
 *   0, size, 7 "capsule"               custom section; its payload, integers little-endian:
 *     "CPSL"                           4 bytes
 *     u32 format                       CAP_ARTIFACT_FORMAT
 *     BLAKE3                           32 bytes, of everything after it
 *     u32 length, JSON                 {"language","guest_version","runtime_version","name","entry","tasks"}
 *     u32 count, then for each file    u32 path length, u32 data length, path, data
 *
 * Files of a Python program lie where they did, those of its packages below ".packages/".
 *
 * A reader trusts nothing of it: lengths are checked against what is left, paths are relative and normal, unique, and
 * never leave the program's root; one byte too many is an error.
 */
#ifndef CAP_TASK_ARTIFACT_H
#define CAP_TASK_ARTIFACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define CAP_ARTIFACT_FORMAT 1u
#define CAP_ARTIFACT_BYTES_MAX (256u << 20) /* bytes of a whole artifact */
#define CAP_ARTIFACT_META_MAX (4u << 20)    /* bytes of its JSON */
#define CAP_ARTIFACT_FILES_MAX 10000u
#define CAP_ARTIFACT_PATH_MAX 1024u /* bytes of one path */
#define CAP_ARTIFACT_DEPTH_MAX 64u  /* names in one path */

typedef struct cap_artifact_file {
    char *path; /* relative, '/' between names, UTF-8, no "." and ".." */
    char *data; /* NUL-terminated beyond length */
    size_t length;
} cap_artifact_file;

typedef struct cap_artifact {
    char *language;        /* "python" | "javascript" */
    char *guest_version;   /* of the guest it was built with, like "3.13.5" */
    char *runtime_version; /* filled by the writer when NULL */
    char *name;            /* file name as the user typed it, for tracebacks */
    char *entry;           /* path of the main file among `files` */
    char *tasks;           /* JSON text: the tasks and what they declared, as the deny-all import reported them */
    cap_artifact_file *files;
    size_t file_count;
} cap_artifact;

/* Whether a file of an artifact may have this path: relative, normal, printable. */
bool cap_artifact_path_fits(const char *path);

/* Writes `artifact` to `path`, replacing it by rename. Nothing is left behind on failure. */
int cap_artifact_write(const cap_artifact *artifact, const char *path, capsule_error **error);

/* Reads the artifact at `path`; `label` is its name in errors, as the user typed it. *ret_artifact is NULL (and the answer 0) when the file is a WebAssembly module without a
 * section "capsule": a foreign module. Errors: CAPSULE_NOT_FOUND, CAPSULE_IO, CAPSULE_CORRUPT (not WebAssembly, damaged,
 * too large), CAPSULE_BUILD (a component, or a format of a later version). */
int cap_artifact_read(const char *path, const char *label, cap_artifact **ret_artifact, capsule_error **error);
/* The same for bytes in memory. */
int cap_artifact_parse(const void *bytes, size_t length, const char *label, cap_artifact **ret_artifact,
                       capsule_error **error);
/* The bytes of an artifact; the caller frees them. */
int cap_artifact_encode(const cap_artifact *artifact, char **ret_bytes, size_t *ret_length, capsule_error **error);
void cap_artifact_free(cap_artifact *artifact);

#endif
