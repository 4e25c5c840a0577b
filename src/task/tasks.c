#include "task/tasks.h"

#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#define NAME_MAX_BYTES 1024u /* of a task */
#define DESCRIPTION_MAX ((size_t)16 << 20)

static int add_task(capsule_program *program, yyjson_val *item, capsule_error **error) {
    const char *name = yyjson_get_str(yyjson_obj_get(item, "name"));
    if (!name || !*name || strlen(name) > NAME_MAX_BYTES)
        return cap_error_set(error, CAPSULE_BUILD, "%s: a task needs a name of 1 to %u bytes", program->name, NAME_MAX_BYTES);
    if (cap_program_task(program, name))
        return cap_error_set(error, CAPSULE_BUILD, "%s: two tasks are named \"%s\"", program->name, name);
    yyjson_val *options = yyjson_obj_get(item, "options");
    cap_task *task = &program->tasks[program->task_count];
    *task = (cap_task){.name = strdup(name),
                       .declared = yyjson_is_obj(options) ? yyjson_val_write(options, YYJSON_WRITE_NOFLAG, NULL) : strdup("{}")};
    program->task_count++;
    if (!task->name || !task->declared) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for tasks");
    return cap_policy_make(name, task->declared, program->config, &program->ceiling, program->default_timeout, &task->policy, error);
}

static int add_all(capsule_program *program, yyjson_val *root, capsule_error **error) {
    yyjson_val *list = yyjson_obj_get(root, "tasks"), *item;
    size_t index, count = yyjson_arr_size(list);
    if (!yyjson_is_arr(list)) return cap_error_set(error, CAPSULE_CORRUPT, "%s: the guest reported no task list", program->name);
    if (count > CAP_TASKS_MAX)
        return cap_error_set(error, CAPSULE_BUILD, "%s: %zu tasks are too many, at most %u", program->name, count, CAP_TASKS_MAX);
    program->tasks = calloc(count ? count : 1, sizeof *program->tasks);
    if (!program->tasks) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for tasks");
    yyjson_arr_foreach(list, index, count, item) {
        if (add_task(program, item, error) < 0) return -1;
    }
    const char *chosen = yyjson_get_str(yyjson_obj_get(root, "default"));
    if (chosen && cap_program_task(program, chosen) && !(program->default_task = strdup(chosen)))
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for tasks");
    return 0;
}

int cap_tasks_read(capsule_program *program, capsule_error **error) {
    yyjson_doc *doc = yyjson_read(program->tasks_json, strlen(program->tasks_json), YYJSON_READ_NUMBER_AS_RAW);
    if (!doc) return cap_error_set(error, CAPSULE_CORRUPT, "%s: the guest's task list is not JSON", program->name);
    int status = add_all(program, yyjson_doc_get_root(doc), error);
    yyjson_doc_free(doc);
    return status;
}

static void add_text(cap_buffer *out, const char *key, const char *text) {
    cap_buffer_add_json_key(out, key);
    if (text)
        cap_buffer_add_json_string(out, text, strlen(text));
    else
        cap_buffer_add_text(out, "null");
}

static void describe_task(cap_buffer *out, const cap_task *task) {
    cap_buffer_add_text(out, "{");
    add_text(out, "name", task->name);
    cap_buffer_add_json_key(out, "declared");
    cap_buffer_add_text(out, task->declared);
    cap_buffer_add_json_key(out, "effective");
    cap_policy_to_json(task->policy, out);
    cap_buffer_add_json_key(out, "notes");
    cap_buffer_add_text(out, "[");
    for (size_t i = 0; i < task->policy->note_count; i++) {
        if (i) cap_buffer_add_text(out, ",");
        cap_buffer_add_json_string(out, task->policy->notes[i], strlen(task->policy->notes[i]));
    }
    cap_buffer_add_text(out, "]}");
}

int cap_tasks_describe(capsule_program *program, capsule_error **error) {
    cap_buffer out;
    cap_buffer_init(&out, DESCRIPTION_MAX);
    cap_buffer_add_text(&out, "{");
    add_text(&out, "file", program->name);
    add_text(&out, "language", program->guest->language);
    add_text(&out, "default", program->default_task);
    add_text(&out, "snapshot", program->pure ? "program" : "language");
    add_text(&out, "impure", program->impure_reason);
    cap_buffer_add_json_key(&out, "tasks");
    cap_buffer_add_text(&out, "[");
    for (size_t i = 0; i < program->task_count; i++) {
        if (i) cap_buffer_add_text(&out, ",");
        describe_task(&out, &program->tasks[i]);
    }
    cap_buffer_add_text(&out, "]}");
    program->description = cap_buffer_take(&out);
    return program->description ? 0 : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a description");
}
