/* poll_oneoff: clocks, descriptors, the end of a run. */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wasi/wire.h"

#define MS UINT64_C(1000000)

typedef struct subscription {
    uint8_t type;
    uint32_t id; /* clock or descriptor */
    uint64_t timeout;
    uint16_t flags;
} subscription;

typedef struct event {
    uint64_t userdata, bytes;
    uint16_t error, flags;
    uint8_t type;
} event;

static uint32_t encode(fixture *f, const subscription *list_of, uint32_t count) {
    uint32_t address = guest_room(f, count * WASI_SIZE_SUBSCRIPTION);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *bytes = at(f, address + i * WASI_SIZE_SUBSCRIPTION);
        cap_wire_put64(bytes, 100 + i);
        bytes[8] = list_of[i].type;
        cap_wire_put32(bytes + 16, list_of[i].id);
        cap_wire_put64(bytes + 24, list_of[i].timeout);
        cap_wire_put16(bytes + 40, list_of[i].flags);
    }
    return address;
}

/* Polls; answers the number of events, or -errno. */
static int poll_for(fixture *f, const subscription *list_of, uint32_t count, event *events) {
    uint32_t in = encode(f, list_of, count), out = guest_room(f, count * WASI_SIZE_EVENT), ret = guest_room(f, 4);
    uint32_t error = cap_wasi_poll_oneoff(&f->host, in, out, count, ret);
    if (error) return -(int)error;
    uint32_t found = cap_wire_get32(at(f, ret));
    for (uint32_t i = 0; i < found; i++) {
        const uint8_t *bytes = at(f, out + i * WASI_SIZE_EVENT);
        events[i] = (event){.userdata = cap_wire_get64(bytes), .error = cap_wire_get16(bytes + 8), .type = bytes[10],
                            .bytes = cap_wire_get64(bytes + 16), .flags = cap_wire_get16(bytes + 24)};
    }
    return (int)found;
}

static uint64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static uint64_t guest_time(fixture *f, uint32_t clock) {
    uint32_t ret = guest_room(f, 8);
    assert_int_equal(cap_wasi_clock_time_get(&f->host, clock, 0, ret), WASI_OK);
    return cap_wire_get64(at(f, ret));
}

static void relative_and_absolute_times(void **state) {
    fixture *f = *state;
    start(f, &(cap_wasi_config){.monotonic_start_ns = UINT64_C(1) << 50});
    for (uint32_t clock = 0; clock <= 1; clock++) {
        event events[1];
        uint64_t before = now_ms();
        const subscription relative = {.type = WASI_EVENT_CLOCK, .id = clock, .timeout = 20 * MS};
        assert_int_equal(poll_for(f, &relative, 1, events), 1);
        assert_true(now_ms() - before >= 19);
        assert_int_equal(events[0].userdata, 100);
        assert_int_equal(events[0].error, 0);
        assert_int_equal(events[0].type, WASI_EVENT_CLOCK);
        before = now_ms();
        const subscription absolute = {.type = WASI_EVENT_CLOCK, .id = clock, .timeout = guest_time(f, clock) + 20 * MS,
                                       .flags = WASI_SUBCLOCK_ABSTIME};
        assert_int_equal(poll_for(f, &absolute, 1, events), 1);
        assert_true(now_ms() - before >= 19);
        const subscription past = {.type = WASI_EVENT_CLOCK, .id = clock, .timeout = 1, .flags = WASI_SUBCLOCK_ABSTIME};
        assert_int_equal(poll_for(f, &past, 1, events), 1);
    }
}

static void the_earliest_timer_wins(void **state) {
    fixture *f = *state;
    event events[3];
    const subscription list_of[] = {{.type = WASI_EVENT_CLOCK, .id = 1, .timeout = UINT64_MAX},
                                    {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = 5 * MS},
                                    {.type = WASI_EVENT_CLOCK, .id = 0, .timeout = UINT64_MAX, .flags = WASI_SUBCLOCK_ABSTIME}};
    assert_int_equal(poll_for(f, list_of, 3, events), 1);
    assert_int_equal(events[0].userdata, 101);
}

