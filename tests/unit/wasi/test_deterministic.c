/* Virtual time, seeded randomness, and files that show nothing of the host's file system. */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wasi/clock.h"
#include "wasi/state.h"
#include "wasi/wire.h"

#define SECOND UINT64_C(1000000000)
#define STEP CAP_WASI_CLOCK_STEP_NS
#define ORIGIN CAP_WASI_CLOCK_ORIGIN_NS

static const cap_wasi_config stepping = {
    .clock_mode = CAP_WASI_CLOCK_STEPPING, .realtime_start_ns = ORIGIN, .monotonic_start_ns = 5 * SECOND, .cpu_start_ns = SECOND};

/* ---- Clocks ---- */

static uint64_t clock_of(fixture *f, uint32_t clock) {
    uint32_t ret = guest_room(f, 8);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, clock, 0, ret), WASI_OK);
    return cap_wire_get64(at(f, ret));
}

static void every_reading_is_a_step_of_all_clocks(void **state) {
    fixture *f = *state;
    start(f, &stepping);
    assert_int_equal(clock_of(f, WASI_CLOCK_REALTIME), ORIGIN);
    assert_int_equal(clock_of(f, WASI_CLOCK_MONOTONIC), 5 * SECOND + STEP);
    assert_int_equal(clock_of(f, WASI_CLOCK_PROCESS_CPUTIME), SECOND + 2 * STEP);
    assert_int_equal(clock_of(f, WASI_CLOCK_THREAD_CPUTIME), SECOND + 3 * STEP);
    assert_int_equal(clock_of(f, WASI_CLOCK_REALTIME), ORIGIN + 4 * STEP);
    assert_int_equal(cap_wasi_elapsed(f->wasi), 5 * STEP);
}

static void looking_from_the_host_is_no_step(void **state) {
    fixture *f = *state;
    uint64_t ns;
    start(f, &stepping);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cap_clock_guest(f->wasi, WASI_CLOCK_REALTIME, &ns), WASI_OK);
        assert_int_equal(ns, ORIGIN);
        assert_int_equal(cap_wasi_monotonic_now(f->wasi), 5 * SECOND);
        assert_int_equal(cap_wasi_cpu_now(f->wasi), SECOND);
    }
}

static void resolution_is_the_step(void **state) {
    fixture *f = *state;
    start(f, &stepping);
    uint32_t ret = guest_room(f, 8);
    for (uint32_t clock = 0; clock < 4; clock++) {
        assert_int_equal(cap_wasi_clock_res_get(&f->host, clock, ret), WASI_OK);
        assert_int_equal(cap_wire_get64(at(f, ret)), STEP);
    }
    assert_int_equal(cap_wasi_elapsed(f->wasi), 0);
}

/* ---- Waiting ---- */

typedef struct subscription {
    uint8_t type;
    uint32_t id;
    uint64_t timeout;
    uint16_t flags;
} subscription;

/* Polls; answers the number of events or -errno, and the subscription each belongs to. */
static int poll_for(fixture *f, const subscription *list_of, uint32_t count, uint64_t ret_which[]) {
    uint32_t in = guest_room(f, count * WASI_SIZE_SUBSCRIPTION), out = guest_room(f, count * WASI_SIZE_EVENT);
    uint32_t ret = guest_room(f, 4);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *bytes = at(f, in + i * WASI_SIZE_SUBSCRIPTION);
        cap_wire_put64(bytes, i);
        bytes[8] = list_of[i].type;
        cap_wire_put32(bytes + 16, list_of[i].id);
        cap_wire_put64(bytes + 24, list_of[i].timeout);
        cap_wire_put16(bytes + 40, list_of[i].flags);
    }
    uint32_t error = cap_wasi_poll_oneoff(&f->host, in, out, count, ret);
    if (error) return -(int)error;
    uint32_t found = cap_wire_get32(at(f, ret));
    for (uint32_t i = 0; i < found; i++) ret_which[i] = cap_wire_get64(at(f, out + i * WASI_SIZE_EVENT));
    return (int)found;
}

