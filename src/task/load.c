/* capsule_program_load: from a path to a program with tasks, by way of the cache or of a deny-all import. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "store/files.h"
#include "task/artifact.h"
#include "bundle/bundle.h"
#include "task/packages.h"
#include "task/protect.h"
#include "task/snapshot.h"
#include "task/tasks.h"
#include "task/trace_query.h"
#include "task/unpack.h"

#define SOURCE_MAX (64u << 20) /* bytes of a program's main file */

/* ---- Where the program is ---- */

static const struct {
    const char *suffix, *language;
} suffixes[] = {
    {".py", "python"},      {".js", "javascript"},  {".mjs", "javascript"},
    {".ts", "javascript"},  {".mts", "javascript"}, {".wasm", "artifact"},
};

static const char *language_of(const char *path) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    for (size_t i = 0; dot && i < CAP_COUNT(suffixes); i++)
        if (strcmp(dot, suffixes[i].suffix) == 0) return suffixes[i].language;
    return NULL;
}

static int open_project(capsule_program *program, const char *directory, capsule_error **error) {
    program->project_dir = realpath(directory, NULL);
    if (!program->project_dir) return cap_error_errno(error, CAPSULE_NOT_FOUND, errno, "project directory %s", directory);
    program->project_fd = open(program->project_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (program->project_fd < 0) return cap_error_errno(error, CAPSULE_NOT_FOUND, errno, "project directory %s", directory);
    return 0;
}

/* The path to load: the caller's, or the entrypoint of capsule.toml. Caller frees *ret_path. */
static int choose_path(capsule_program *program, const char *given, char **ret_path, capsule_error **error) {
    if (given) {
        program->name = strdup(given);
        *ret_path = strdup(given);
    } else {
        const char *entrypoint = NULL;
        if (cap_config_require_entrypoint(program->config, &entrypoint, error) < 0) return -1;
        program->name = strdup(entrypoint);
        *ret_path = entrypoint[0] == '/' ? strdup(entrypoint) : cap_path_join(program->project_dir, entrypoint);
    }
    return program->name && *ret_path ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
}

static int check_file(const char *path, const char *name, capsule_error **error) {
    if (!cap_utf8_valid(name, strlen(name))) return cap_error_set(error, CAPSULE_USAGE, "the file name is not valid UTF-8");
    struct stat info;
    if (stat(path, &info) < 0)
        return errno == ENOENT || errno == ENOTDIR ? cap_error_set(error, CAPSULE_NOT_FOUND, "%s: no such file", name)
                                                   : cap_error_errno(error, CAPSULE_BUILD, errno, "%s", name);
    if (S_ISDIR(info.st_mode)) return cap_error_set(error, CAPSULE_BUILD, "%s is a directory, not a program", name);
    if (!S_ISREG(info.st_mode)) return cap_error_set(error, CAPSULE_BUILD, "%s is not a regular file", name);
    if (info.st_size > SOURCE_MAX) return cap_error_set(error, CAPSULE_BUILD, "%s is larger than %u bytes", name, SOURCE_MAX);
    if (access(path, R_OK) < 0) return cap_error_errno(error, CAPSULE_BUILD, errno, "%s", name);
    return 0;
}

/* Python: the directory of the main file becomes /.capsule/app. */
static int open_app(capsule_program *program, capsule_error **error) {
    char *slash = strrchr(program->path, '/');
    cap_autofree char *directory = slash == program->path ? strdup("/") : strndup(program->path, (size_t)(slash - program->path));
    program->app_fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (program->app_fd < 0) return cap_error_errno(error, CAPSULE_IO, errno, "directory of %s", program->name);
    if (asprintf(&program->entry, CAP_GUEST_APP "/%s", slash + 1) < 0) {
        program->entry = NULL;
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    }
    return 0;
}

static int locate(capsule_program *program, const char *given, const char **ret_language, capsule_error **error) {
    cap_autofree char *path = NULL;
    if (choose_path(program, given, &path, error) < 0) return -1;
    const char *language = language_of(path);
    if (check_file(path, program->name, error) < 0) return -1;
    if (!language) {
        const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
        return cap_error_set(error, CAPSULE_BUILD, "%s: unsupported file extension '%s'. Supported: .py, .js, .mjs, .ts, .mts, .wasm",
                             program->name, dot ? dot + 1 : "");
    }
    program->path = realpath(path, NULL);
    if (!program->path) return cap_error_errno(error, CAPSULE_IO, errno, "%s", program->name);
    *ret_language = language;
    return 0;
}

/* ---- Loading ---- */

static void tell(const capsule_program_options *options, const char *step) {
    if (options->progress) options->progress(options->progress_context, step);
}

static int make_key(capsule_program *program) {
    const char *packages = program->packages.identity;
    int length = asprintf(&program->key, "%s\n%s\n%s\n%s%s%s%s", program->path, program->name, program->project_dir, program->entry,
                          program->plain ? "\nplain" : "", packages ? "\npackages " : "", packages ? packages : "");
    if (length < 0) program->key = NULL;
    return length < 0 ? -1 : 0;
}

static int bundle(capsule_program *program, cap_images_input **ret_inputs, size_t *ret_count, capsule_error **error) {
    cap_autofree char *esbuild = cap_path_join(program->guest->directory, "esbuild");
    cap_bundle made = {0};
    if (!esbuild) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    if (cap_bundle_make(esbuild, program->guest->directory, program->project_dir, program->path, program->plain, &made, error) < 0)
        return -1;
    program->bundle = cap_steal(made.code);
    program->bundle_length = made.code_length;
    program->source_map = cap_steal(made.map);
    program->source_map_length = made.map_length;
    cap_images_input *inputs = calloc(made.input_count ? made.input_count : 1, sizeof *inputs);
    for (size_t i = 0; inputs && i < made.input_count; i++)
        inputs[i] = (cap_images_input){.host_path = cap_steal(made.inputs[i]), .found = true};
    *ret_inputs = inputs;
    *ret_count = inputs ? made.input_count : 0;
    cap_bundle_clear(&made);
    return inputs ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for the inputs of a bundle");
}

/* Bundles (JavaScript) and imports; keeps the outcome in the cache. */
static int import_fresh(capsule_program *program, const capsule_program_options *options, capsule_error **error) {
    program->since = cap_images_begin(program->path);
    cap_images_input *inputs = NULL;
    size_t input_count = 0;
    int status = -1;
    cap_import import = {0};
    cap_autofree char *app_dir = strndup(program->path, (size_t)(strrchr(program->path, '/') - program->path));
    bool python = strcmp(program->guest->language, "python") == 0;
    if (!app_dir) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
        goto out;
    }
    if (!python && !program->bundle) {
        tell(options, "bundling");
        if (bundle(program, &inputs, &input_count, error) < 0) goto out;
    }
    tell(options, "importing");
    if (cap_import_run(program, python ? app_dir : NULL, &import, error) < 0) goto out;
    if (cap_protect_sources(program, import.inputs, import.input_count, inputs, input_count) < 0) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
        goto out;
    }
    cap_tasks_locate(program, &import.tasks);
    status = cap_snapshot_keep(program, &import, inputs, input_count, error);
