#include "store/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

int cap_file_open(int dir, const char *name, bool follow, struct stat *ret_status) {
    /* O_NONBLOCK: opening a FIFO that nobody writes would hang. */
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
    cap_autoclose int fd = openat(dir, name, flags);
    if (fd < 0) return -1;
    struct stat status;
    if (fstat(fd, &status) < 0) return -1;
    if (!S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
        return -1;
    }
    if (ret_status) *ret_status = status;
    return cap_steal_fd(fd);
}

char *cap_file_read_fd(int fd, size_t maximum, size_t *ret_length) {
    struct stat status;
    if (fstat(fd, &status) < 0) return NULL;
    size_t capacity = status.st_size > 0 && (uint64_t)status.st_size < maximum ? (size_t)status.st_size : maximum;
    if (status.st_size <= 0 && capacity > 65536) capacity = 65536; /* /proc shows no sizes */
    cap_autofree char *data = malloc(capacity + 2);
    size_t length = 0;
    while (data) {
        /* One byte more than expected tells the end from a file that grew. */
        ssize_t got = pread(fd, data + length, capacity + 1 - length, (off_t)length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return NULL;
        if (got == 0) break;
        length += (size_t)got;
        if (length > maximum) {
            errno = EFBIG;
            return NULL;
        }
        if (length <= capacity) continue;
        capacity = capacity < maximum / 2 ? capacity * 2 + 1 : maximum;
        char *larger = realloc(data, capacity + 2);
        if (!larger) return NULL;
        data = larger;
    }
    if (!data) return NULL;
    data[length] = 0;
    if (ret_length) *ret_length = length;
    return cap_steal(data);
}

char *cap_file_read(int dir, const char *name, bool follow, size_t maximum, size_t *ret_length) {
    cap_autoclose int fd = cap_file_open(dir, name, follow, NULL);
    return fd < 0 ? NULL : cap_file_read_fd(fd, maximum, ret_length);
}

int cap_file_write(int fd, const void *bytes, size_t length) {
    const char *next = bytes;
    off_t offset = lseek(fd, 0, SEEK_CUR);
    if (cap_file_size_allowed((uint64_t)(offset > 0 ? offset : 0) + length) < 0) return -1;
    while (length > 0) {
        ssize_t put = write(fd, next, length);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return -1;
        next += put;
        length -= (size_t)put;
    }
    return 0;
}

int cap_file_size_allowed(uint64_t bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur) return 0;
    errno = EFBIG;
    return -1;
}

void cap_file_unique_name(const char *prefix, char *ret_name, size_t size) {
    uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) {
        struct timespec now; /* only uniqueness is asked for, and creation is exclusive */
        clock_gettime(CLOCK_MONOTONIC, &now);
        value = (uint64_t)getpid() << 40 ^ (uint64_t)now.tv_nsec << 10 ^ (uint64_t)now.tv_sec;
    }
    snprintf(ret_name, size, "%s%016llx", prefix, (unsigned long long)value);
}

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

int cap_directory_remove(int dir, const char *name) {
    cap_autoclose int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    __attribute__((cleanup(close_directory))) DIR *stream = fdopendir(fd);
    if (!stream) return -1;
    int inside = cap_steal_fd(fd);
    for (const struct dirent *entry; (entry = readdir(stream));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) unlinkat(inside, entry->d_name, 0);
    return unlinkat(dir, name, AT_REMOVEDIR);
}

char *cap_path_join(const char *a, const char *b) {
    size_t length = strlen(a);
    while (length > 1 && a[length - 1] == '/') length--;
    const char *slash = length > 0 && a[length - 1] == '/' ? "" : "/";
    char *path = NULL;
    if (asprintf(&path, "%.*s%s%s", (int)length, a, slash, b) < 0) return NULL;
    return path;
}

bool cap_path_inside(const char *path, const char *directory) {
    size_t length = strlen(directory);
    if (length == 1) return path[0] == '/';
    return strncmp(path, directory, length) == 0 && (path[length] == 0 || path[length] == '/');
}