static void files_and_output_are_always_ready(void **state) {
    fixture *f = *state;
    event events[4];
    host_file(f, "mount/file", "12345");
    uint32_t fd = (uint32_t)open_write(f, "data/file");
    const subscription list_of[] = {{.type = WASI_EVENT_FD_READ, .id = fd},
                                    {.type = WASI_EVENT_FD_WRITE, .id = fd},
                                    {.type = WASI_EVENT_FD_WRITE, .id = 1},
                                    {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = UINT64_MAX}};
    assert_int_equal(poll_for(f, list_of, 4, events), 3);
    assert_int_equal(events[0].bytes, 5);
    assert_int_equal(events[1].type, WASI_EVENT_FD_WRITE);
    assert_int_equal(events[2].userdata, 102);
}

static void what_is_wrong_with_one_is_its_event(void **state) {
    fixture *f = *state;
    event events[6];
    uint32_t directory = (uint32_t)open_read(f, "data");
    const subscription list_of[] = {{.type = WASI_EVENT_FD_READ, .id = 77},       {.type = WASI_EVENT_FD_WRITE, .id = 0},
                                    {.type = WASI_EVENT_FD_READ, .id = directory}, {.type = WASI_EVENT_CLOCK, .id = 2, .timeout = 1},
                                    {.type = WASI_EVENT_CLOCK, .id = 9, .timeout = 1}, {.type = WASI_EVENT_CLOCK, .id = 1, .flags = 2}};
    assert_int_equal(poll_for(f, list_of, 6, events), 6);
    const uint16_t expected[] = {WASI_EBADF, WASI_EBADF, WASI_ENOTCAPABLE, WASI_ENOTSUP, WASI_EINVAL, WASI_EINVAL};
    for (int i = 0; i < 6; i++) {
        if (i == 2) assert_true(events[i].error == WASI_EBADF || events[i].error == WASI_ENOTCAPABLE);
        else assert_int_equal(events[i].error, expected[i]);
    }
}

static void stdin_and_a_timer(void **state) {
    fixture *f = *state;
    event events[2];
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    start(f, &(cap_wasi_config){.stdin_fd = ends[0]});
    const subscription list_of[] = {{.type = WASI_EVENT_FD_READ, .id = 0}, {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = 10 * MS}};
    assert_int_equal(poll_for(f, list_of, 2, events), 1);
    assert_int_equal(events[0].type, WASI_EVENT_CLOCK);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    assert_int_equal(poll_for(f, list_of, 2, events), 1);
    assert_int_equal(events[0].type, WASI_EVENT_FD_READ);
    assert_int_equal(events[0].bytes, 3);
    assert_int_equal(events[0].flags, 0);
    close(ends[1]);
    assert_int_equal(poll_for(f, list_of, 1, events), 1);
    assert_int_equal(events[0].flags, WASI_EVENTRW_HANGUP);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_STDIN | CAP_IMPURE_CLOCK);
    close(ends[0]);
}

static void empty_stdin_has_hung_up(void **state) {
    fixture *f = *state;
    event events[1];
    const subscription input = {.type = WASI_EVENT_FD_READ, .id = 0};
    assert_int_equal(poll_for(f, &input, 1, events), 1);
    assert_int_equal(events[0].flags, WASI_EVENTRW_HANGUP);
}

static void *stop_soon(void *context) {
    fixture *f = context;
    nanosleep(&(struct timespec){.tv_nsec = 30 * 1000000}, NULL);
    cap_host_stop(&f->host, CAP_STOP_TIMEOUT, 0);
    return NULL;
}

