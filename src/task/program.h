/* A program: a file or string with its tasks, imported once, frozen from then on. */
#ifndef CAP_TASK_PROGRAM_H
#define CAP_TASK_PROGRAM_H

#include "packages/packages.h"
#include "policy/policy.h"
#include "store/trace.h"
#include "task/runtime.h"
#include "task/origin.h"
#include "wasi/wasi.h"

typedef struct cap_task {
    char *name;
    char *declared; /* JSON object: its options as the deny-all import reported them */
    cap_policy *policy;
} cap_task;

void cap_task_clear(cap_task *task);

struct capsule_program {
    unsigned references; /* by __atomic operations */
    capsule_runtime *runtime;
    cap_guest *guest;
    char *name;          /* file name as the user typed it */
    char *path;          /* absolute host path of the main file */
    char *project_dir;   /* absolute */
    int project_fd;
    char *temporary;     /* directory of an unpacked artifact that goes with the program; or NULL */
    int app_fd;          /* Python: directory of the main file, mounted at /.capsule/app; else -1 */
    cap_packages packages; /* Python: what it may import beside its own files and the library */
    int packages_fd;     /* their directory, mounted at /.capsule/packages; -1: none */
    char *entry;         /* Python: guest path of the main file; JavaScript: "" */
    char *key;           /* names it in the image cache: all that tells two images apart beside the contents of files */
    char *bundle;        /* JavaScript: the bundle and its source map; else NULL */
    size_t bundle_length;
    char *source_map;
    size_t source_map_length;
    char *code;          /* a string: the text that every run evaluates, in the language image; else NULL. Then there are
                            neither path, entry nor bundle, and one task that nobody else can call */
    size_t code_length;
    char *original;      /* the text that `code` is a translation of, with source_map; else NULL */
    char **variables;    /* "NAME=value" given by the caller, NULL-terminated; or NULL */
    char *default_timeout;
    int64_t since;       /* cap_images_begin before the first file was read */
    bool no_env_files;
    cap_config *config;
    cap_ceiling ceiling;
    cap_environment *environment; /* NULL when no task names a variable */
    char *tasks_json;    /* TASKS as reported */
    cap_task *tasks;
    size_t task_count;
    char *default_task;  /* NULL: none */
    bool translated;     /* of a brought program: it needs no translation, or had it (brought.h) */
    bool pure;           /* image is the program image; else every run imports again */
    char *impure_reason; /* NULL when pure */
    cap_image image;     /* program image (pure), with its own fd; else the guest's, borrowed */
    char **sources;      /* host paths of what the import read (task/protect.h) */
    size_t source_count;
    char *description;   /* capsule_program_describe */
    cap_origin *origin;  /* what it was made from */
    cap_trace *trace;    /* its project's, of the runtime's */
    /* How it was loaded, to load it again (twin.h). */
    char *source;        /* absolute host path of what was loaded: `path`, or the artifact */
    char *max_ram, *max_timeout, *max_compute; /* of the options, or NULL */
    bool no_config, deny_files, deny_net;
    bool plain;          /* name and bundle tell nothing of where the program lies: it is a twin */
    pthread_mutex_t twin_lock;
    capsule_program *twin; /* owned; under twin_lock; NULL: not needed so far */
};

/* What loading a file and a string have in common. Create: a program with nothing but its runtime and the options it is to
 * be loaded with; NULL with *error. Configure: project directory, settings, ceiling. Finish: what the tasks need besides. */
capsule_program *cap_program_create(capsule_runtime *runtime, const capsule_program_options *options, capsule_error **error);
int cap_program_configure(capsule_program *program, const capsule_program_options *options, capsule_error **error);
int cap_program_finish(capsule_program *program, capsule_error **error);

void cap_task_clear(cap_task *task);
capsule_program *cap_program_reference(capsule_program *program);
/* The program as deterministic runs see it: called like its file, without the directories its user typed, so that a run
 * depends neither on where the program lies nor on how its path was spelt. *ret_twin is the program itself when it is so
 * already, or another one that lives as long; loaded on first use. */
int cap_program_twin(capsule_program *program, capsule_program **ret_twin, capsule_error **error);
/* NULL when there is no task of that name. */
const cap_task *cap_program_task(const capsule_program *program, const char *name);
/* Value of an environment variable a task may see; NULL when absent. */
const char *cap_program_environment(capsule_program *program, const char *name);

#define CAP_GUEST_APP "/.capsule/app"
#define CAP_GUEST_LIB "/.capsule/lib"
#define CAP_GUEST_PACKAGES "/.capsule/packages"

#endif
