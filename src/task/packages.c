#include "task/packages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/distributions.h"
#include "store/files.h"

typedef struct loading {
    capsule_program *program;
    const capsule_program_options *options;
} loading;

static void note(void *context, const char *path) {
    const loading *self = context;
    cap_origin_add(self->program->origin, path);
}

static void progress(void *context, const char *step) {
    const loading *self = context;
    if (self->options->progress) self->options->progress(self->options->progress_context, step);
}

static int resolve(capsule_program *program, const char *directory, const capsule_program_options *options, capsule_error **error) {
    loading context = {program, options};
    cap_packages_request request = {
        .images = program->runtime->images,
        .project_dir = program->project_dir,
        .program_dir = directory,
        .python = program->guest->version,
        .venv = cap_config_venv(program->config),
        .note = note,
        .progress = progress,
        .context = &context,
    };
    request.listed = cap_config_packages(program->config, &request.listed_count);
    return cap_packages_find(&request, &program->packages, error);
}

/* An artifact that carries none has no such directory. */
static int take_along(capsule_program *program, const char *directory, capsule_error **error) {
    cap_autofree char *path = cap_path_join(directory, CAP_ARTIFACT_PACKAGES);
    if (!path) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    if (access(path, F_OK) < 0) return 0;
    program->packages.identity = strdup(path); /* the artifact's hash is in it */
    program->packages.directory = cap_steal(path);
    return program->packages.identity ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
}

int cap_program_find_packages(capsule_program *program, const capsule_program_options *options, bool from_artifact,
                              capsule_error **error) {
    size_t length = (size_t)(strrchr(program->path, '/') - program->path);
    cap_autofree char *directory = strndup(program->path, length ? length : 1);
    if (!directory) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a path");
    if ((from_artifact ? take_along(program, directory, error) : resolve(program, directory, options, error)) < 0) return -1;
    if (!program->packages.directory) return 0;
    program->packages_fd = open(program->packages.directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return program->packages_fd >= 0 ? 0 : cap_error_errno(error, CAPSULE_IO, errno, "cannot open the packages of %s", program->name);
}

bool cap_program_packages_current(const capsule_program *program) {
    struct stat there, ours;
    if (program->packages_fd < 0) return true;
    return stat(program->packages.directory, &there) == 0 && fstat(program->packages_fd, &ours) == 0 &&
           there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

cap_wasi_mount cap_program_packages_mount(const capsule_program *program) {
    return (cap_wasi_mount){.guest_path = CAP_GUEST_PACKAGES, .host_fd = program->packages_fd, .internal = true,
                            .recorded = program->packages.live};
}

int cap_program_describe_packages(const capsule_program *program, cap_buffer *out) {
    cap_cleanup(cap_distributions_clear) cap_distributions all = {0};
    if (program->packages_fd >= 0 && cap_distributions_list(program->packages_fd, CAP_DESCRIBED_PACKAGES_MAX, &all) < 0) return -1;
    cap_buffer_add_json_key(out, "packages");
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; i < all.count; i++) {
        cap_buffer_add_text(out, i ? ",{" : "{");
        cap_buffer_add_json_key(out, "name");
        cap_buffer_add_json_string(out, all.items[i].name, strlen(all.items[i].name));
        cap_buffer_add_json_key(out, "version");
        cap_buffer_add_json_string(out, all.items[i].version, strlen(all.items[i].version));
        cap_buffer_add_text(out, "}");
    }
    cap_buffer_add_text(out, "]");
    return 0;
}