static void sleeping_takes_virtual_time_alone(void **state) {
    fixture *f = *state;
    uint64_t which[3];
    start(f, &stepping);
    const subscription year = {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = UINT64_C(31536000) * SECOND};
    assert_int_equal(poll_for(f, &year, 1, which), 1); /* the test's own time limit is the assertion */
    uint64_t elapsed = year.timeout + STEP;
    assert_int_equal(cap_wasi_elapsed(f->wasi), elapsed);
    assert_int_equal(clock_of(f, WASI_CLOCK_REALTIME), ORIGIN + elapsed);
    assert_int_equal(clock_of(f, WASI_CLOCK_MONOTONIC), 5 * SECOND + elapsed + STEP);
    assert_int_equal(clock_of(f, WASI_CLOCK_PROCESS_CPUTIME), SECOND + 3 * STEP); /* waiting is no work */
}

static void the_earliest_timers_are_due_together(void **state) {
    fixture *f = *state;
    uint64_t which[4];
    start(f, &stepping);
    const subscription list_of[] = {
        {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = 9 * SECOND},
        {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = 7 * SECOND, .flags = WASI_SUBCLOCK_ABSTIME}, /* in two seconds */
        {.type = WASI_EVENT_CLOCK, .id = 0, .timeout = ORIGIN + 2 * SECOND, .flags = WASI_SUBCLOCK_ABSTIME},
        {.type = WASI_EVENT_CLOCK, .id = 0, .timeout = UINT64_MAX}};
    assert_int_equal(poll_for(f, list_of, 4, which), 2);
    assert_int_equal(which[0], 1);
    assert_int_equal(which[1], 2);
    assert_int_equal(cap_wasi_elapsed(f->wasi), 2 * SECOND + STEP);
    assert_int_equal(poll_for(f, &list_of[1], 2, which), 2); /* past: due at once, and a step all the same */
    assert_int_equal(cap_wasi_elapsed(f->wasi), 2 * SECOND + 2 * STEP);
}

static void what_is_ready_stops_the_clock(void **state) {
    fixture *f = *state;
    uint64_t which[2];
    start(f, &stepping);
    const subscription list_of[] = {{.type = WASI_EVENT_CLOCK, .id = 1, .timeout = SECOND}, {.type = WASI_EVENT_FD_WRITE, .id = 1}};
    assert_int_equal(poll_for(f, list_of, 2, which), 1);
    assert_int_equal(which[0], 1);
    assert_int_equal(cap_wasi_elapsed(f->wasi), STEP);
}

static void *stop_soon(void *context) {
    fixture *f = context;
    nanosleep(&(struct timespec){.tv_nsec = 30 * 1000000}, NULL);
    cap_host_stop(&f->host, CAP_STOP_TIMEOUT, 0);
    return NULL;
}

/* The last wait there is, and one nanosecond more: that one never ends by itself. */
static void a_wait_beyond_the_end_of_time_ends_with_the_run(void **state) {
    fixture *f = *state;
    uint64_t which[1];
    pthread_t thread;
    subscription wait = {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = CAP_WASI_CLOCK_END_NS};
    start(f, &stepping);
    assert_int_equal(poll_for(f, &wait, 1, which), 1);
    assert_int_equal(cap_wasi_elapsed(f->wasi), CAP_WASI_CLOCK_END_NS);
    clock_of(f, 0);
    assert_int_equal(cap_wasi_elapsed(f->wasi), CAP_WASI_CLOCK_END_NS); /* and there it stays */
    start(f, &stepping);
    wait.timeout++;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, f), 0);
    assert_int_equal(poll_for(f, &wait, 1, which), -WASI_EINTR);
    pthread_join(thread, NULL);
}

/* ---- Standard input ---- */

static void *write_slowly(void *context) {
    int fd = *(int *)context;
    for (int i = 0; i < 3; i++) {
        if (write(fd, "abcd", 4) != 4) break;
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    }
    close(fd);
    return NULL;
}

