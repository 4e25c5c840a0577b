#include "task/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "task/protect.h"

#define RECORD_MAX ((size_t)4 << 20)
#define PAGES_MAX 65536u /* of a memory with 32-bit addresses */

static char *copy_member(yyjson_val *object, const char *key) {
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    return text ? strdup(text) : NULL;
}

static uint64_t number(yyjson_val *object, const char *key) { return yyjson_get_uint(yyjson_obj_get(object, key)); }

/* Makes `image`, with its file `fd` from now on the program's, the one that slots are loaded from. */
static void take_image(capsule_program *program, const cap_image *image, int fd) {
    program->image = *image;
    program->image.fd = fd;
    program->image.source = cap_image_source_create(&program->image);
}

/* The image as the entry describes it; -1 when the entry has none. */
static int open_image(capsule_program *program, const cap_images_entry *entry, yyjson_val *record) {
    struct stat info;
    cap_autoclose int fd = cap_images_entry_open_image(entry);
    if (fd < 0 || fstat(fd, &info) < 0) return -1;
    cap_image image = {
        .fd = fd,
        .bytes = (uint64_t)info.st_size,
        .pages = (uint32_t)number(record, "pages"),
        .stack_pointer = (uint32_t)number(record, "stack_pointer"),
        .monotonic_ns = number(record, "monotonic_ns"),
        .cpu_ns = number(record, "cpu_ns"),
    };
    if (!image.pages || image.pages > PAGES_MAX || image.bytes > (uint64_t)image.pages * CAP_WASM_PAGE) return -1;
    take_image(program, &image, cap_steal_fd(fd));
    return 0;
}

static int read_sources(capsule_program *program, const cap_images_entry *entry) {
    cap_images_input input;
    size_t count = 0;
    while (cap_images_entry_input(entry, count, &input)) count++;
    cap_autofree cap_images_input *inputs = calloc(count + 1, sizeof *inputs);
    if (!inputs) return -1;
    for (size_t i = 0; i < count; i++) cap_images_entry_input(entry, i, &inputs[i]);
    return cap_protect_sources(program, inputs, count, NULL, 0);
}

static int apply(capsule_program *program, const cap_images_entry *entry, yyjson_val *record) {
    char *tasks = copy_member(record, "tasks");
    bool pure = yyjson_get_bool(yyjson_obj_get(record, "pure"));
    if (!tasks) return -1;
    if (pure && open_image(program, entry, record) < 0) {
        free(tasks);
        return -1;
    }
    if (!pure && !program->entry[0] && !program->bundle) {
        program->bundle = cap_images_entry_read(entry, "bundle.js", &program->bundle_length);
        program->source_map = cap_images_entry_read(entry, "bundle.map", &program->source_map_length);
        if (!program->bundle) {
            free(tasks);
            return -1;
        }
    }
    program->pure = pure;
    program->impure_reason = copy_member(record, "impure");
    program->tasks_json = tasks;
    return 0;
}

int cap_snapshot_find(capsule_program *program) {
    if (program->runtime->no_cache) return 0;
    cap_images_entry *entry = cap_images_find(program->runtime->images, program->key, program->guest->build);
    if (!entry) return 0;
    const char *text = cap_images_entry_record(entry);
    yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
    int status = doc && read_sources(program, entry) == 0 ? apply(program, entry, yyjson_doc_get_root(doc)) : -1;
    yyjson_doc_free(doc);
    if (status == 0)
        cap_origin_keep(program->origin, entry);
    else
        cap_images_entry_free(entry);
    return status == 0;
}

int cap_snapshot_bundle(capsule_program *program) {
    if (program->bundle) return 0;
    cap_images_entry *entry = cap_images_find(program->runtime->images, program->key, program->guest->build);
    if (!entry) return -1;
    program->bundle = cap_images_entry_read(entry, "bundle.js", &program->bundle_length);
    program->source_map = cap_images_entry_read(entry, "bundle.map", &program->source_map_length);
    cap_images_entry_free(entry);
    return program->bundle ? 0 : -1;
}

