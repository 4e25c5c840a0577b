/* A directory of its own for a fuzz target that reads files, in memory where there is such a place, removed at the end. */
#ifndef CAP_FUZZ_SCRATCH_DIRECTORY_H
#define CAP_FUZZ_SCRATCH_DIRECTORY_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "must.h"

static char scratch_directory[128];

static void scratch_remove(void) {
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch_directory);
    if (system(command)) perror(scratch_directory);
}

/* Its path; made at the first call. */
static inline const char *scratch_path(void) {
    if (scratch_directory[0]) return scratch_directory;
    const char *temporary = getenv("TMPDIR");
    if (!temporary) temporary = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scratch_directory, sizeof scratch_directory, "%s/fuzz-XXXXXX", temporary);
    MUST(mkdtemp(scratch_directory));
    atexit(scratch_remove);
    return scratch_directory;
}

static inline void scratch_name(const char *name, char path[512]) {
    MUST(snprintf(path, 512, "%s/%s", scratch_path(), name) < 512);
}

static inline void scratch_mkdir(const char *name) {
    char path[512];
    scratch_name(name, path);
    MUST(mkdir(path, 0700) == 0);
}

/* The file `name` with this content, whatever was there. */
static inline void scratch_put(const char *name, const void *bytes, size_t length) {
    char path[512];
    scratch_name(name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    close(fd);
}

#endif
