/* Slots that are reset: whatever a run wrote and however it ended, the next one finds the image. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/slot.h"
#include "unit/engine/support.h"

#define RAM (UINT64_C(64) << 20)

/* An image with room: the test guest's, grown, so that more pages can be written than are copied back. */
static cap_image image;
static uint8_t *expected; /* its bytes */
static uint64_t image_bytes;

static void load(cap_slot *slot) {
    capsule_error *error = NULL;
    if (cap_slot_load(slot, guest, &image, RAM, &error) < 0) fail_msg("%s", capsule_error_message(error));
}

static int setup(void **state) {
    if (engine_setup(state) < 0) return -1;
    cap_slot *slot = make_slot();
    capsule_error *error = NULL;
    assert_int_equal(cap_slot_load(slot, guest, &guest_image, RAM, &error), 0);
    call(slot, "grow", NO_LIMITS, 1, 80);
    call(slot, "set_value", NO_LIMITS, 1, 7);
    call(slot, "poke", NO_LIMITS, 2, guest_image.pages * CAP_WASM_PAGE + 40 * CAP_WASM_PAGE, 1234); /* the file ends here */
    int fd = memfd_create("image", MFD_CLOEXEC);
    assert_int_equal(cap_slot_write_image(slot, fd, &image), 0);
    image.fd = fd;
    image.source = cap_image_source_create(&image);
    assert_non_null(image.source);
    image_bytes = (uint64_t)image.pages * CAP_WASM_PAGE;
    cap_slot_free(slot);
    slot = make_slot();
    load(slot);
    expected = malloc(image_bytes);
    memcpy(expected, cap_slot_host(slot)->memory->base, image_bytes);
    cap_slot_free(slot);
    return 0;
}

static int teardown(void **state) {
    cap_image_source_free(image.source);
    close(image.fd);
    free(expected);
    return engine_teardown(state);
}

/* A source of its own for a test that counts. */
static void renew_source(void) {
    cap_image_source_free(image.source);
    image.source = cap_image_source_create(&image);
    assert_non_null(image.source);
}

static void is_the_image(const cap_slot *slot) {
    assert_int_equal(cap_slot_memory_bytes(slot), image_bytes);
    assert_memory_equal(cap_slot_host((cap_slot *)slot)->memory->base, expected, image_bytes);
}

/* A slot whose loads are tracked from now on. */
static cap_slot *tracked_slot(void) {
    cap_slot *slot = make_slot();
    for (unsigned i = 0; i <= CAP_LOADS_UNTRACKED; i++) load(slot);
    assert_non_null(cap_slot_host(slot)->memory->open);
    return slot;
}

static void first_loads_are_mapped(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = make_slot();
    for (unsigned i = 0; i < CAP_LOADS_UNTRACKED; i++) {
        load(slot);
        assert_null(cap_slot_host(slot)->memory->open);
    }
    load(slot);
    assert_non_null(cap_slot_host(slot)->memory->open);
    is_the_image(slot);
    cap_slot_free(slot);
}

/* Writes at many places, the same and others, in every order; more and fewer than are copied back. */
static void everything_written_is_undone(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = tracked_slot();
    uint32_t pages = (uint32_t)(image_bytes / CAP_HOST_PAGE), seed = 1;
    for (int run = 0; run < 300; run++) {
        unsigned writes = run % 50 == 49 ? CAP_OPEN_PAGES_MAX + 100 : 1 + seed % 40;
        for (unsigned i = 0; i < writes; i++) {
            seed = seed * 1664525u + 1013904223u;
            uint32_t page = writes > CAP_OPEN_PAGES_MAX ? (uint32_t)(100 + i) : run % 3 ? (seed >> 8) % 64 : (seed >> 8) % pages;
            if (page < 2) continue; /* the guest's own stack */
            call(slot, "poke", NO_LIMITS, 2, page * CAP_HOST_PAGE + (seed & 0xffc), seed | 1);
        }
        if (run % 7 == 3) call(slot, "grow", NO_LIMITS, 1, 5);
        load(slot);
        is_the_image(slot);
        assert_int_equal(call(slot, "get_value", NO_LIMITS, 0).value, 7);
        load(slot);
    }
    cap_slot_free(slot);
}