out:
    cap_import_clear(&import);
    for (size_t i = 0; i < input_count; i++) free((char *)inputs[i].host_path);
    free(inputs);
    tell(options, NULL);
    return status;
}

/* What to load the program with once more. */
static int keep_options(capsule_program *program, const capsule_program_options *options) {
    const struct {
        const char *from;
        char **to;
    } texts[] = {{options->max_ram, &program->max_ram},
                 {options->max_timeout, &program->max_timeout},
                 {options->max_compute, &program->max_compute},
                 {options->default_timeout, &program->default_timeout}};
    for (size_t i = 0; i < CAP_COUNT(texts); i++)
        if (texts[i].from && !(*texts[i].to = strdup(texts[i].from))) return -1;
    program->no_env_files = options->no_env_files;
    program->no_config = options->no_config;
    program->deny_files = options->deny_files;
    program->deny_net = options->deny_net;
    return 0;
}

/* A twin is called like its file, wherever that lies. */
static void drop_directory(char *name) {
    const char *slash = strrchr(name, '/');
    if (slash) memmove(name, slash + 1, strlen(slash));
}

/* Takes over what the artifact carries; its tasks stay the authority on what may be granted. */
static int open_artifact(capsule_program *program, const char **ret_language, char **ret_tasks, capsule_error **error) {
    cap_artifact *artifact = NULL;
    cap_origin_add(program->origin, program->path);
    if (cap_artifact_read(program->path, program->name, &artifact, error) < 0) return -1;
    if (!artifact)
        return cap_error_set(error, CAPSULE_BUILD, "%s is not an artifact of `capsule build --export` but a module of other origin, which has no tasks",
                             program->name);
    int status = cap_unpack_artifact(program, artifact, error);
    *ret_language = strcmp(artifact->language, "python") == 0 ? "python" : "javascript";
    *ret_tasks = cap_steal(artifact->tasks);
    cap_artifact_free(artifact);
    return status;
}

/* The environment that the tasks may ask for, read once and only when one of them names a variable. */
static int read_environment(capsule_program *program, capsule_error **error) {
    for (size_t i = 0; i < program->task_count; i++)
        if (program->tasks[i].policy->environment_count)
            return cap_environment_read(program->project_dir, !program->no_env_files, &program->environment, error);
    return 0;
}

int cap_program_finish(capsule_program *program, capsule_error **error) {
    if (cap_tasks_describe(program, error) < 0 || read_environment(program, error) < 0) return -1;
    const cap_trace_retention retention = cap_retention_of(program->config);
    program->trace = cap_traces_take(&program->runtime->traces, program->project_dir, &retention);
    return program->trace ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
}

