/* A runtime: guests, caches, threads, watchdog and run tokens, shared by every program and run. */
#ifndef CAP_TASK_RUNTIME_H
#define CAP_TASK_RUNTIME_H

#include <pthread.h>

#include "engine/engine.h"
#include "store/images.h"
#include "task/tokens.h"
#include "task/traces.h"

#define CAP_SLOTS_KEPT 64u /* free sandboxes a runtime keeps */

/* A guest as installed: code, language image, library. Loaded on first use, never unloaded before the runtime. */
typedef struct cap_guest {
    char *language;   /* "python" | "javascript" */
    char *version;    /* of the interpreter */
    char *directory;  /* host path */
    char *build;      /* identifies code and image, for cache keys */
    cap_module *module;
    cap_image image;  /* its fd is open */
    int library_fd;   /* Python: the standard library's directory; else -1 */
} cap_guest;

struct capsule_runtime {
    unsigned references; /* by __atomic operations */
    char *guests_dir;    /* NULL: none found */
    bool no_cache;
    cap_images *images;
    cap_threads *threads;
    cap_watchdog *watchdog;
    cap_tokens tokens;
    cap_traces traces;
    uint32_t jobs;       /* how many there are */
    pthread_mutex_t slots_lock;
    cap_slot *slots[CAP_SLOTS_KEPT]; /* free ones, kept for reuse */
    size_t slot_count;
    pthread_mutex_t guests_lock;
    cap_guest *python, *javascript; /* NULL until loaded */
    char *engine_path;   /* the second engine's library; NULL until somebody asked. Under guests_lock until then */
};

capsule_runtime *cap_runtime_reference(capsule_runtime *runtime);

/* The guest of a language, loaded when needed; owned by the runtime. */
int cap_runtime_guest(capsule_runtime *runtime, const char *language, cap_guest **ret_guest, capsule_error **error);

/* Makes sure that the library of the second engine is there and that only root and the user can change it: engine_path.
 * Loads nothing. */
int cap_runtime_engine(capsule_runtime *runtime, capsule_error **error);

/* A sandbox nobody uses, made when there is none. Given back when done (NULL is fine). */
int cap_runtime_take_slot(capsule_runtime *runtime, const cap_image_source *source, cap_slot **ret_slot, capsule_error **error);
void cap_runtime_give_slot(capsule_runtime *runtime, cap_slot *slot);

/* Loads the newest guest of a language below guests_dir. */
int cap_guest_load(const char *guests_dir, const char *language, cap_guest **ret_guest, capsule_error **error);
void cap_guest_free(cap_guest *guest);

#endif