/* One call that writes a long stretch: pages are opened several at a time. */
static void long_stretches_are_undone(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = tracked_slot();
    for (uint32_t length = 1; length < 40 * CAP_WASM_PAGE; length = length * 3 + 4093) {
        assert_int_equal(call(slot, "fill", NO_LIMITS, 2, (uint32_t)(image_bytes - length - 3), length).trap, CAP_TRAP_NONE);
        load(slot);
        is_the_image(slot);
    }
    cap_slot_free(slot);
}

static void every_end_is_undone(void **state) {
    (void)state;
    static const char *const ends[] = {"copy_forever", "spin", "note_forever", "grow_forever", "nap_forever", "unreachable"};
    renew_source();
    cap_slot *slot = tracked_slot();
    for (int run = 0; run < 120; run++) {
        const char *name = ends[run % 6];
        bool traps = run % 6 == 5;
        cap_outcome outcome = call(slot, name, traps ? NO_LIMITS : within_ms(1 + (uint64_t)run % 3), 0);
        assert_int_equal(outcome.trap, traps ? CAP_TRAP_UNREACHABLE : CAP_TRAP_STOPPED);
        load(slot);
        is_the_image(slot);
    }
    cap_slot_free(slot);
}

/* A run that wrote too much has the next ones mapped; then tracking is tried again. */
static void heavy_images_are_mapped(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = tracked_slot();
    uint32_t start = 100 * CAP_HOST_PAGE;
    call(slot, "fill", NO_LIMITS, 2, start, (CAP_OPEN_PAGES_MAX - 100) * CAP_HOST_PAGE);
    load(slot);
    assert_non_null(cap_slot_host(slot)->memory->open);
    call(slot, "fill", NO_LIMITS, 2, start, (CAP_OPEN_PAGES_MAX + 1) * CAP_HOST_PAGE);
    for (unsigned i = 0; i < CAP_LOADS_HEAVY; i++) {
        load(slot);
        assert_null(cap_slot_host(slot)->memory->open);
        is_the_image(slot);
    }
    load(slot);
    assert_non_null(cap_slot_host(slot)->memory->open);
    is_the_image(slot);
    cap_slot_free(slot);
}

static void the_host_writes_too(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = tracked_slot();
    cap_memory *memory = cap_slot_host(slot)->memory;
    uint32_t at = 33 * CAP_HOST_PAGE - 10, pipes[2];
    for (int run = 0; run < 3; run++) {
        memset(cap_memory_writable(memory, at, 20, 1), 0xaa, 20); /* over a border of pages */
        assert_int_equal(pipe((int *)pipes), 0);
        assert_int_equal(write((int)pipes[1], "from a system call", 18), 18);
        void *target = cap_memory_writable(memory, 50 * CAP_HOST_PAGE, 18, 1);
        assert_int_equal(read((int)pipes[0], target, 18), 18);
        close((int)pipes[0]);
        close((int)pipes[1]);
        assert_int_equal(call(slot, "peek", NO_LIMITS, 1, at).value, 0xaaaaaaaa);
        load(slot);
        is_the_image(slot);
    }
    assert_null(cap_memory_writable(memory, (uint32_t)image_bytes - 3, 4, 1));
    assert_non_null(cap_memory_writable(memory, (uint32_t)image_bytes, 0, 1));
    cap_slot_free(slot);
}

/* Another image in between, and an image without a source. */
static void images_take_turns(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = tracked_slot();
    for (int run = 0; run < 4; run++) {
        call(slot, "poke", NO_LIMITS, 2, 60 * CAP_HOST_PAGE, 5);
        reload(slot, RAM);
        assert_int_equal(cap_slot_memory_bytes(slot), (uint64_t)guest_image.pages * CAP_WASM_PAGE);
        assert_int_equal(call(slot, "get_value", NO_LIMITS, 0).value, 0);
        call(slot, "set_value", NO_LIMITS, 1, 3);
        load(slot);
        is_the_image(slot);
    }
    cap_slot_free(slot);
}

