/* capsule_runtime: where guests and caches are found, and the machinery all runs share. */
#include "task/runtime.h"

#include <dlfcn.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/doctor.h"
#include "store/engine.h"

#define JOBS_MAX 1024u
#define LONG_RUN_NS UINT64_C(50000000) /* CPU time after which a run lets shorter ones go first, with share_cores */

const char *capsule_version(void) { return CAPSULE_VERSION; }
void capsule_text_free(char *text) { free(text); }
bool capsule_thread_lowered(void) { return cap_thread_lowered(); }

static uint32_t usable_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (uint32_t)CPU_COUNT(&set);
    return 1;
}

static bool is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* base/suffix, resolved, when it is a directory, else NULL. Caller frees. */
static char *directory_at(const char *base, const char *suffix) {
    cap_autofree char *path = NULL;
    if (asprintf(&path, "%s/%s", base, suffix) < 0) {
        path = NULL;
        return NULL;
    }
    return is_directory(path) ? realpath(path, NULL) : NULL;
}

/* Looks beside a binary at `file` (the executable or the library): the build tree and an installation's layout. */
static char *beside(const char *file) {
    cap_autofree char *resolved = realpath(file, NULL);
    char *slash = resolved ? strrchr(resolved, '/') : NULL;
    if (!slash) return NULL;
    *slash = 0;
    static const char *const places[] = {"guests", "../guests", "../lib/capsule/guests", "capsule/guests"};
    for (size_t i = 0; i < CAP_COUNT(places); i++) {
        char *found = directory_at(resolved, places[i]);
        if (found) return found;
    }
    return NULL;
}

static char *find_guests(const char *given) {
    if (given) return strdup(given);
    const char *variable = getenv("CAPSULE_GUESTS");
    if (variable && *variable) return strdup(variable);
    Dl_info self;
    if (dladdr((void *)(uintptr_t)capsule_version, &self) && self.dli_fname) {
        char *found = beside(self.dli_fname);
        if (found) return found;
    }
    return beside("/proc/self/exe");
}

static void destroy(capsule_runtime *runtime) {
    cap_watchdog_free(runtime->watchdog);
    cap_threads_free(runtime->threads);
    for (size_t i = 0; i < runtime->slot_count; i++) cap_slot_free(runtime->slots[i]);
    pthread_mutex_destroy(&runtime->slots_lock);
    cap_guest_free(runtime->python);
    cap_guest_free(runtime->javascript);
    cap_images_free(runtime->images);
    cap_tokens_destroy(&runtime->tokens);
    cap_traces_destroy(&runtime->traces);
    pthread_mutex_destroy(&runtime->guests_lock);
    free(runtime->guests_dir);
    free(runtime->engine_path);
    free(runtime);
}

int capsule_runtime_create(const capsule_runtime_options *options, capsule_runtime **ret_runtime, capsule_error **error) {
    capsule_runtime_options given = CAPSULE_RUNTIME_OPTIONS_INIT;
    if (options) memcpy(&given, options, options->size < sizeof given ? options->size : sizeof given);
    if (given.jobs > JOBS_MAX)
        return cap_error_set(error, CAPSULE_USAGE, "jobs: %u is too many, at most %u", given.jobs, JOBS_MAX);
    capsule_runtime *runtime = calloc(1, sizeof *runtime);
    if (!runtime) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a runtime");
    runtime->references = 1;
    runtime->no_cache = given.no_cache;
    runtime->guests_dir = find_guests(given.guests_dir);
    runtime->jobs = given.jobs ? given.jobs : usable_cores();
    cap_tokens_init(&runtime->tokens, runtime->jobs);
    cap_traces_init(&runtime->traces);
    pthread_mutex_init(&runtime->guests_lock, NULL);
    pthread_mutex_init(&runtime->slots_lock, NULL);
    runtime->images = cap_images_create(given.cache_dir, given.cache_limit);
    runtime->threads = cap_threads_create();
    if (!runtime->images || !runtime->threads) {
        cap_error_set(error, CAPSULE_MEMORY, "out of memory for a runtime");
        destroy(runtime);
        return -1;
    }
    if (cap_watchdog_create(&runtime->watchdog, error) < 0) {
        destroy(runtime);
        return -1;
    }
    if (given.share_cores) cap_watchdog_lower_after(runtime->watchdog, LONG_RUN_NS);
    *ret_runtime = runtime;
    return 0;
}

