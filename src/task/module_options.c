/* The options of a module: texts as people write them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/options.h"
#include "policy/policy.h"
#include "task/module.h"
#include "task/tree.h"

#define FROZEN "FROZEN:"

static int invalid(const char *option, const char *text, const char *expected, capsule_error **error) {
    return cap_option_invalid(option, text, strlen(text), expected, error);
}

/* ---- Numbers ---- */

/* A whole number from `least` to `most`. */
static int parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number) {
    uint64_t number = 0;
    if (!*text) return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return -1;
        if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return -1;
    }
    *ret_number = number;
    return number < least || number > most ? -1 : 0;
}

static int parse_limits(capsule_module *module, const capsule_module_options *options, capsule_error **error) {
    module->fuel = module->timeout_ns = CAP_NO_LIMIT;
    module->ram = CAP_RAM_DEFAULT;
    module->output_limit = CAP_OUTPUT_DEFAULT;
    if (options->fuel && parse_number(options->fuel, 1, CAP_NO_LIMIT - 1, &module->fuel) < 0)
        return invalid("fuel", options->fuel, "a whole number of units from 1 on", error);
    if (options->ram && cap_parse_size("ram", options->ram, &module->ram, error) < 0) return -1;
    if (module->ram == 0 || module->ram > CAP_RAM_MAX) return invalid("ram", options->ram, "a size of at most 4GB", error);
    if (options->timeout && cap_parse_duration("timeout", options->timeout, &module->timeout_ns, error) < 0) return -1;
    if (module->timeout_ns == 0) module->timeout_ns = CAP_NO_LIMIT;
    if (options->output && cap_parse_size("output limit", options->output, &module->output_limit, error) < 0) return -1;
    if (module->output_limit == 0 || module->output_limit > CAP_OUTPUT_MAX)
        return invalid("output limit", options->output, "a size of at most 1GB", error);
    if (options->tmp && cap_parse_size("tmp", options->tmp, &module->tmp, error) < 0) return -1;
    if (module->tmp > CAP_TMP_MAX) return invalid("tmp", options->tmp, "a size of at most 64GB, or 0", error);
    return 0;
}

static int parse_clock(capsule_module *module, const char *text, capsule_error **error) {
    module->clock_mode = CAP_WASI_CLOCK_REAL;
    if (strcmp(text, "REALTIME") == 0) return 0;
    module->clock_mode = CAP_WASI_CLOCK_FROZEN;
    if (strncmp(text, FROZEN, strlen(FROZEN)) == 0 && parse_number(text + strlen(FROZEN), 0, UINT64_MAX, &module->clock_ns) == 0)
        return 0;
    return invalid("clock", text, "REALTIME or FROZEN:<nanoseconds since 1970>", error);
}

/* ---- Words ---- */

static int copy_words(const char *what, const char *const *words, char ***ret_copy, capsule_error **error) {
    size_t count = 0, bytes = 0;
    for (; words && words[count]; count++) bytes += strlen(words[count]) + 1;
    if (bytes > CAP_MODULE_WORDS_BYTES_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "the %s of the module takes %zu bytes, at most %u", what, bytes, CAP_MODULE_WORDS_BYTES_MAX);
    *ret_copy = calloc(count + 1, sizeof **ret_copy);
    for (size_t i = 0; *ret_copy && i < count; i++)
        if (!((*ret_copy)[i] = strdup(words[i]))) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a module");
    return *ret_copy ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a module");
}

static int check_environment(char *const *words, capsule_error **error) {
    for (; *words; words++) {
        const char *equals = strchr(*words, '=');
        if (!equals || equals == *words) return invalid("env", *words, "NAME=value", error);
    }
    return 0;
}

/* ---- Directories ---- */

static int open_directory(capsule_module *module, const char *text, capsule_error **error) {
    cap_cleanup(cap_grant_clear) cap_grant grant = {0};
    if (cap_parse_directory(text, &grant, error) < 0) return -1;
    cap_autoclose int fd = open(grant.host_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return cap_error_errno(error, CAPSULE_CONFIG, errno, "directory %s", grant.host_path);
    module->mounts[module->mount_count++] =
        (cap_wasi_mount){.preopen = cap_steal(grant.guest_path), .host_fd = cap_steal_fd(fd), .writable = grant.writable};
    return 0;
}

static int open_directories(capsule_module *module, const char *const *texts, capsule_error **error) {
    size_t count = 0;
    const char *missing = NULL;
    while (texts && texts[count]) count++;
    if (count > CAP_WASI_MOUNTS_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "%zu directories are too many, at most %u", count, CAP_WASI_MOUNTS_MAX);
    if (count && !cap_wasi_kernel_supported(&missing))
        return cap_error_set(error, CAPSULE_CONFIG, "directories cannot be given: this kernel refuses %s", missing);
    for (size_t i = 0; i < count; i++)
        if (open_directory(module, texts[i], error) < 0) return -1;
    return 0;
}

/* ---- All ---- */

int cap_module_configure(capsule_module *module, const capsule_module_options *options, capsule_error **error) {
    const char *slash = strrchr(module->name, '/');
    const char *const own_name[] = {slash ? slash + 1 : module->name, NULL};
    if (parse_limits(module, options, error) < 0) return -1;
    if (options->seed && parse_number(options->seed, 0, UINT64_MAX, &module->seed) < 0)
        return invalid("seed", options->seed, "a whole number", error);
    module->seeded = options->seed || options->deterministic;
    module->deterministic = options->deterministic;
    if (options->deterministic && options->clock)
        return cap_error_set(error, CAPSULE_CONFIG, "a deterministic module has a clock of its own");
    if (options->deterministic) {
        module->clock_mode = CAP_WASI_CLOCK_STEPPING;
        module->clock_ns = CAP_WASI_CLOCK_ORIGIN_NS;
    }
    if (options->clock && parse_clock(module, options->clock, error) < 0) return -1;
    if (copy_words("arguments", options->argv ? options->argv : own_name, &module->argv, error) < 0 ||
        copy_words("environment", options->environment, &module->environment, error) < 0 ||
        check_environment(module->environment, error) < 0)
        return -1;
    if (options->invoke && !(module->invoke = strdup(options->invoke)))
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a module");
    module->stdin_fd = options->stdin_fd;
    module->discard_output = options->discard_output;
    module->output = options->output_callback;
    module->output_context = options->output_context;
    return open_directories(module, options->directories, error);
}
