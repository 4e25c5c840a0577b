#include "task/tasks.h"

#include "task/packages.h"

#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "bundle/bundle.h"

#define NAME_MAX_BYTES 1024u /* of a task */
#define DESCRIPTION_MAX ((size_t)16 << 20)

/* A number that was read as text; 0 when it is none. */
static unsigned to_number(const char *text) {
    unsigned long number = text ? strtoul(text, NULL, 10) : 0;
    return number > UINT32_MAX ? 0 : (unsigned)number;
}

static unsigned number_of(yyjson_val *item, const char *key) { return to_number(yyjson_get_raw(yyjson_obj_get(item, key))); }

/* Where the task is declared, as the guest said. A place in a bundle (JavaScript, before cap_tasks_locate) is none. */
static int place_task(const capsule_program *program, yyjson_val *item, cap_policy *policy, capsule_error **error) {
    cap_declaration place = {
        .file = (char *)yyjson_get_str(yyjson_obj_get(item, "file")), /* only read */
        .line = yyjson_is_str(yyjson_obj_get(item, "file")) ? number_of(item, "line") : 0,
        .wrapped = yyjson_obj_get(yyjson_obj_get(item, "options"), "name") != NULL,
        .javascript = strcmp(program->guest->language, "javascript") == 0,
    };
    if (cap_policy_declared_at(policy, &place) == 0) return 0;
    return cap_error_set(error, CAPSULE_MEMORY, "out of memory for tasks");
}

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
    if (cap_policy_make(name, task->declared, program->config, &program->ceiling, program->default_timeout, &task->policy, error) < 0)
        return -1;
    return place_task(program, item, task->policy, error);
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

/* ---- Places in a bundle ---- */

static void place_in_source(yyjson_mut_doc *document, yyjson_mut_val *tasks, const cap_bundle_position *at) {
    yyjson_mut_val *task = yyjson_mut_arr_get(tasks, at->index);
    if (!at->source) return;
    yyjson_mut_obj_put(task, yyjson_mut_str(document, "file"), yyjson_mut_strcpy(document, at->source));
    yyjson_mut_obj_put(task, yyjson_mut_str(document, "line"), yyjson_mut_uint(document, at->source_line));
}

/* The tasks' places in the bundle; answers how many. */
static size_t read_places(yyjson_mut_val *tasks, cap_bundle_position *positions) {
    size_t index, end, count = 0;
    yyjson_mut_val *task;
    yyjson_mut_arr_foreach(tasks, index, end, task) {
        unsigned line = to_number(yyjson_mut_get_raw(yyjson_mut_obj_get(task, "line")));
        unsigned column = to_number(yyjson_mut_get_raw(yyjson_mut_obj_get(task, "column")));
        if (!line || !column || yyjson_mut_is_str(yyjson_mut_obj_get(task, "file"))) continue;
        positions[count++] = (cap_bundle_position){.index = index, .line = line, .column = column};
    }
    return count;
}

void cap_tasks_locate(const capsule_program *program, char **tasks_json) {
    if (!program->source_map) return;
    yyjson_doc *doc = yyjson_read(*tasks_json, strlen(*tasks_json), YYJSON_READ_NUMBER_AS_RAW);
    yyjson_mut_doc *copy = doc ? yyjson_doc_mut_copy(doc, NULL) : NULL;
    yyjson_mut_val *tasks = yyjson_mut_obj_get(yyjson_mut_doc_get_root(copy), "tasks");
    size_t count = yyjson_mut_arr_size(tasks);
    cap_bundle_position *positions = count && count <= CAP_TASKS_MAX ? calloc(count, sizeof *positions) : NULL;
    size_t known = positions ? read_places(tasks, positions) : 0;
    if (known) cap_bundle_find_sources(program->source_map, program->source_map_length, positions, known);
    for (size_t i = 0; i < known; i++) {
        place_in_source(copy, tasks, &positions[i]);
        free(positions[i].source);
    }
    char *text = known ? yyjson_mut_write(copy, 0, NULL) : NULL;
    if (text) {
        free(*tasks_json);
        *tasks_json = text;
    }
    free(positions);
    yyjson_mut_doc_free(copy);
    yyjson_doc_free(doc);
}

int cap_tasks_read(capsule_program *program, capsule_error **error) {
    yyjson_doc *doc = yyjson_read(program->tasks_json, strlen(program->tasks_json), YYJSON_READ_NUMBER_AS_RAW);
    if (!doc) return cap_error_set(error, CAPSULE_CORRUPT, "%s: the guest's task list is not JSON", program->name);
    int status = add_all(program, yyjson_doc_get_root(doc), error);
    yyjson_doc_free(doc);
    return status;
}

static void describe_task(cap_buffer *out, const cap_task *task) {
    cap_buffer_add_text(out, "{");
    cap_buffer_add_json_member(out, "name", task->name);
    cap_buffer_add_json_key(out, "declared");
    cap_buffer_add_text(out, task->declared);
    cap_buffer_add_json_key(out, "effective");
    cap_policy_to_json(task->policy, out);
    cap_policy_explain(task->policy, out);
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
    cap_buffer_add_json_member(&out, "file", program->name);
    cap_buffer_add_json_member(&out, "language", program->guest->language);
    cap_buffer_add_json_member(&out, "default", program->default_task);
    cap_buffer_add_json_member(&out, "snapshot", program->pure ? "program" : "language");
    cap_buffer_add_json_member(&out, "impure", program->impure_reason);
    if (cap_program_describe_packages(program, &out) < 0) {
        cap_buffer_free(&out);
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a description");
    }
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