static char *make_record(const capsule_program *program, const cap_import *import) {
    cap_buffer out;
    cap_buffer_init(&out, RECORD_MAX);
    const cap_image *image = &import->image;
    cap_buffer_add_format(&out, "{\"pure\":%s,\"pages\":%u,\"stack_pointer\":%u,\"monotonic_ns\":%llu,\"cpu_ns\":%llu",
                          import->impure_reason ? "false" : "true", image->pages, image->stack_pointer,
                          (unsigned long long)image->monotonic_ns, (unsigned long long)image->cpu_ns);
    cap_buffer_add_json_key(&out, "file");
    cap_buffer_add_json_string(&out, program->name, strlen(program->name));
    cap_buffer_add_json_key(&out, "language");
    cap_buffer_add_json_string(&out, program->guest->language, strlen(program->guest->language));
    if (import->impure_reason) {
        cap_buffer_add_json_key(&out, "impure");
        cap_buffer_add_json_string(&out, import->impure_reason, strlen(import->impure_reason));
    }
    cap_buffer_add_json_key(&out, "tasks");
    cap_buffer_add_json_string(&out, import->tasks, strlen(import->tasks));
    cap_buffer_add_text(&out, "}");
    return cap_buffer_take(&out);
}

static int write_image(void *context, int fd) {
    cap_image made;
    return cap_slot_write_image(context, fd, &made);
}

/* The entry in the cache, or NULL: the caller goes on without. */
static cap_images_entry *publish(capsule_program *program, const cap_import *import,
                                 const cap_images_input *inputs, size_t input_count) {
    cap_autofree char *record = make_record(program, import);
    if (!record) return NULL;
    cap_images_file files[3];
    size_t count = 0;
    if (!import->impure_reason)
        files[count++] = (cap_images_file){.name = "image", .length = (size_t)import->image.pages * CAP_WASM_PAGE, .write = write_image, .context = import->slot};
    if (program->bundle) {
        files[count++] = (cap_images_file){.name = "bundle.js", .bytes = program->bundle, .length = program->bundle_length};
        if (program->source_map)
            files[count++] = (cap_images_file){.name = "bundle.map", .bytes = program->source_map, .length = program->source_map_length};
    }
    cap_autoerror capsule_error *ignored = NULL;
    return cap_images_publish(program->runtime->images, program->key, program->guest->build, record, program->since, inputs, input_count,
                              files, count, &ignored);
}

/* The image in a file that nobody else sees. */
static int image_in_memory(capsule_program *program, const cap_import *import, capsule_error **error) {
    cap_autoclose int fd = memfd_create("capsule-image", MFD_CLOEXEC);
    cap_image made;
    if (fd < 0 || cap_slot_write_image(import->slot, fd, &made) < 0)
        return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot keep the program image in memory");
    cap_image image = import->image;
    image.bytes = made.bytes;
    take_image(program, &image, cap_steal_fd(fd));
    return 0;
}

int cap_snapshot_keep(capsule_program *program, cap_import *import, const cap_images_input *extra,
                      size_t extra_count, capsule_error **error) {
    cap_images_entry *entry = NULL;
    if (!program->runtime->no_cache && import->inputs_complete) {
        size_t count = import->input_count + extra_count;
        cap_autofree cap_images_input *inputs = calloc(count ? count : 1, sizeof *inputs);
        if (inputs) {
            if (import->input_count) memcpy(inputs, import->inputs, import->input_count * sizeof *inputs);
            if (extra_count) memcpy(inputs + import->input_count, extra, extra_count * sizeof *inputs);
            entry = publish(program, import, inputs, count);
        }
    }
    program->tasks_json = cap_steal(import->tasks);
    program->impure_reason = cap_steal(import->impure_reason);
    if (program->impure_reason) {
        cap_origin_keep(program->origin, entry);
        return 0;
    }
    struct stat info;
    int fd = entry ? cap_images_entry_open_image(entry) : -1;
    cap_origin_keep(program->origin, entry);
    if (fd >= 0 && fstat(fd, &info) == 0) {
        cap_image image = import->image;
        image.bytes = (uint64_t)info.st_size;
        take_image(program, &image, fd);
    } else {
        if (fd >= 0) close(fd);
        if (image_in_memory(program, import, error) < 0) return -1;
    }
    program->pure = true;
    return 0;
}
