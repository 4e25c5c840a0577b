/* The worker's output: whoever does not read on because too much is unwritten is told when there is room. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/worker/output.h"

enum { PATIENCE_MS = 30000 };

static void queue(cli_output *output, size_t length) {
    char *line = malloc(length + 1);
    assert_non_null(line);
    memset(line, 'x', length);
    line[length - 1] = '\n';
    line[length] = 0;
    cli_output_queue(output, line, length, false);
    cli_output_flush(output);
}

static void read_bytes(int fd, size_t count) {
    static char buffer[65536];
    while (count > 0) {
        ssize_t got = read(fd, buffer, count < sizeof buffer ? count : sizeof buffer);
        assert_true(got > 0);
        count -= (size_t)got;
    }
}

/* The first line fits; the second comes while the first is on its way, and is too much. */
static void test_room_that_ran_out_during_a_write_is_told_of(void **state) {
    (void)state;
    int fds[2], notify = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    uint64_t ignored;
    size_t first = CLI_OUTPUT_WAITING_MAX / 4 * 3, second = CLI_OUTPUT_WAITING_MAX / 2;
    assert_int_equal(pipe(fds), 0);
    cli_output *output = cli_output_create(fds[1], notify);
    assert_non_null(output);
    queue(output, first);
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL); /* it is being written */
    assert_false(cli_output_full(output));
    queue(output, second);
    assert_true(cli_output_full(output));
    (void)!read(notify, &ignored, sizeof ignored);
    read_bytes(fds[0], first);
    struct pollfd told = {.fd = notify, .events = POLLIN};
    assert_int_equal(poll(&told, 1, PATIENCE_MS), 1);
    assert_false(cli_output_full(output));
    read_bytes(fds[0], second);
    cli_output_close(output);
    cli_output_free(output, false);
    close(fds[0]);
    close(fds[1]);
    close(notify);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_room_that_ran_out_during_a_write_is_told_of)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