/* Stops that come while pages are being opened. */
typedef struct stopper {
    cap_slot *slot;
    unsigned wait_us;
} stopper;

static void *stop_soon(void *argument) {
    stopper *self = argument;
    usleep(self->wait_us);
    cap_slot_stop(self->slot, CAP_STOP_CANCELLED, 0);
    return NULL;
}

static void stops_and_faults_meet(void **state) {
    (void)state;
    for (int round = 0; round < 8; round++) {
        renew_source();
        cap_slot *slot = tracked_slot();
        for (unsigned run = 0; run < 25; run++) {
            pthread_t thread;
            stopper self = {slot, (run * 37) % 300};
            pthread_create(&thread, NULL, stop_soon, &self);
            cap_outcome outcome = call(slot, "copy_forever", NO_LIMITS, 0); /* its blocks are closed pages at first */
            pthread_join(thread, NULL);
            assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
            assert_int_equal(outcome.stop, CAP_STOP_CANCELLED);
            load(slot);
            is_the_image(slot);
        }
        cap_slot_free(slot);
    }
}

/* Slots of one source on two threads: each learns from the other, neither disturbs it. */
static void *run_many(void *argument) {
    cap_slot *slot = argument;
    for (uint32_t run = 0; run < 200; run++) {
        call(slot, "poke", NO_LIMITS, 2, (20 + run % 90) * CAP_HOST_PAGE, run | 1);
        load(slot);
        if (memcmp(cap_slot_host(slot)->memory->base, expected, image_bytes)) return slot;
    }
    return NULL;
}

static void slots_share_what_they_know(void **state) {
    (void)state;
    renew_source();
    cap_slot *slots[2] = {tracked_slot(), tracked_slot()};
    pthread_t threads_of[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads_of[i], NULL, run_many, slots[i]);
    for (int i = 0; i < 2; i++) {
        void *differs;
        pthread_join(threads_of[i], &differs);
        assert_null(differs);
        cap_slot_free(slots[i]);
    }
}

static uint32_t known_pages(void) {
    cap_page_set set;
    assert_int_equal(cap_page_set_init(&set, (uint32_t)(image_bytes / CAP_HOST_PAGE)), 0);
    cap_image_source_known(image.source, &set);
    uint32_t count = set.count;
    cap_page_set_clear(&set);
    return count;
}

/* A page that each run writes and leaves as it was is closed, comes back, and is not closed again: a fault costs more than
 * copying. One that a single run wrote stays closed. */
static void pages_that_come_back_stay_open(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = tracked_slot();
    uint32_t once = 70 * CAP_HOST_PAGE, always = 80 * CAP_HOST_PAGE;
    call(slot, "poke", NO_LIMITS, 2, once, 1);
    unsigned times_closed = 0;
    for (int run = 0; run < 600; run++) {
        call(slot, "poke", NO_LIMITS, 2, always, 1);
        call(slot, "poke", NO_LIMITS, 2, always, 0);
        uint32_t before = known_pages();
        load(slot);
        times_closed += known_pages() < before && run > 0;
        is_the_image(slot);
    }
    assert_in_range(times_closed, 1, 2);
    cap_slot_free(slot);
}

/* Now and then all are looked at, so that what no run writes any more is not copied for ever. */
static void what_nobody_writes_any_more_is_closed(void **state) {
    (void)state;
    renew_source();
    cap_slot *slot = tracked_slot();
    for (int run = 0; run < 3; run++) load(slot);
    uint32_t base = known_pages();
    for (int run = 0; run < 200; run++) {
        call(slot, "poke", NO_LIMITS, 2, 80 * CAP_HOST_PAGE, 1);
        call(slot, "poke", NO_LIMITS, 2, 80 * CAP_HOST_PAGE, 0);
        load(slot);
    }
    assert_true(known_pages() > base);
    for (int run = 0; run < 2200; run++) load(slot);
    assert_true(known_pages() <= base);
    cap_slot_free(slot);
}

