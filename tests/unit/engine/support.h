/* What the engine's tests share: the test guest, loaded into slots, and jobs on guest threads. */
#ifndef TESTS_UNIT_ENGINE_SUPPORT_H
#define TESTS_UNIT_ENGINE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/engine.h"

#define NO_LIMITS ((cap_watch_limits){UINT64_MAX, UINT64_MAX, UINT64_MAX, 0})

extern cap_module *guest;       /* the test guest */
extern cap_image guest_image;   /* its memory at instantiation */
extern cap_threads *threads;
extern cap_watchdog *watchdog;

/* Group set-up and tear-down for cmocka. */
int engine_setup(void **state);
int engine_teardown(void **state);

/* A fresh slot of the test guest with 16 MiB. */
cap_slot *make_slot(void);
void reload(cap_slot *slot, uint64_t ram_limit);

/* Runs job(argument) on a guest thread and waits. */
void on_guest_thread(void (*job)(void *), void *argument);

/* Calls an export on a guest thread under limits; fails the test when the host fails. */
cap_outcome call(cap_slot *slot, const char *name, cap_watch_limits limits, unsigned count, ...);
/* Deadline `ms` from now. */
cap_watch_limits within_ms(uint64_t ms);

/* What the guest passed to note(), last and how often, of the slot's owner. */
typedef struct notes {
    int32_t last;
    uint64_t count;
} notes;

#endif
