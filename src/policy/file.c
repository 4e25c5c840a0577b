#include "policy/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/utf8.h"

int cap_project_open(const char *project_dir, capsule_error **error) {
    int fd = open(project_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) cap_error_errno(error, CAPSULE_CONFIG, errno, "Cannot open project directory %s", project_dir);
    return fd;
}

/* Reads until the end or one byte past max_bytes; the length, or -1 with errno. */
static ssize_t read_all(int fd, char *text, size_t max_bytes) {
    size_t length = 0;
    while (length <= max_bytes) {
        ssize_t got = read(fd, text + length, max_bytes + 1 - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

int cap_project_file_read(int project_fd, const char *name, size_t max_bytes, char **ret_text, size_t *ret_length,
                          capsule_error **error) {
    struct stat status;
    cap_autoclose int fd = openat(project_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno == ENOENT ? 0 : cap_error_errno(error, CAPSULE_CONFIG, errno, "cannot be opened");
    if (fstat(fd, &status) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot be read");
    if (!S_ISREG(status.st_mode)) return cap_error_set(error, CAPSULE_CONFIG, "not a regular file");

    cap_autofree char *text = malloc(max_bytes + 2);
    if (!text) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    ssize_t length = read_all(fd, text, max_bytes);
    if (length < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot be read");
    if ((size_t)length > max_bytes)
        return cap_error_set(error, CAPSULE_CONFIG, "larger than %zu KB", max_bytes >> 10);
    if (!cap_utf8_valid(text, (size_t)length)) return cap_error_set(error, CAPSULE_CONFIG, "not valid UTF-8");
    text[length] = 0;
    *ret_text = cap_steal(text);
    *ret_length = (size_t)length;
    return 1;
}
