/* Loading images: the description of a cache entry, the record a program image comes with, an installed guest's
 * guest.json. Damage in any of them means that there is no such image, never a crash or an image that does not fit.
 *
 * Input: one byte that chooses which of the three the rest is. */
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "scratch_directory.h"
#include "store/entry.h"
#include "store/images_internal.h"
#include "task/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int directory;                 /* of one entry */
static capsule_runtime runtime;       /* with a cache of its own */
static capsule_program program;
static cap_guest guest;
static char record_place[128];        /* entry.json of the program in that cache */

static void prepare(void) {
    char key[CAP_IMAGES_KEY_TEXT], path[512], image[300] = {1};
    if (runtime.images) return;
    scratch_mkdir("entry");
    scratch_name("entry", path);
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scratch_put("entry/image", image, sizeof image);
    scratch_mkdir("cache");
    scratch_mkdir("cache/programs");
    scratch_name("cache", path);
    runtime.images = cap_images_create(path, 0);
    MUST(directory >= 0 && runtime.images && !cap_images_problem(runtime.images));
    guest.build = strdup("build");
    program = (capsule_program){.runtime = &runtime, .guest = &guest, .key = strdup("name"), .entry = strdup("main")};
    cap_images_key("name", "build", key);
    snprintf(record_place, sizeof record_place, "cache/programs/%s", key);
    scratch_mkdir(record_place);
    snprintf(path, sizeof path, "%s/image", record_place);
    scratch_put(path, image, sizeof image);
    scratch_mkdir("guests");
    scratch_mkdir("guests/python-1");
    scratch_put("guests/python-1/image", image, sizeof image);
}

static bool equal(const char *a, const char *b) { return strcmp(a, b) == 0; }

static void check_same(const cap_entry *a, const cap_entry *b) {
    MUST(equal(a->name, b->name) && equal(a->build, b->build) && equal(a->record, b->record) && equal(a->boot, b->boot));
    MUST(a->input_count == b->input_count && a->file_count == b->file_count);
    for (size_t i = 0; i < a->input_count; i++)
        MUST(equal(a->inputs[i].path, b->inputs[i].path) && a->inputs[i].size == b->inputs[i].size &&
             a->inputs[i].mtime_ns == b->inputs[i].mtime_ns);
    for (size_t i = 0; i < a->file_count; i++)
        MUST(equal(a->files[i].name, b->files[i].name) && a->files[i].bytes == b->files[i].bytes);
}

/* Any entry.json: what is accepted reads back the same after it was written, and its files are opened only when they
 * are what it says. */
static void try_entry(const uint8_t *bytes, size_t length) {
    cap_entry first = {0}, second = {0};
    int64_t mtime;
    scratch_put("entry/entry.json", bytes, length);
    if (cap_entry_read(directory, &first, &mtime) < 0) return;
    for (size_t i = 0; i < first.file_count; i++) MUST(!strchr(first.files[i].name, '/') && first.files[i].name[0] != '.');
    capsule_error *error = NULL;
    MUST(cap_entry_write(directory, &first, &error) == 0 && !error);
    MUST(cap_entry_read(directory, &second, NULL) == 0);
    check_same(&first, &second);
    cap_entry_clear(&second);
    int fd = dup(directory);
    cap_images_entry *adopted = cap_images_entry_adopt(fd, &first);
    if (adopted)
        for (size_t i = 0; i < adopted->entry.file_count; i++) MUST(adopted->files[i] >= 0 && adopted->entry.files[i].bytes <= 300);
    cap_images_entry_free(adopted);
}

static void check_image(const cap_image *image) {
    MUST(image->fd >= 0 && image->pages && image->pages <= 65536 && image->bytes <= (uint64_t)image->pages * CAP_WASM_PAGE);
}

/* Any record of a program in an entry that is sound otherwise. */
static void try_record(const char *text, size_t length) {
    char place[200];
    cap_buffer entry;
    cap_buffer_init(&entry, 1 << 20);
    cap_buffer_add_format(&entry, "{\"format\":1,\"name\":\"name\",\"build\":\"build\",\"boot\":\"%s\",\"inputs\":[],\"files\":[{\"name\":"
                                  "\"image\",\"bytes\":300,\"hash\":\"\"}],\"record\":", cap_boot_id());
    cap_buffer_add_json_string(&entry, text, length);
    cap_buffer_add_text(&entry, "}");
    snprintf(place, sizeof place, "%s/entry.json", record_place);
    scratch_put(place, entry.data, entry.length);
    cap_buffer_free(&entry);
    program.origin = cap_origin_create(scratch_path());
    MUST(program.origin);
    if (cap_snapshot_find(&program)) {
        MUST(program.tasks_json);
        if (program.pure) {
            check_image(&program.image);
            close(program.image.fd);
            cap_image_source_free(program.image.source);
        }
    }
    cap_origin_free(program.origin);
    program.origin = NULL;
    free(program.tasks_json);
    free(program.impure_reason);
    program.tasks_json = program.impure_reason = NULL;
    program.pure = false;
}

/* Any guest.json; there is no code beside it, so that a description that fits still ends in an error. */
static void try_guest(const uint8_t *bytes, size_t length) {
    char path[512];
    cap_guest *loaded = NULL;
    capsule_error *error = NULL;
    scratch_put("guests/python-1/guest.json", bytes, length);
    scratch_name("guests", path);
    MUST(cap_guest_load(path, "python", &loaded, &error) < 0 && error && !loaded);
    MUST(*capsule_error_message(error));
    capsule_error_free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    prepare();
    if (length == 0) return 0;
    switch (bytes[0] & 3) {
    case 0: try_record((const char *)bytes + 1, length - 1); break;
    case 1: try_guest(bytes + 1, length - 1); break;
    default: try_entry(bytes + 1, length - 1); break;
    }
    return 0;
}