capsule_runtime *cap_runtime_reference(capsule_runtime *runtime) {
    __atomic_add_fetch(&runtime->references, 1, __ATOMIC_RELAXED);
    return runtime;
}

void capsule_runtime_free(capsule_runtime *runtime) {
    if (runtime && __atomic_sub_fetch(&runtime->references, 1, __ATOMIC_ACQ_REL) == 0) destroy(runtime);
}

int cap_runtime_guest(capsule_runtime *runtime, const char *language, cap_guest **ret_guest, capsule_error **error) {
    cap_guest **place = strcmp(language, "python") == 0 ? &runtime->python : &runtime->javascript;
    pthread_mutex_lock(&runtime->guests_lock);
    int status = *place ? 0 : cap_guest_load(runtime->guests_dir, language, place, error);
    *ret_guest = *place;
    pthread_mutex_unlock(&runtime->guests_lock);
    return status;
}

int cap_runtime_engine(capsule_runtime *runtime, capsule_error **error) {
    pthread_mutex_lock(&runtime->guests_lock);
    int status = runtime->engine_path ? 0 : cap_engine_find(runtime->guests_dir, &runtime->engine_path, error);
    pthread_mutex_unlock(&runtime->guests_lock);
    return status;
}

/* The place of the free slot that is loaded from `source` soonest: of those that were last loaded from it one that is near
 * this thread, else the last that came; else the one that has been free longest, of any source. */
static size_t find_free(const capsule_runtime *runtime, const cap_image_source *source) {
    size_t found = runtime->slot_count;
    for (size_t at = runtime->slot_count; at-- > 0;) {
        if (cap_slot_source(runtime->slots[at]) != source) continue;
        if (cap_slot_is_near(runtime->slots[at])) return at;
        if (found == runtime->slot_count) found = at;
    }
    return found < runtime->slot_count ? found : 0;
}

/* NULL: none is free. */
static cap_slot *take_free(capsule_runtime *runtime, const cap_image_source *source) {
    size_t count = runtime->slot_count, chosen = find_free(runtime, source);
    if (count == 0) return NULL;
    cap_slot *slot = runtime->slots[chosen];
    memmove(&runtime->slots[chosen], &runtime->slots[chosen + 1], (count - chosen - 1) * sizeof(cap_slot *));
    runtime->slot_count--;
    return slot;
}

int cap_runtime_take_slot(capsule_runtime *runtime, const cap_image_source *source, cap_slot **ret_slot, capsule_error **error) {
    pthread_mutex_lock(&runtime->slots_lock);
    cap_slot *slot = take_free(runtime, source);
    pthread_mutex_unlock(&runtime->slots_lock);
    if (!slot) return cap_slot_create(ret_slot, error);
    *ret_slot = slot;
    return 0;
}

void cap_runtime_give_slot(capsule_runtime *runtime, cap_slot *slot) {
    if (!slot) return;
    pthread_mutex_lock(&runtime->slots_lock);
    if (runtime->slot_count < CAP_SLOTS_KEPT) {
        runtime->slots[runtime->slot_count++] = slot;
        slot = NULL;
    }
    pthread_mutex_unlock(&runtime->slots_lock);
    cap_slot_free(slot);
}

/* ---- What the public interface passes on to the cache and the doctor ---- */

int capsule_cache_list(capsule_runtime *runtime, char **ret_json, capsule_error **error) {
    return cap_images_list(runtime->images, ret_json, error);
}

int capsule_cache_prune(capsule_runtime *runtime, uint64_t keep_bytes, uint64_t *ret_removed_bytes, capsule_error **error) {
    return cap_images_prune(runtime->images, keep_bytes, ret_removed_bytes, error);
}

int capsule_doctor(capsule_runtime *runtime, char **ret_json, bool *ret_healthy, capsule_error **error) {
    return cap_doctor_report(runtime->guests_dir, runtime->images, ret_json, ret_healthy, error);
}
