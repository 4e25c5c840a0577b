#include "store/distributions.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"

#define ENDING ".dist-info"

void cap_distributions_clear(cap_distributions *all) {
    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].directory);
        free(all->items[i].name);
        free(all->items[i].version);
    }
    free(all->items);
    *all = (cap_distributions){0};
}

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

static int compare(const void *a, const void *b) {
    return strcmp(((const cap_distribution *)a)->directory, ((const cap_distribution *)b)->directory);
}

/* Length of NAME and VERSION together; 0: something else. */
static size_t described(const char *directory) {
    size_t length = strlen(directory), ending = sizeof ENDING - 1;
    if (length <= ending || strcmp(directory + length - ending, ENDING) != 0 || !cap_utf8_valid(directory, length)) return 0;
    const char *hyphen = memrchr(directory, '-', length - ending);
    return hyphen && hyphen > directory ? length - ending : 0;
}

static int add(cap_distributions *all, const char *directory, size_t length) {
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? all->capacity * 2 : 16;
        cap_distribution *items = realloc(all->items, capacity * sizeof *items);
        if (!items) return -1;
        all->items = items;
        all->capacity = capacity;
    }
    size_t name = (size_t)((const char *)memrchr(directory, '-', length) - directory);
    cap_distribution *item = &all->items[all->count++];
    *item = (cap_distribution){strdup(directory), strndup(directory, name), strndup(directory + name + 1, length - name - 1)};
    return item->directory && item->name && item->version ? 0 : -1;
}

int cap_distributions_list(int directory, size_t maximum, cap_distributions *ret_distributions) {
    cap_cleanup(cap_distributions_clear) cap_distributions all = {0};
    cap_autoclose int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cap_cleanup(close_directory) DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (stream) own = -1;
    for (const struct dirent *entry; stream && all.count < maximum && (entry = readdir(stream));) {
        size_t length = described(entry->d_name);
        if (length && add(&all, entry->d_name, length) < 0) return -1;
    }
    if (all.count) qsort(all.items, all.count, sizeof *all.items, compare);
    *ret_distributions = all;
    all = (cap_distributions){0};
    return 0;
}
