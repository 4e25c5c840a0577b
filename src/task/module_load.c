/* From a module's file to machine code whose imports are served. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/compiled.h"
#include "store/files.h"
#include "task/artifact.h"
#include "task/module.h"
#include "policy/policy.h"

static const cap_host_function *const tables[] = {cap_wasi_functions, NULL};

int capsule_module_is_foreign(const char *path, bool *ret_foreign, capsule_error **error) {
    cap_artifact *artifact = NULL;
    if (cap_artifact_read(path, path, &artifact, error) < 0) return -1;
    *ret_foreign = artifact == NULL;
    cap_artifact_free(artifact);
    return 0;
}

static char *read_file(capsule_module *module, const char *path, size_t *ret_length, capsule_error **error) {
    struct stat status;
    cap_autoclose int fd = cap_file_open(AT_FDCWD, path, true, &status);
    if (fd < 0) {
        cap_error_errno(error, errno == ENOENT ? CAPSULE_NOT_FOUND : CAPSULE_IO, errno, "cannot read %s", path);
        return NULL;
    }
    module->file = (cap_wasi_inode){status.st_dev, status.st_ino};
    char *bytes = cap_file_read_fd(fd, CAP_MODULE_BYTES_MAX, ret_length);
    if (!bytes && errno == EFBIG)
        cap_error_set(error, CAPSULE_BUILD, "%s: larger than %u bytes", path, CAP_MODULE_BYTES_MAX);
    else if (!bytes)
        cap_error_errno(error, CAPSULE_IO, errno, "cannot read %s", path);
    return bytes;
}

/* ---- Machine code ---- */

typedef struct compilation {
    capsule_module *module;
    const char *wasm;
    size_t length;
    bool done; /* under the module's lock */
    int status;
    capsule_error *error;
} compilation;

static bool find_code(capsule_module *module, const char *hash, const char *build) {
    size_t length = 0;
    cap_autofree char *code = module->runtime->no_cache ? NULL : cap_compiled_find(module->runtime->images, hash, build, &length);
    return code && cap_jit_module_deserialize(module->jit, code, length, &module->code, NULL) == 0;
}

/* A failure to keep the code only means that the next execution compiles again. */
static void keep_code(capsule_module *module, const char *hash, const char *build) {
    cap_autofree char *code = NULL;
    size_t length = 0;
    if (module->runtime->no_cache || cap_images_problem(module->runtime->images)) return;
    if (cap_jit_module_serialize(module->code, &code, &length, NULL) == 0)
        cap_compiled_keep(module->runtime->images, hash, build, module->name, code, length, NULL);
}

static int compile(capsule_module *module, const char *wasm, size_t length, capsule_error **error) {
    const cap_jit_settings settings = {.fuel = module->fuel != CAP_NO_LIMIT, .deterministic = module->deterministic};
    char hash[CAP_HASH_TEXT], build[CAP_JIT_BUILD_MAX];
    if (cap_jit_create(module->runtime->engine_path, &settings, &module->jit, error) < 0) return -1;
    cap_jit_build(&settings, build);
    cap_hash_bytes(wasm, length, hash);
    if (find_code(module, hash, build)) return 0;
    if (cap_jit_module_compile(module->jit, wasm, length, &module->code, error) < 0) return -1;
    keep_code(module, hash, build);
    return 0;
}

static void compile_job(void *argument) {
    compilation *job = argument;
    job->status = compile(job->module, job->wasm, job->length, &job->error);
    pthread_mutex_lock(&job->module->lock);
    job->done = true;
    pthread_cond_broadcast(&job->module->changed);
    pthread_mutex_unlock(&job->module->lock);
}

/* On a thread of ours, whose blocked signals the compiler's threads inherit. */
static int compile_aside(capsule_module *module, const char *wasm, size_t length, capsule_error **error) {
    compilation job = {.module = module, .wasm = wasm, .length = length};
    if (cap_threads_run(module->runtime->threads, compile_job, &job, error) < 0) return -1;
    pthread_mutex_lock(&module->lock);
    while (!job.done) pthread_cond_wait(&module->changed, &module->lock);
    pthread_mutex_unlock(&module->lock);
    if (job.status == 0) return 0;
    cap_error_set(error, capsule_error_code(job.error), "%s", capsule_error_message(job.error));
    capsule_error_free(job.error);
    return -1;
}

/* ---- What to call ---- */

static int check_entry(const capsule_module *module, capsule_error **error) {
    const cap_jit_module *code = module->code;
    if (cap_jit_module_export(code, "_initialize") == CAP_JIT_OTHER || cap_jit_module_export(code, "_start") == CAP_JIT_OTHER)
        return cap_error_set(error, CAPSULE_BUILD, "its _start or _initialize is no function without parameters");
    if (module->invoke) {
        cap_jit_export what = cap_jit_module_export(code, module->invoke);
        if (what == CAP_JIT_CALLABLE) return 0;
        return cap_error_set(error, CAPSULE_BUILD, what == CAP_JIT_NOTHING ? "it exports nothing called '%.100s'"
                                                                          : "'%.100s' is no function without parameters that answers numbers",
                             module->invoke);
    }
    if (cap_jit_module_export(code, "_start") == CAP_JIT_CALLABLE || cap_jit_module_export(code, "_initialize") == CAP_JIT_CALLABLE)
        return 0;
    return cap_error_set(error, CAPSULE_BUILD, "neither a command nor a reactor: it exports no _start and no _initialize");
}

int cap_module_prepare(capsule_module *module, const char *path, capsule_error **error) {
    size_t length = 0;
    if (cap_runtime_engine(module->runtime, error) < 0) return -1;
    cap_autofree char *wasm = read_file(module, path, &length, error);
    if (!wasm) return -1;
    if (compile_aside(module, wasm, length, error) < 0 || cap_jit_module_bind(module->code, tables, error) < 0 ||
        check_entry(module, error) < 0)
        return cap_error_context(error, "%s", module->name);
    return 0;
}
