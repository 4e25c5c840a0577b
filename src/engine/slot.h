/* The inside of a slot, for src/engine alone.
 *
 *   base                                  base + pages*64K                                  base + 8 GiB
 *   | image (copy-on-write) | grown memory | inaccessible ....................................... |
 *
 * Who may stop a guest, and how the races end (mode is instance.mode, stopping is instance.stopping):
 *
 *   guest thread                               stopper (watchdog, cancel), holding `lock`
 *   ------------                               ------------------------------------------
 *   host call: mode = HOST (exchange)          stop = reason (first wins); stopping = 1
 *     was REVOKED -> trap                      mode GUEST -> REVOKED (compare and exchange):
 *   host function runs, sees stop_fd             won: mprotect(PROT_NONE); the guest faults
 *   return: mode = GUEST; stopping -> trap       lost: the guest is in the host and will see `stopping`
 *
 * The memory is made accessible again only by cap_slot_load, after cap_watch_end has taken `lock` once.
 */
#ifndef CAP_ENGINE_SLOT_H
#define CAP_ENGINE_SLOT_H

#include <pthread.h>
#include <setjmp.h>
#include <time.h>

#include "engine/aot/module_abi.h"
#include "engine/engine.h"
#include "engine/source.h"
#include "engine/stack.h"

struct cap_module {
    void *library;
    const cap_aot_module *code;
    void (**imports)(void); /* bound host functions, in the order of the module's imports */
};

struct cap_slot {
    cap_aot_instance instance;
    cap_memory memory;
    cap_host host;
    const cap_module *module;
    const void *user;     /* the thread that loaded it last */
    uint64_t ram_limit;
    /* Write tracking (source.h): the image's pages are read-only but for the open ones. */
    cap_image_source *source;   /* of the image that is mapped, referenced; NULL: unknown */
    cap_page_set open;    /* pages of the image; kept as long as `source` */
    bool tracked;
    uint32_t mappings;    /* that tracking costs the process, about */
    bool opened;          /* a page was, since the last load */
    uint32_t streak_end, streak; /* where the last fault's pages ended, and how many it opened */
    uint32_t resets;
    bool faults_ready;    /* since the last load somebody looked that faults come to us */
    bool growth_refused;
    sigjmp_buf jump;      /* where a trap of the current call lands */
    uint32_t trap;        /* enum cap_aot_trap of that landing */
    pthread_mutex_t lock; /* serialises stoppers */
    uint32_t stop;        /* enum cap_stop; only by __atomic operations */
    int32_t stop_value;
    /* Watchdog's, under its lock. */
    struct cap_slot *watch_next;
    cap_watch_limits limits;
    clockid_t cpu_clock;
    int tid;              /* of the watched thread */
    bool lowered;         /* its priority was */
    uint64_t cpu_start_ns;
    uint64_t next_check_ns;
    bool watched;
};

/* The slot whose guest runs on this thread, NULL in between; read by the fault handler. */
extern __thread cap_slot *cap_slot_current __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Set on a guest thread whose priority was lowered and cannot be raised again: its pool lets it go after the job. */
extern __thread bool cap_thread_spent __attribute__((visibility("hidden")));

/* Installs the SIGSEGV and SIGBUS handlers once per process. */
void cap_faults_install(void);
/* Makes the memory the image's: by copying back what may have been written, or by mapping it. */
int cap_slot_renew(cap_slot *slot, const cap_image *image, capsule_error **error);
/* The memory was made writable by other means: the next load maps it. */
void cap_slot_untrack(cap_slot *slot);
/* What was mapped is gone, and with it the mappings that tracking took. */
void cap_slot_unmapped(cap_slot *slot);
/* For the fault handler: opens the page at `address` when the guest only met a page that is not open yet. Ends the call
 * with a trap when a stop came meanwhile. */
bool cap_slot_open_fault(cap_slot *slot, const char *address);
/* Services for generated code. */
extern const cap_aot_services cap_slot_services;
/* Ends the current call of the slot with a trap; on the guest's thread only. */
void cap_slot_trap(cap_slot *slot, enum cap_aot_trap trap) __attribute__((noreturn));

#endif
