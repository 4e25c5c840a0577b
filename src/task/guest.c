/* Installed guests: which one serves a language, and loading its code and language image. */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "task/host_functions.h"
#include "task/runtime.h"
#include "wasi/wasi.h"

#define GUEST_JSON_MAX (1u << 20)

static const cap_host_function *const tables[] = {cap_wasi_functions, cap_task_functions, NULL};

/* Path of the newest "<language>-<version>" below guests_dir; NULL: none. Caller frees. */
static char *newest(const char *guests_dir, const char *language) {
    DIR *directory = guests_dir ? opendir(guests_dir) : NULL;
    if (!directory) return NULL;
    char *best = NULL;
    size_t prefix = strlen(language);
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (strncmp(entry->d_name, language, prefix) != 0 || entry->d_name[prefix] != '-') continue;
        if (best && strverscmp(entry->d_name, best) <= 0) continue;
        free(best);
        best = strdup(entry->d_name);
    }
    closedir(directory);
    char *path = NULL;
    if (best && asprintf(&path, "%s/%s", guests_dir, best) < 0) path = NULL;
    free(best);
    return path;
}

static int read_description(int directory_fd, const char *directory, yyjson_doc **ret_doc, capsule_error **error) {
    cap_autoclose int fd = openat(directory_fd, "guest.json", O_RDONLY | O_CLOEXEC);
    cap_autofree char *text = malloc(GUEST_JSON_MAX);
    ssize_t length = fd >= 0 && text ? read(fd, text, GUEST_JSON_MAX) : -1;
    if (length < 0) return cap_error_errno(error, CAPSULE_CORRUPT, errno, "cannot read %s/guest.json", directory);
    *ret_doc = yyjson_read(text, (size_t)length, 0);
    if (!*ret_doc) return cap_error_set(error, CAPSULE_CORRUPT, "%s/guest.json is not JSON", directory);
    return 0;
}

/* An unsigned number at root.path[0].path[1]; 0 when absent. */
static uint64_t number_of(yyjson_doc *doc, const char *pointer) {
    return yyjson_get_uint(yyjson_doc_ptr_get(doc, pointer));
}

static char *text_of(yyjson_doc *doc, const char *key) {
    const char *text = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), key));
    return strdup(text ? text : "");
}

static int fill(cap_guest *guest, int directory_fd, yyjson_doc *doc, capsule_error **error) {
    guest->version = text_of(doc, "version");
    cap_autofree char *build = text_of(doc, "build"), *code = NULL;
    const char *image_hash = yyjson_get_str(yyjson_doc_ptr_get(doc, "/files/image/blake3"));
    if (!guest->version || asprintf(&guest->build, "%s-%.16s", build, image_hash ? image_hash : "") < 0 ||
        asprintf(&code, "%s/guest.so", guest->directory) < 0)
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    guest->image = (cap_image){
        .fd = openat(directory_fd, "image", O_RDONLY | O_CLOEXEC),
        .bytes = number_of(doc, "/image/bytes"),
        .pages = (uint32_t)number_of(doc, "/image/pages"),
        .stack_pointer = (uint32_t)number_of(doc, "/image/stack_pointer"),
        .monotonic_ns = number_of(doc, "/image/monotonic_ns"),
        .cpu_ns = number_of(doc, "/image/cpu_ns"),
    };
    struct stat info;
    if (guest->image.fd < 0 || fstat(guest->image.fd, &info) < 0 || (uint64_t)info.st_size != guest->image.bytes ||
        !guest->image.pages)
        return cap_error_set(error, CAPSULE_CORRUPT, "the language image in %s does not fit its description", guest->directory);
    guest->image.source = cap_image_source_create(&guest->image);
    guest->library_fd = openat(directory_fd, "lib", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* JavaScript has none */
    return cap_module_open(code, tables, &guest->module, error);
}

int cap_guest_load(const char *guests_dir, const char *language, cap_guest **ret_guest, capsule_error **error) {
    cap_guest *guest = calloc(1, sizeof *guest);
    if (!guest) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    guest->image.fd = guest->library_fd = -1;
    guest->language = strdup(language);
    guest->directory = newest(guests_dir, language);
    yyjson_doc *doc = NULL;
    cap_autoclose int directory_fd = -1;
    int status = -1;
    if (!guest->language)
        cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    else if (!guest->directory)
        cap_error_set(error, CAPSULE_UNSUPPORTED, "no %s guest is installed%s%s; run the set-up or point CAPSULE_GUESTS at it",
                      language, guests_dir ? " in " : "", guests_dir ? guests_dir : "");
    else if (cap_directory_open_safe(guest->directory, false, &directory_fd, error) == 0 &&
             read_description(directory_fd, guest->directory, &doc, error) == 0)
        status = fill(guest, directory_fd, doc, error);
    yyjson_doc_free(doc);
    if (status < 0) {
        cap_guest_free(guest);
        return -1;
    }
    *ret_guest = guest;
    return 0;
}

void cap_guest_free(cap_guest *guest) {
    if (!guest) return;
    cap_module_free(guest->module);
    cap_image_source_free(guest->image.source);
    if (guest->image.fd >= 0) close(guest->image.fd);
    if (guest->library_fd >= 0) close(guest->library_fd);
    free(guest->language);
    free(guest->version);
    free(guest->directory);
    free(guest->build);
    free(guest);
}
