/* boot LANGUAGE VERSION INITIAL_IMAGE GUEST_DIR: starts a guest's interpreter once and writes its language image.
 *
 * GUEST_DIR holds guest.so and, for Python, lib/. Writes GUEST_DIR/image and GUEST_DIR/guest.json (image facts, and the
 * size and BLAKE3 of each file and of the library, for `capsule doctor`). The guest sees its library and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <blake3.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "engine/engine.h"
#include "store/hash.h"
#include "wasi/wasi.h"

static const char *language, *version, *initial_path, *guest_dir;
static int status = 1;

static void die(const char *what) {
    fprintf(stderr, "boot: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int print_output(void *context, int fd, const void *bytes, size_t length) {
    (void)context;
    return fwrite(bytes, 1, length, fd == 2 ? stderr : stdout) == length ? 0 : -1;
}

/* Module "capsule" while booting: reports go to the log, everything else is refused. */
static uint32_t report(cap_host *host, uint32_t kind, uint32_t text, uint32_t length) {
    const char *bytes = cap_memory_at(host->memory, text, length, 1);
    if (bytes) fprintf(stderr, "boot: report %u: %.*s\n", kind, (int)length, bytes);
    return 0;
}
static uint32_t refuse4(cap_host *host, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    (void)host, (void)a, (void)b, (void)c, (void)d;
    return (uint32_t)-52;
}
static uint32_t refuse_wait(cap_host *host, uint32_t a, uint32_t b, uint64_t c) {
    (void)host, (void)a, (void)b, (void)c;
    return (uint32_t)-52;
}
static uint32_t refuse_read(cap_host *host, uint32_t a, uint32_t b, uint32_t c) {
    (void)host, (void)a, (void)b, (void)c;
    return (uint32_t)-52;
}
static uint32_t refuse_lock(cap_host *host, uint32_t a, uint32_t b, uint64_t c, uint64_t d) {
    (void)host, (void)a, (void)b, (void)c, (void)d;
    return (uint32_t)-52;
}
static uint32_t refuse1(cap_host *host, uint32_t a) {
    (void)host, (void)a;
    return (uint32_t)-52;
}
static uint32_t refuse2(cap_host *host, uint32_t a, uint32_t b) {
    (void)host, (void)a, (void)b;
    return (uint32_t)-52;
}
static uint32_t nothing(cap_host *host, uint32_t a, uint32_t b) {
    (void)host, (void)a, (void)b;
    return 0;
}

static const cap_host_function boot_functions[] = {
    {"capsule", "report", "iii>i", (void (*)(void))report},
    {"capsule", "task_start", "iiii>i", (void (*)(void))refuse4},
    {"capsule", "task_wait", "iiI>i", (void (*)(void))refuse_wait},
    {"capsule", "task_read", "iii>i", (void (*)(void))refuse_read},
    {"capsule", "environment", "ii>i", (void (*)(void))nothing},
    {"capsule", "last_denial", "ii>i", (void (*)(void))nothing},
    {"capsule", "file_lock", "iiII>i", (void (*)(void))refuse_lock},
    {"capsule", "program_start", "ii>i", (void (*)(void))refuse2},
    {"capsule", "task_cancel", "i>i", (void (*)(void))refuse1},
    {0},
};
static const cap_host_function *const tables[] = {cap_wasi_functions, boot_functions, NULL};

static void hash_file(cap_buffer *json, const char *name) {
    cap_autofree char *path = NULL;
    if (asprintf(&path, "%s/%s", guest_dir, name) < 0) die("asprintf");
    cap_autofclose FILE *file = fopen(path, "rb");
    if (!file) die(path);
    blake3_hasher hasher;
    blake3_hasher_init(&hasher);
    char block[65536];
    size_t got, total = 0;
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        blake3_hasher_update(&hasher, block, got);
        total += got;
    }
    uint8_t digest[BLAKE3_OUT_LEN];
    blake3_hasher_finalize(&hasher, digest, sizeof digest);
    cap_buffer_add_json_key(json, name);
    cap_buffer_add_format(json, "{\"bytes\":%zu,\"blake3\":\"", total);
    for (size_t i = 0; i < sizeof digest; i++) cap_buffer_add_format(json, "%02x", digest[i]);
    cap_buffer_add_text(json, "\"}");
}

/* The library as a whole. */
static void hash_tree(cap_buffer *json, const char *name) {
    cap_autofree char *path = NULL;
    if (asprintf(&path, "%s/%s", guest_dir, name) < 0) die("asprintf");
    cap_autoclose int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char digest[CAP_HASH_TEXT];
    uint64_t files = 0, bytes = 0;
    if (directory < 0 || cap_hash_tree(directory, digest, &files, &bytes) < 0) die(path);
    cap_buffer_add_json_key(json, name);
    cap_buffer_add_format(json, "{\"files\":%llu,\"bytes\":%llu,\"blake3\":\"%s\"}", (unsigned long long)files,
                          (unsigned long long)bytes, digest);
}