int cap_program_configure(capsule_program *program, const capsule_program_options *options, capsule_error **error) {
    if (open_project(program, options->project_dir ? options->project_dir : ".", error) < 0) return -1;
    program->origin = cap_origin_create(program->project_dir);
    if (!program->origin) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
    if (cap_config_read(options->no_config ? NULL : program->project_dir, &program->config, error) < 0) return -1;
    return cap_ceiling_make(program->config, options->max_ram, options->max_timeout, options->max_compute, options->deny_files,
                            options->deny_net, &program->ceiling, error);
}

static int load(capsule_program *program, const char *path, const capsule_program_options *options, capsule_error **error) {
    cap_autofree char *frozen_tasks = NULL;
    const char *language = NULL;
    if (cap_program_configure(program, options, error) < 0) return -1;
    if (locate(program, path, &language, error) < 0) return -1;
    program->source = strdup(program->path);
    if (!program->source) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    if (strcmp(language, "artifact") == 0 && open_artifact(program, &language, &frozen_tasks, error) < 0) return -1;
    if (program->plain) drop_directory(program->name);
    if (cap_runtime_guest(program->runtime, language, &program->guest, error) < 0) return -1;
    program->image = program->guest->image;
    if (strcmp(language, "python") == 0) {
        if (open_app(program, error) < 0 || cap_program_find_packages(program, options, frozen_tasks != NULL, error) < 0) return -1;
    } else if (!(program->entry = strdup(""))) {
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    }
    if (make_key(program) < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
    if (!cap_snapshot_find(program) && import_fresh(program, options, error) < 0) return -1;
    if (frozen_tasks) {
        free(program->tasks_json);
        program->tasks_json = cap_steal(frozen_tasks);
    }
    return cap_tasks_read(program, error) < 0 ? -1 : cap_program_finish(program, error);
}

capsule_program *cap_program_create(capsule_runtime *runtime, const capsule_program_options *options, capsule_error **error) {
    capsule_program *program = calloc(1, sizeof *program);
    if (!program) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
        return NULL;
    }
    program->references = 1;
    program->runtime = cap_runtime_reference(runtime);
    program->project_fd = program->app_fd = program->packages_fd = program->image.fd = -1;
    pthread_mutex_init(&program->twin_lock, NULL);
    if (keep_options(program, options) < 0) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
        capsule_program_free(program);
        return NULL;
    }
    return program;
}

static int load_as(capsule_runtime *runtime, const char *path, const capsule_program_options *options, bool plain,
                   capsule_program **ret_program, capsule_error **error) {
    capsule_program_options given = CAPSULE_PROGRAM_OPTIONS_INIT;
    if (options) memcpy(&given, options, options->size < sizeof given ? options->size : sizeof given);
    capsule_program *program = cap_program_create(runtime, &given, error);
    if (!program) return -1;
    program->plain = plain;
    if (load(program, path, &given, error) < 0) {
        capsule_program_free(program);
        return -1;
    }
    *ret_program = program;
    return 0;
}

int capsule_program_load(capsule_runtime *runtime, const char *path, const capsule_program_options *options,
                         capsule_program **ret_program, capsule_error **error) {
    return load_as(runtime, path, options, false, ret_program, error);
}

/* ---- Twins ---- */

/* Whether what the guest is told of the program depends on where it lies or how its path was written. */
static bool shows_place(const capsule_program *program) {
    if (program->plain || !program->path) return false; /* a string lies nowhere */
    if (strchr(program->name, '/')) return true;
    if (program->entry[0] || strcmp(program->source, program->path) != 0) return false; /* Python, artifacts: the name alone */
    size_t length = (size_t)(strrchr(program->path, '/') - program->path);
    return strlen(program->project_dir) != length || strncmp(program->project_dir, program->path, length) != 0;
}

static int load_twin(capsule_program *program, capsule_error **error) {
    capsule_program_options options = CAPSULE_PROGRAM_OPTIONS_INIT;
    options.project_dir = program->project_dir;
    options.no_config = program->no_config;
    options.no_env_files = program->no_env_files;
    options.max_ram = program->max_ram;
    options.max_timeout = program->max_timeout;
    options.max_compute = program->max_compute;
    options.deny_files = program->deny_files;
    options.deny_net = program->deny_net;
    options.default_timeout = program->default_timeout;
    return load_as(program->runtime, program->source, &options, true, &program->twin, error);
}

int cap_program_twin(capsule_program *program, capsule_program **ret_twin, capsule_error **error) {
    int status = 0;
    *ret_twin = program;
    if (!shows_place(program)) return 0;
    pthread_mutex_lock(&program->twin_lock);
    if (!program->twin) status = load_twin(program, error);
    if (status == 0) *ret_twin = program->twin;
    pthread_mutex_unlock(&program->twin_lock);
    return status;
}