static void a_sleep_of_30_years_ends_with_the_run(void **state) {
    fixture *f = *state;
    pthread_t thread;
    event events[1];
    const subscription forever = {.type = WASI_EVENT_CLOCK, .id = 1, .timeout = UINT64_C(1000000000000000000)};
    uint64_t before = now_ms();
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, f), 0);
    assert_int_equal(poll_for(f, &forever, 1, events), -WASI_EINTR);
    assert_in_range(now_ms() - before, 20, 5000);
    pthread_join(thread, NULL);
}

static void waiting_for_nothing_to_come_ends_with_the_run(void **state) {
    fixture *f = *state;
    pthread_t thread;
    event events[1];
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    start(f, &(cap_wasi_config){.stdin_fd = ends[0]});
    const subscription input = {.type = WASI_EVENT_FD_READ, .id = 0};
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, f), 0);
    assert_int_equal(poll_for(f, &input, 1, events), -WASI_EINTR);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

static void count_and_memory_limits(void **state) {
    fixture *f = *state;
    uint32_t in = guest_room(f, CAP_WASI_POLL_MAX * WASI_SIZE_SUBSCRIPTION), ret = guest_room(f, 4);
    uint32_t out = guest_room(f, CAP_WASI_POLL_MAX * WASI_SIZE_EVENT);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, out, 0, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, out, CAP_WASI_POLL_MAX + 1, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, out, UINT32_MAX, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, out, CAP_WASI_POLL_MAX, ret), WASI_OK); /* all due at once */
    assert_int_equal(cap_wire_get32(at(f, ret)), CAP_WASI_POLL_MAX);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, MEMORY_SIZE - 47, out, 1, ret), WASI_EFAULT);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, MEMORY_SIZE - 31, 1, ret), WASI_EFAULT);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, out, 1, MEMORY_SIZE - 3), WASI_EFAULT);
    *at(f, in + 8) = 3;
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, out, 1, ret), WASI_EINVAL);
}

/* Events written over the subscriptions they come from. */
static void overlapping_buffers(void **state) {
    fixture *f = *state;
    const subscription list_of[] = {{.type = WASI_EVENT_FD_WRITE, .id = 1}, {.type = WASI_EVENT_FD_WRITE, .id = 2},
                                    {.type = WASI_EVENT_FD_WRITE, .id = 1}};
    uint32_t in = encode(f, list_of, 3), ret = guest_room(f, 4);
    assert_int_equal(cap_wasi_poll_oneoff(&f->host, in, in, 3, ret), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 3);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(cap_wire_get64(at(f, in + i * WASI_SIZE_EVENT)), 100 + i);
}

/* A clock that stands still never comes to a time: waiting for one takes none. */
static void frozen_clocks_are_due_at_once(void **state) {
    fixture *f = *state;
    const uint64_t year = UINT64_C(31536000) * 1000 * MS;
    const subscription both[] = {{WASI_EVENT_CLOCK, WASI_CLOCK_MONOTONIC, year, 0},
                                 {WASI_EVENT_CLOCK, WASI_CLOCK_REALTIME, 100 * year, WASI_SUBCLOCK_ABSTIME}};
    event events[2];
    start(f, &(cap_wasi_config){.clock_mode = CAP_WASI_CLOCK_FROZEN, .realtime_start_ns = 5});
    assert_int_equal(poll_for(f, both, 2, events), 2);
    assert_int_equal(events[0].error, WASI_OK);
    assert_int_equal(events[1].error, WASI_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(relative_and_absolute_times, setup, teardown),
        cmocka_unit_test_setup_teardown(the_earliest_timer_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(frozen_clocks_are_due_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(files_and_output_are_always_ready, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_one_is_its_event, setup, teardown),
        cmocka_unit_test_setup_teardown(stdin_and_a_timer, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_stdin_has_hung_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sleep_of_30_years_ends_with_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(waiting_for_nothing_to_come_ends_with_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(count_and_memory_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(overlapping_buffers, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.poll", tests, NULL, NULL);
}
