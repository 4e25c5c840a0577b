/* Runs a fuzz target once over each file or directory of files given, so that a corpus is also an ordinary test and a
 * finding can be repeated without libFuzzer: cc driver.c fuzz_NAME.c ... && ./a.out corpus/NAME */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int run_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return perror(path), 1;
    uint8_t *bytes = NULL;
    size_t length = 0, got;
    do {
        uint8_t *larger = realloc(bytes, length + 65536);
        if (!larger) abort();
        bytes = larger;
        got = fread(bytes + length, 1, 65536, file);
        length += got;
    } while (got > 0);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, length);
    free(bytes);
    return 0;
}

static int run_path(const char *path) {
    DIR *directory = opendir(path);
    int failures = 0;
    if (!directory) return run_file(path);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char *child = NULL;
        if (entry->d_name[0] == '.') continue;
        if (asprintf(&child, "%s/%s", path, entry->d_name) < 0) abort();
        failures += run_path(child);
        free(child);
    }
    closedir(directory);
    return failures;
}

int main(int count, char **arguments) {
    int failures = 0;
    for (int i = 1; i < count; i++) failures += run_path(arguments[i]);
    return failures ? 1 : 0;
}