static void write_description(const cap_module *module, const cap_image *image) {
    cap_autobuffer cap_buffer json;
    cap_buffer_init(&json, 1 << 20);
    cap_buffer_add_format(&json,
                          "{\"format\":1,\"language\":\"%s\",\"version\":\"%s\",\"cpu\":\"%s\",\"build\":\"%s\","
                          "\"image\":{\"bytes\":%llu,\"pages\":%u,\"stack_pointer\":%u,\"monotonic_ns\":%llu,\"cpu_ns\":%llu},"
                          "\"files\":{",
                          language, version, cap_module_cpu(module), cap_module_build(module),
                          (unsigned long long)image->bytes, image->pages, image->stack_pointer,
                          (unsigned long long)image->monotonic_ns, (unsigned long long)image->cpu_ns);
    hash_file(&json, "guest.so");
    hash_file(&json, "image");
    if (strcmp(language, "javascript") == 0) hash_file(&json, "esbuild");
    cap_buffer_add_text(&json, "},\"trees\":{");
    if (strcmp(language, "python") == 0) hash_tree(&json, "lib");
    if (strcmp(language, "javascript") == 0) hash_tree(&json, "bundle");
    cap_buffer_add_text(&json, "}}\n");
    cap_autofree char *path = NULL;
    if (asprintf(&path, "%s/guest.json", guest_dir) < 0) die("asprintf");
    cap_autofclose FILE *file = fopen(path, "wb");
    if (!file || fwrite(json.data, 1, json.length, file) != json.length) die(path);
}

/* Calls an export; ends the process with what went wrong. */
static void call(cap_slot *slot, const char *name) {
    cap_outcome outcome;
    capsule_error *error = NULL;
    if (cap_slot_call(slot, name, NULL, 0, &outcome, &error) < 0) {
        fprintf(stderr, "boot: %s\n", capsule_error_message(error));
        exit(1);
    }
    if (outcome.trap != CAP_TRAP_NONE || outcome.value != 0) {
        fprintf(stderr, "boot: %s ended with trap %d, stop %d, value %u\n", name, outcome.trap, outcome.stop, outcome.value);
        exit(1);
    }
}

static void check(int result, capsule_error *error) {
    if (result == 0) return;
    fprintf(stderr, "boot: %s\n", capsule_error_message(error));
    exit(1);
}

static void boot(void *argument) {
    (void)argument;
    capsule_error *error = NULL;
    cap_autofree char *code = NULL, *image_path = NULL, *lib_path = NULL;
    if (asprintf(&code, "%s/guest.so", guest_dir) < 0 || asprintf(&image_path, "%s/image", guest_dir) < 0 ||
        asprintf(&lib_path, "%s/lib", guest_dir) < 0)
        die("asprintf");
    cap_module *module = NULL;
    check(cap_module_open(code, tables, &module, &error), error);

    struct stat info;
    int initial = open(initial_path, O_RDONLY | O_CLOEXEC);
    if (initial < 0 || fstat(initial, &info) < 0) die(initial_path);
    cap_image image = {.fd = initial, .bytes = (uint64_t)info.st_size, .pages = cap_module_initial_pages(module),
                       .stack_pointer = cap_module_stack_pointer(module)};
    cap_slot *slot = NULL;
    check(cap_slot_create(&slot, &error), error);
    check(cap_slot_load(slot, module, &image, UINT64_C(1) << 30, &error), error);

    cap_wasi_mount mount = {.guest_path = "/.capsule/lib", .internal = true};
    mount.host_fd = open(lib_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Nothing of this machine and this moment gets into the image: built again, it is the same. */
    cap_wasi_config config = {.mounts = &mount, .mount_count = mount.host_fd >= 0 ? 1 : 0, .output = print_output,
                              .clock_mode = CAP_WASI_CLOCK_STEPPING, .realtime_start_ns = CAP_WASI_CLOCK_ORIGIN_NS,
                              .random_seeded = true, .random_seed = CAP_WASI_SEED_DEFAULT, .steady_files = true};
    cap_wasi *wasi = cap_wasi_create(&config);
    if (!wasi) die("wasi");
    cap_slot_host(slot)->wasi = wasi;

    call(slot, "_initialize");
    call(slot, "capsule_boot");

    int out = open(image_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    cap_image made;
    if (out < 0 || cap_slot_write_image(slot, out, &made) < 0) die(image_path);
    close(out);
    made.monotonic_ns = cap_wasi_monotonic_now(wasi);
    made.cpu_ns = cap_wasi_cpu_now(wasi);
    write_description(module, &made);
    printf("image of %s: %u pages, %llu bytes\n", language, made.pages, (unsigned long long)made.bytes);
    cap_wasi_free(wasi);
    cap_slot_free(slot);
    cap_module_free(module);
    close(initial);
    if (mount.host_fd >= 0) close(mount.host_fd);
    status = 0;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: boot LANGUAGE VERSION INITIAL_IMAGE GUEST_DIR\n");
        return 2;
    }
    language = argv[1], version = argv[2], initial_path = argv[3], guest_dir = argv[4];
    capsule_error *error = NULL;
    cap_threads *threads = cap_threads_create();
    if (!threads || cap_threads_run(threads, boot, NULL, &error) < 0) check(-1, error);
    cap_threads_free(threads);
    return status;
}