static unsigned mappings_of_process(void) {
    unsigned count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    for (int c; (c = fgetc(maps)) != EOF;) count += c == '\n';
    fclose(maps);
    return count;
}

/* Writes to every other page: as many mappings as pages. */
static void scatter(cap_slot *slot, unsigned pages) {
    for (unsigned i = 0; i < pages; i++) call(slot, "poke", NO_LIMITS, 2, (100 + 2 * i) * CAP_HOST_PAGE, 1);
}

static void many_slots_leave_the_process_mappings(void **state) {
    (void)state;
    enum { SLOTS = 130, PAGES = 200 };
    static cap_slot *slots[SLOTS];
    unsigned before = mappings_of_process(), tracked = 0;
    renew_source();
    for (int i = 0; i < SLOTS; i++) {
        slots[i] = make_slot();
        for (unsigned j = 0; j <= CAP_LOADS_UNTRACKED && (i == 0 || j == 0); j++) load(slots[i]);
        scatter(slots[i], PAGES);
        tracked += slots[i]->tracked;
    }
    assert_in_range(tracked, CAP_TRACKED_MAPPINGS_MAX / (2 * PAGES + 2) - 5, SLOTS - 20);
    assert_in_range(mappings_of_process(), 20000, before + CAP_TRACKED_MAPPINGS_MAX + 20 * SLOTS);
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < SLOTS; i++) {
            load(slots[i]);
            is_the_image(slots[i]);
        }
        scatter(slots[SLOTS - 1], 3);
    }
    for (int i = 0; i < SLOTS; i++) cap_slot_free(slots[i]);
    cap_slot *slot = tracked_slot(); /* what the others took came back */
    scatter(slot, PAGES);
    assert_true(slot->tracked);
    cap_slot_free(slot);
}

static void sets_of_pages(void **state) {
    (void)state;
    cap_page_set set;
    assert_int_equal(cap_page_set_init(&set, 200), 0);
    static const uint32_t members[] = {0, 1, 62, 63, 64, 65, 127, 199};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) cap_page_set_add(&set, members[i]);
    cap_page_set_add(&set, 63);
    assert_int_equal(set.count, 8);
    static const uint32_t runs[][2] = {{0, 2}, {62, 4}, {127, 1}, {199, 1}};
    uint32_t page = 0, count;
    for (size_t i = 0; i < 4; i++) {
        count = cap_page_set_run(&set, &page);
        assert_int_equal(page, runs[i][0]);
        assert_int_equal(count, runs[i][1]);
        page += count;
    }
    assert_int_equal(cap_page_set_run(&set, &page), 0);
    cap_page_set_remove(&set, 64);
    cap_page_set_remove(&set, 64);
    assert_int_equal(set.count, 7);
    assert_false(cap_page_set_has(&set, 64));
    cap_page_set_empty(&set);
    page = 0;
    assert_int_equal(cap_page_set_run(&set, &page), 0);
    cap_page_set_clear(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_of_pages),           cmocka_unit_test(first_loads_are_mapped),
        cmocka_unit_test(everything_written_is_undone), cmocka_unit_test(long_stretches_are_undone),
        cmocka_unit_test(every_end_is_undone),     cmocka_unit_test(heavy_images_are_mapped),
        cmocka_unit_test(the_host_writes_too),     cmocka_unit_test(images_take_turns),
        cmocka_unit_test(stops_and_faults_meet),   cmocka_unit_test(slots_share_what_they_know),
        cmocka_unit_test(pages_that_come_back_stay_open),
        cmocka_unit_test(what_nobody_writes_any_more_is_closed),
        cmocka_unit_test(many_slots_leave_the_process_mappings),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
