/* stdout, stderr and stdin. */
#include "support.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "wasi/wire.h"

static void both_streams_reach_the_owner(void **state) {
    fixture *f = *state;
    assert_int_equal(write_fd(f, 1, "out", 3, NULL), WASI_OK);
    assert_int_equal(write_fd(f, 2, "err", 3, NULL), WASI_OK);
    assert_int_equal(write_fd(f, 1, "", 0, NULL), WASI_OK);
    assert_memory_equal(f->output[1], "out", 3);
    assert_memory_equal(f->output[2], "err", 3);
    assert_int_equal(cap_wasi_output_bytes(f->wasi), 6);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_OUTPUT);
}

static void the_limit_counts_both_streams(void **state) {
    fixture *f = *state;
    start(f, &(cap_wasi_config){.output_limit = 10});
    uint32_t size;
    assert_int_equal(write_fd(f, 1, "12345", 5, &size), WASI_OK);
    assert_int_equal(write_fd(f, 2, "67890", 5, &size), WASI_OK); /* exactly at the limit */
    assert_int_equal(size, 5);
    assert_int_equal(f->stop, CAP_STOP_NONE);
    assert_int_not_equal(write_fd(f, 1, "x", 1, NULL), WASI_OK);
    assert_int_equal(f->stop, CAP_STOP_OUTPUT);
    assert_int_equal(f->output_length[1], 5);
    assert_int_equal(cap_wasi_output_bytes(f->wasi), 11);
}

static void the_head_is_delivered_up_to_the_limit(void **state) {
    fixture *f = *state;
    start(f, &(cap_wasi_config){.output_limit = 10});
    assert_int_not_equal(write_fd(f, 1, "0123456789abc", 13, NULL), WASI_OK);
    assert_int_equal(f->stop, CAP_STOP_OUTPUT);
    assert_int_equal(f->output_length[1], 10);
    assert_memory_equal(f->output[1], "0123456789", 10);
    assert_int_not_equal(write_fd(f, 2, "more", 4, NULL), WASI_OK);
    assert_int_equal(f->output_length[2], 0);
    assert_int_equal(cap_wasi_output_bytes(f->wasi), 17);
}

static void a_closed_sink_is_a_broken_pipe(void **state) {
    fixture *f = *state;
    f->sink_closed = true;
    assert_int_equal(write_fd(f, 1, "x", 1, NULL), WASI_EPIPE);
    assert_int_equal(f->stop, CAP_STOP_NONE);
}

static void streams_are_neither_files_nor_terminals(void **state) {
    fixture *f = *state;
    uint32_t ret = guest_room(f, 24);
    char buffer[4];
    for (uint32_t fd = 0; fd < 3; fd++) {
        assert_int_equal(cap_wasi_fd_fdstat_get(&f->host, fd, ret), WASI_OK);
        assert_int_equal(*at(f, ret), WASI_FILETYPE_UNKNOWN);
        assert_int_equal(cap_wasi_fd_seek(&f->host, fd, 0, WASI_WHENCE_CUR, ret), WASI_ESPIPE);
        assert_int_equal(cap_wasi_fd_tell(&f->host, fd, ret), WASI_ESPIPE);
        assert_int_equal(cap_wasi_fd_sync(&f->host, fd), WASI_EINVAL);
        stat_result status;
        assert_int_equal(stat_fd(f, fd, &status), WASI_OK);
        assert_int_equal(status.size, 0);
        assert_int_equal(cap_wasi_fd_prestat_get(&f->host, fd, ret), WASI_EBADF);
    }
    assert_int_equal(read_fd(f, 1, buffer, 4, NULL), WASI_EBADF);
    assert_int_equal(write_fd(f, 0, "x", 1, NULL), WASI_EBADF);
}

static void streams_can_be_closed_and_moved(void **state) {
    fixture *f = *state;
    assert_int_equal(cap_wasi_fd_renumber(&f->host, 2, 1), WASI_OK);
    assert_int_equal(write_fd(f, 1, "as stderr", 9, NULL), WASI_OK);
    assert_int_equal(f->output_length[2], 9);
    assert_int_equal(write_fd(f, 2, "x", 1, NULL), WASI_EBADF);
    assert_int_equal(cap_wasi_fd_close(&f->host, 1), WASI_OK);
    assert_int_equal(write_fd(f, 1, "x", 1, NULL), WASI_EBADF);
}

static void stdin_is_empty_by_default(void **state) {
    fixture *f = *state;
    char buffer[4];
    uint32_t size = 9;
    assert_int_equal(read_fd(f, 0, buffer, 4, &size), WASI_OK);
    assert_int_equal(size, 0);
    assert_int_equal(cap_wasi_impurity(f->wasi), CAP_IMPURE_STDIN);
}

static void stdin_gives_what_is_there(void **state) {
    fixture *f = *state;
    int ends[2];
    char buffer[8];
    uint32_t size;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    start(f, &(cap_wasi_config){.stdin_fd = ends[0]});
    assert_int_equal(write(ends[1], "hello", 5), 5);
    assert_int_equal(read_fd(f, 0, buffer, 8, &size), WASI_OK);
    assert_int_equal(size, 5);
    assert_memory_equal(buffer, "hello", 5);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, 0, WASI_FDFLAG_NONBLOCK), WASI_OK);
    assert_int_equal(read_fd(f, 0, buffer, 8, &size), WASI_EAGAIN);
    close(ends[1]);
    assert_int_equal(read_fd(f, 0, buffer, 8, &size), WASI_OK);
    assert_int_equal(size, 0);
    close(ends[0]);
}

static void waiting_for_stdin_ends_with_the_run(void **state) {
    fixture *f = *state;
    int ends[2];
    char buffer[8];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    start(f, &(cap_wasi_config){.stdin_fd = ends[0]});
    cap_host_stop(&f->host, CAP_STOP_TIMEOUT, 0);
    assert_int_equal(read_fd(f, 0, buffer, 8, NULL), WASI_EINTR);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_streams_reach_the_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limit_counts_both_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(the_head_is_delivered_up_to_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_sink_is_a_broken_pipe, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_are_neither_files_nor_terminals, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_can_be_closed_and_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(stdin_is_empty_by_default, setup, teardown),
        cmocka_unit_test_setup_teardown(stdin_gives_what_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(waiting_for_stdin_ends_with_the_run, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.output", tests, NULL, NULL);
}