static void stdin_is_read_until_the_buffer_is_full(void **state) {
    fixture *f = *state;
    int ends[2];
    uint64_t which[2];
    char text[16];
    uint32_t size;
    pthread_t thread;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    start(f, &(cap_wasi_config){.clock_mode = CAP_WASI_CLOCK_STEPPING, .steady_files = true, .stdin_fd = ends[0]});
    assert_int_equal(pthread_create(&thread, NULL, write_slowly, &ends[1]), 0);
    const subscription list_of[] = {{.type = WASI_EVENT_FD_READ, .id = 0}, {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = SECOND}};
    assert_int_equal(poll_for(f, list_of, 2, which), 1); /* ready, whether the writer came already or not */
    assert_int_equal(which[0], 0);
    assert_int_equal(read_fd(f, 0, text, 10, &size), WASI_OK);
    assert_int_equal(size, 10);
    assert_memory_equal(text, "abcdabcdab", 10);
    assert_int_equal(read_fd(f, 0, text, 10, &size), WASI_OK);
    assert_int_equal(size, 2);
    assert_int_equal(read_fd(f, 0, text, 10, &size), WASI_OK);
    assert_int_equal(size, 0);
    pthread_join(thread, NULL);
    close(ends[0]);
}

/* ---- Randomness ---- */

static void draw(fixture *f, uint64_t seed, uint32_t count, uint8_t *ret_bytes) {
    start(f, &(cap_wasi_config){.random_seeded = true, .random_seed = seed});
    uint32_t buffer = guest_room(f, count);
    assert_int_equal(cap_wasi_random_get(&f->host, buffer, count), WASI_OK);
    memcpy(ret_bytes, at(f, buffer), count);
    forget(f);
}

static void a_seed_decides_all_bytes(void **state) {
    fixture *f = *state;
    static uint8_t first[MEMORY_SIZE / 2], second[MEMORY_SIZE / 2];
    draw(f, 7, sizeof first, first); /* several steps */
    draw(f, 7, sizeof second, second);
    assert_memory_equal(first, second, sizeof first);
    draw(f, 8, sizeof second, second);
    assert_memory_not_equal(first, second, 8);
    assert_memory_not_equal(first, first + 65536, 64); /* the steps go on */
}

