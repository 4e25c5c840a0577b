/* capsule_program: the loaded program as an object; how it is loaded is in load.c. */
#include "task/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/unpacked.h"
#include "task/packages.h"

capsule_program *cap_program_reference(capsule_program *program) {
    __atomic_add_fetch(&program->references, 1, __ATOMIC_RELAXED);
    return program;
}

void cap_task_clear(cap_task *task) {
    free(task->name);
    free(task->declared);
    cap_policy_free(task->policy);
    *task = (cap_task){0};
}

static void free_tasks(capsule_program *program) {
    for (size_t i = 0; i < program->task_count; i++) cap_task_clear(&program->tasks[i]);
    free(program->tasks);
}

static void destroy(capsule_program *program) {
    capsule_program_free(program->twin);
    pthread_mutex_destroy(&program->twin_lock);
    free_tasks(program);
    if (program->pure) { /* else they are the guest's */
        if (program->image.fd >= 0) close(program->image.fd);
        cap_image_source_free(program->image.source);
    }
    if (program->project_fd >= 0) close(program->project_fd);
    if (program->app_fd >= 0) close(program->app_fd);
    if (program->packages_fd >= 0) close(program->packages_fd);
    cap_packages_clear(&program->packages);
    if (program->temporary) cap_unpacked_remove(program->temporary);
    cap_traces_give(&program->runtime->traces, program->trace);
    cap_origin_free(program->origin);
    cap_config_free(program->config);
    cap_environment_free(program->environment);
    for (size_t i = 0; program->variables && program->variables[i]; i++) free(program->variables[i]);
    free(program->variables);
    char *texts[] = {program->code,        program->original,    program->name,        program->path,           program->project_dir, program->entry,
                     program->bundle,      program->source_map,     program->tasks_json,  program->default_task,
                     program->description, program->default_timeout, program->impure_reason, program->key,
                     program->temporary,   program->source,         program->max_ram,     program->max_timeout,
                     program->max_compute};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) free(texts[i]);
    for (size_t i = 0; i < program->source_count; i++) free(program->sources[i]);
    free(program->sources);
    capsule_runtime_free(program->runtime);
    free(program);
}

void capsule_program_free(capsule_program *program) {
    if (program && __atomic_sub_fetch(&program->references, 1, __ATOMIC_ACQ_REL) == 0) destroy(program);
}

const cap_task *cap_program_task(const capsule_program *program, const char *name) {
    for (size_t i = 0; i < program->task_count; i++)
        if (strcmp(program->tasks[i].name, name) == 0) return &program->tasks[i];
    return NULL;
}

const char *cap_program_environment(capsule_program *program, const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; program->variables && program->variables[i]; i++)
        if (strncmp(program->variables[i], name, length) == 0 && program->variables[i][length] == '=')
            return program->variables[i] + length + 1;
    return program->environment ? cap_environment_get(program->environment, name) : NULL;
}

bool capsule_program_current(capsule_program *program) {
    return program->path && cap_origin_current(program->origin) && cap_program_packages_current(program);
}

const char *capsule_program_language(const capsule_program *program) { return program->guest->language; }
const char *capsule_program_default_task(const capsule_program *program) { return program->default_task; }
const char *capsule_program_describe(const capsule_program *program) { return program->description; }
