#include "task/origin.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "store/inputs.h"

#define NOTED_MAX 32u /* settings, an artifact, requirements files (CAP_PACKAGES_INCLUDES_MAX and pyproject.toml at most) */

/* Beside the program, of the project: whatever the policy reads. */
static const char *const settings[] = {"capsule.toml", "Capsule.toml",     ".env",
                                       ".env.local",   ".env.development", ".env.production"};

struct cap_origin {
    pthread_mutex_t lock;     /* confirming brings what is noted up to date */
    cap_images_entry *entry;
    cap_input noted[NOTED_MAX];
    size_t count;
    bool unknown;             /* something could not be noted: it changed just now */
};

/* What changed this very moment cannot be recorded, but its path is kept: a task must not change it either. */
static void note(cap_origin *origin, const char *path) {
    struct stat status;
    uint64_t budget = CAP_IMAGES_INPUT_BYTES_MAX;
    const cap_images_input input = {.host_path = path, .found = stat(path, &status) == 0};
    if (origin->count == NOTED_MAX) {
        origin->unknown = true;
        return;
    }
    cap_input *noted = &origin->noted[origin->count];
    if (cap_input_record(&input, cap_input_clock(), &budget, noted, NULL) < 0) {
        origin->unknown = true;
        *noted = (cap_input){.path = strdup(path)};
        if (!noted->path) return;
    }
    origin->count++;
}

cap_origin *cap_origin_create(const char *project_dir) {
    cap_origin *origin = calloc(1, sizeof *origin);
    if (!origin) return NULL;
    pthread_mutex_init(&origin->lock, NULL);
    for (size_t i = 0; i < CAP_COUNT(settings); i++) {
        cap_autofree char *path = cap_path_join(project_dir, settings[i]);
        if (path)
            note(origin, path);
        else
            origin->unknown = true;
    }
    return origin;
}

void cap_origin_free(cap_origin *origin) {
    if (!origin) return;
    for (size_t i = 0; i < origin->count; i++) cap_input_clear(&origin->noted[i]);
    cap_images_entry_free(origin->entry);
    pthread_mutex_destroy(&origin->lock);
    free(origin);
}

void cap_origin_add(cap_origin *origin, const char *path) { note(origin, path); }

const char *cap_origin_path(const cap_origin *origin, size_t index) {
    return origin && index < origin->count ? origin->noted[index].path : NULL;
}

void cap_origin_keep(cap_origin *origin, cap_images_entry *entry) {
    cap_images_entry_free(origin->entry);
    origin->entry = entry;
    if (entry) cap_images_entry_close(entry);
}

static bool all_noted_are_same(cap_origin *origin) {
    bool refreshed = false;
    int64_t now = cap_input_clock();
    for (size_t i = 0; i < origin->count; i++)
        if (!cap_input_confirm(&origin->noted[i], now, &refreshed)) return false;
    return true;
}

bool cap_origin_current(cap_origin *origin) {
    pthread_mutex_lock(&origin->lock);
    bool current = !origin->unknown && origin->entry && cap_images_entry_confirm(origin->entry) &&
                   all_noted_are_same(origin);
    pthread_mutex_unlock(&origin->lock);
    return current;
}