/* Pinned: a change of the generator changes every deterministic run there ever was. */
static void the_sequence_of_the_default_seed(void **state) {
    fixture *f = *state;
    static const uint8_t expected[12] = {0xb4, 0xf2, 0x75, 0xcb, 0x36, 0x5f, 0xec, 0x99, 0x2a, 0x45, 0x56, 0x49};
    uint8_t bytes[12];
    draw(f, CAP_WASI_SEED_DEFAULT, sizeof bytes, bytes);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void relatives_have_seeds_of_their_own(void **state) {
    (void)state;
    uint64_t seeds[3 * 64];
    size_t count = 0;
    for (uint64_t parent = 0; parent < 3; parent++)
        for (uint64_t index = 0; index < 64; index++) seeds[count++] = cap_wasi_seed_derive(parent, index);
    for (size_t i = 0; i < count; i++) {
        assert_true(seeds[i] > 3);
        for (size_t j = 0; j < i; j++) assert_int_not_equal(seeds[i], seeds[j]);
    }
    assert_int_equal(cap_wasi_seed_derive(1, 1), seeds[64 + 1]);
}

/* ---- Files ---- */

static void start_steady(fixture *f) {
    static cap_wasi_mount mount; /* outlives the state that borrows it */
    mount = (cap_wasi_mount){.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    cap_wasi_config config = stepping;
    config.steady_files = true;
    config.mounts = &mount;
    config.mount_count = 1;
    start(f, &config);
}

static stat_result look(fixture *f, const char *path) {
    stat_result status = {0};
    assert_int_equal(stat_path(f, ROOT, path, 0, &status), WASI_OK);
    return status;
}

static void files_are_numbered_as_they_are_met(void **state) {
    fixture *f = *state;
    host_file(f, "mount/a", "1");
    host_file(f, "mount/b", "22");
    assert_int_equal(linkat(f->mount_fd, "b", f->mount_fd, "c", 0), 0);
    start_steady(f);
    assert_int_equal(look(f, "data/b").inode, 1);
    assert_int_equal(look(f, "data/a").inode, 2);
    assert_int_equal(look(f, "data/c").inode, 1); /* the same file */
    assert_int_equal(look(f, "data/c").links, 2);
    assert_int_equal(look(f, "data/c").size, 2);
}

static uint64_t listed_inode(fixture *f, uint32_t directory, const char *name) {
    uint32_t buffer = guest_room(f, 1024), ret = guest_room(f, 4);
    assert_int_equal(cap_wasi_fd_readdir(&f->host, directory, buffer, 1024, 0, ret), WASI_OK);
    uint32_t used = cap_wire_get32(at(f, ret));
    for (uint32_t i = 0; i < used;) {
        const uint8_t *entry = at(f, buffer + i);
        uint32_t length = cap_wire_get32(entry + 16);
        if (length == strlen(name) && memcmp(entry + WASI_SIZE_DIRENT, name, length) == 0) return cap_wire_get64(entry + 8);
        i += WASI_SIZE_DIRENT + length;
    }
    return 0;
}

static void listings_number_in_the_order_of_names(void **state) {
    fixture *f = *state;
    host_file(f, "mount/z", "");
    host_file(f, "mount/m", "");
    host_file(f, "mount/a", "");
    start_steady(f);
    uint32_t directory = (uint32_t)open_read(f, "data");
    uint64_t own = listed_inode(f, directory, ".");
    assert_int_equal(listed_inode(f, directory, ".."), own);
    assert_int_equal(listed_inode(f, directory, "a"), own + 1);
    assert_int_equal(listed_inode(f, directory, "m"), own + 2);
    assert_int_equal(listed_inode(f, directory, "z"), own + 3);
    assert_int_equal(look(f, "data/m").inode, own + 2);
    assert_int_equal(look(f, "data").inode, own);
}

static void times_are_the_origin_until_the_run_changes_a_file(void **state) {
    fixture *f = *state;
    uint32_t written;
    host_file(f, "mount/old", "text");
    start_steady(f);
    clock_of(f, 0);
    stat_result status = look(f, "data/old");
    assert_int_equal(status.accessed, ORIGIN);
    assert_int_equal(status.modified, ORIGIN);
    assert_int_equal(status.changed, ORIGIN);
    int32_t fd = open_write(f, "data/old");
    assert_int_equal(write_fd(f, (uint32_t)fd, "more", 4, &written), WASI_OK);
    status = look(f, "data/old");
    assert_int_equal(status.accessed, ORIGIN);
    assert_int_equal(status.modified, ORIGIN + STEP);
    assert_int_equal(status.changed, ORIGIN + STEP);
    clock_of(f, 0);
    assert_int_equal(put_file(f, "data/new", "text"), WASI_OK);
    assert_int_equal(look(f, "data/new").accessed, ORIGIN + 2 * STEP);
    assert_int_equal(set_times(f, "data/new", 77, WASI_FST_MTIM), WASI_OK);
    assert_int_equal(look(f, "data/new").modified, 77);
    clock_of(f, 0);
    assert_int_equal(set_times(f, "data/new", 0, WASI_FST_MTIM_NOW), WASI_OK);
    assert_int_equal(look(f, "data/new").modified, ORIGIN + 3 * STEP);
    assert_int_equal(cap_wasi_fd_filestat_set_size(&f->host, (uint32_t)fd, 1), WASI_OK);
    assert_int_equal(look(f, "data/old").modified, ORIGIN + 3 * STEP);
}

/* A file system may give a new file the number of one that was removed, or not. */
static void a_new_file_has_a_new_number(void **state) {
    fixture *f = *state;
    start_steady(f);
    assert_int_equal(put_file(f, "data/file", "1"), WASI_OK);
    uint64_t first = look(f, "data/file").inode;
    assert_int_equal(unlink_file(f, "data/file"), WASI_OK);
    assert_int_equal(put_file(f, "data/file", "1"), WASI_OK);
    assert_int_equal(look(f, "data/file").inode, first + 1);
    assert_int_equal(make_directory(f, "data/dir"), WASI_OK);
    assert_int_equal(look(f, "data/dir").inode, first + 2);
    assert_int_equal(remove_directory(f, "data/dir"), WASI_OK);
    assert_int_equal(symlink_path(f, "file", "data/link"), WASI_OK);
    assert_int_equal(look(f, "data/link").inode, first + 3);
    assert_int_equal(link_path(f, "data/file", "data/other"), WASI_OK);
    assert_int_equal(look(f, "data/other").inode, first + 1);
}

static void directories_show_neither_size_nor_links(void **state) {
    fixture *f = *state;
    host_mkdir(f, "mount/dir");
    host_mkdir(f, "mount/dir/below");
    start_steady(f);
    assert_int_equal(look(f, "data/dir").size, 0);
    assert_int_equal(look(f, "data/dir").links, 1);
}

/* At the limit, and past it: those share a number. */
static void the_table_has_an_end(void **state) {
    fixture *f = *state;
    start_steady(f);
    const cap_wasi_mount *mount = &f->wasi->mounts.mounts[0];
    for (uint64_t i = 1; i <= CAP_STEADY_FILES_MAX; i++)
        assert_int_equal(cap_steady_meet(f->wasi, mount, 1, i * 4096)->number, i);
    assert_int_equal(cap_steady_meet(f->wasi, mount, 1, 4096)->number, 1);
    assert_int_equal(cap_steady_meet(f->wasi, mount, 1, CAP_STEADY_FILES_MAX * UINT64_C(4096))->number, CAP_STEADY_FILES_MAX);
    for (uint64_t i = 1; i <= 3; i++) assert_int_equal(cap_steady_meet(f->wasi, mount, 2, i)->number, CAP_STEADY_OTHERS);
    assert_int_equal(put_file(f, "data/file", "1"), WASI_OK);
    assert_int_equal(look(f, "data/file").inode, CAP_STEADY_OTHERS);
    assert_int_equal(look(f, "data/file").modified, ORIGIN);
}

/* What was met in one mount, such as the library, does not show in the numbers of another. */
static void each_mount_counts_for_itself(void **state) {
    fixture *f = *state;
    static cap_wasi_mount mounts[2];
    for (int i = 0; i < 2; i++) mounts[i] = (cap_wasi_mount){.guest_path = i ? "/two" : "/one", .host_fd = f->mount_fd};
    host_file(f, "mount/a", "");
    host_file(f, "mount/b", "");
    start(f, &(cap_wasi_config){.mounts = mounts, .mount_count = 2, .steady_files = true});
    assert_int_equal(look(f, "one/a").inode, 1);
    assert_int_equal(look(f, "two/b").inode, 1);
    assert_int_equal(look(f, "one/b").inode, 2);
    assert_int_equal(look(f, "two/a").inode, 2);
    assert_int_not_equal(look(f, "one/a").device, look(f, "two/a").device);
}

/* Library and program look the same in every mode, for an image remembers what it saw of them. */
static void internal_mounts_have_no_times(void **state) {
    fixture *f = *state;
    host_file(f, "mount/x.py", "");
    start_mounts(f, &(cap_wasi_mount){.guest_path = "/.capsule/lib", .host_fd = f->mount_fd, .internal = true}, 1);
    assert_int_equal(look(f, ".capsule/lib/x.py").modified, ORIGIN);
    assert_int_equal(look(f, ".capsule/lib").changed, ORIGIN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_reading_is_a_step_of_all_clocks, setup, teardown),
        cmocka_unit_test_setup_teardown(looking_from_the_host_is_no_step, setup, teardown),
        cmocka_unit_test_setup_teardown(resolution_is_the_step, setup, teardown),
        cmocka_unit_test_setup_teardown(sleeping_takes_virtual_time_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(the_earliest_timers_are_due_together, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_ready_stops_the_clock, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wait_beyond_the_end_of_time_ends_with_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(stdin_is_read_until_the_buffer_is_full, setup, teardown),
        cmocka_unit_test_setup_teardown(a_seed_decides_all_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(the_sequence_of_the_default_seed, setup, teardown),
        cmocka_unit_test_setup_teardown(relatives_have_seeds_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_numbered_as_they_are_met, setup, teardown),
        cmocka_unit_test_setup_teardown(listings_number_in_the_order_of_names, setup, teardown),
        cmocka_unit_test_setup_teardown(times_are_the_origin_until_the_run_changes_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_file_has_a_new_number, setup, teardown),
        cmocka_unit_test_setup_teardown(directories_show_neither_size_nor_links, setup, teardown),
        cmocka_unit_test_setup_teardown(the_table_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(each_mount_counts_for_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(internal_mounts_have_no_times, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.deterministic", tests, NULL, NULL);
}
