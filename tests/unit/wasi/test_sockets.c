/* Sockets handed in as descriptors. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "wasi/wire.h"

static int pair[2]; /* pair[0] is the guest's */

/* The guest finds `socket` at descriptor 4, after the preopen. */
static void start_with(fixture *f, const int *socket) {
    static cap_wasi_mount mount;
    mount = (cap_wasi_mount){.guest_path = "/data", .host_fd = f->mount_fd};
    start(f, &(cap_wasi_config){.mounts = &mount, .mount_count = 1, .socket_fds = socket, .socket_count = 1, .descriptor_limit = 6});
}

static void start_pair(fixture *f, int type) {
    assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
    start_with(f, &pair[0]);
}

static void close_pair(void) {
    close(pair[0]);
    if (pair[1] >= 0) close(pair[1]);
}

static uint32_t receive(fixture *f, uint32_t fd, char *buffer, uint32_t size, uint32_t flags, uint32_t *ret_size, uint16_t *ret_flags) {
    uint32_t room = guest_room(f, size), vector = guest_room(f, 8), ret = guest_room(f, 8);
    cap_wire_put32(at(f, vector), room);
    cap_wire_put32(at(f, vector) + 4, size);
    uint32_t error = cap_wasi_sock_recv(&f->host, fd, vector, 1, flags, ret, ret + 4);
    *ret_size = cap_wire_get32(at(f, ret));
    if (ret_flags) *ret_flags = cap_wire_get16(at(f, ret + 4));
    memcpy(buffer, at(f, room), size);
    return error;
}

static uint32_t send_bytes(fixture *f, uint32_t fd, const char *text, uint32_t flags) {
    uint32_t vector = guest_room(f, 8), ret = guest_room(f, 4);
    cap_wire_put32(at(f, vector), guest_bytes(f, text, (uint32_t)strlen(text)));
    cap_wire_put32(at(f, vector) + 4, (uint32_t)strlen(text));
    return cap_wasi_sock_send(&f->host, fd, vector, 1, flags, ret);
}

static void data_goes_both_ways(void **state) {
    fixture *f = *state;
    char buffer[16] = "";
    uint32_t size;
    start_pair(f, SOCK_STREAM);
    assert_int_equal(send_bytes(f, 4, "ping", 0), WASI_OK);
    assert_int_equal(read(pair[1], buffer, 16), 4);
    assert_memory_equal(buffer, "ping", 4);
    assert_int_equal(write(pair[1], "pong", 4), 4);
    assert_int_equal(receive(f, 4, buffer, 16, WASI_RIFLAG_PEEK, &size, NULL), WASI_OK);
    assert_int_equal(size, 4);
    assert_int_equal(receive(f, 4, buffer, 16, 0, &size, NULL), WASI_OK);
    assert_memory_equal(buffer, "pong", 4);
    assert_int_equal(write_fd(f, 4, "by fd_write", 11, &size), WASI_OK);
    assert_int_equal(read(pair[1], buffer, 16), 11);
    assert_int_equal(write(pair[1], "fd_read", 7), 7);
    assert_int_equal(read_fd(f, 4, buffer, 16, &size), WASI_OK);
    assert_int_equal(size, 7);
    close_pair();
}

static void waiting_for_all(void **state) {
    fixture *f = *state;
    char buffer[8];
    uint32_t size;
    start_pair(f, SOCK_STREAM);
    assert_int_equal(write(pair[1], "12345678", 8), 8);
    assert_int_equal(receive(f, 4, buffer, 8, WASI_RIFLAG_WAITALL, &size, NULL), WASI_OK);
    assert_int_equal(size, 8);
    assert_int_equal(write(pair[1], "123", 3), 3);
    close(pair[1]);
    pair[1] = -1;
    assert_int_equal(receive(f, 4, buffer, 8, WASI_RIFLAG_WAITALL, &size, NULL), WASI_OK); /* the end comes first */
    assert_int_equal(size, 3);
    close_pair();
}

static void cut_messages_say_so(void **state) {
    fixture *f = *state;
    char buffer[4];
    uint32_t size;
    uint16_t flags;
    start_pair(f, SOCK_DGRAM);
    assert_int_equal(write(pair[1], "too long", 8), 8);
    assert_int_equal(receive(f, 4, buffer, 4, 0, &size, &flags), WASI_OK);
    assert_int_equal(size, 4);
    assert_int_equal(flags, WASI_ROFLAG_DATA_TRUNCATED);
    close_pair();
}

static void nonblocking_and_shutdown(void **state) {
    fixture *f = *state;
    char buffer[4];
    uint32_t size;
    start_pair(f, SOCK_STREAM);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, 4, WASI_FDFLAG_NONBLOCK), WASI_OK);
    assert_int_equal(receive(f, 4, buffer, 4, 0, &size, NULL), WASI_EAGAIN);
    assert_int_equal(cap_wasi_sock_shutdown(&f->host, 4, 0), WASI_EINVAL);
    assert_int_equal(cap_wasi_sock_shutdown(&f->host, 4, 4), WASI_EINVAL);
    assert_int_equal(cap_wasi_sock_shutdown(&f->host, 4, WASI_SDFLAG_WR), WASI_OK);
    assert_int_equal(read(pair[1], buffer, 4), 0);
    assert_int_equal(send_bytes(f, 4, "x", 0), WASI_EPIPE); /* and no signal */
    close_pair();
}

static void waiting_ends_with_the_run(void **state) {
    fixture *f = *state;
    char buffer[4];
    uint32_t size;
    start_pair(f, SOCK_STREAM);
    cap_host_stop(&f->host, CAP_STOP_CANCELLED, 0);
    assert_int_equal(receive(f, 4, buffer, 4, 0, &size, NULL), WASI_EINTR);
    close_pair();
}

static void connections_are_accepted(void **state) {
    fixture *f = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX}, bound;
    socklen_t length = sizeof bound;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)), 0); /* an abstract name */
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&bound, &length), 0);
    start_with(f, &listener);
    uint32_t ret = guest_room(f, 4);
    assert_int_equal(cap_wasi_sock_accept(&f->host, 4, WASI_FDFLAG_APPEND, ret), WASI_EINVAL);
    assert_int_equal(cap_wasi_fd_fdstat_set_flags(&f->host, 4, WASI_FDFLAG_NONBLOCK), WASI_OK);
    assert_int_equal(cap_wasi_sock_accept(&f->host, 4, 0, ret), WASI_EAGAIN);
    assert_int_equal(connect(client, (struct sockaddr *)&bound, length), 0);
    assert_int_equal(cap_wasi_sock_accept(&f->host, 4, WASI_FDFLAG_NONBLOCK, MEMORY_SIZE), WASI_EFAULT);
    assert_int_equal(cap_wasi_sock_accept(&f->host, 4, WASI_FDFLAG_NONBLOCK, ret), WASI_OK);
    assert_int_equal(cap_wire_get32(at(f, ret)), 5);
    assert_int_equal(write(client, "hi", 2), 2);
    char buffer[4];
    uint32_t size;
    assert_int_equal(receive(f, 5, buffer, 4, 0, &size, NULL), WASI_OK);
    assert_int_equal(size, 2);
    assert_int_equal(cap_wasi_sock_accept(&f->host, 4, 0, ret), WASI_EMFILE);
    close(listener);
    close(client);
}

static void only_sockets_are_sockets(void **state) {
    fixture *f = *state;
    char buffer[4];
    uint32_t size, ret = guest_room(f, 4);
    for (uint32_t fd = 0; fd < 4; fd++) {
        assert_int_equal(receive(f, fd, buffer, 4, 0, &size, NULL), WASI_ENOTSOCK);
        assert_int_equal(send_bytes(f, fd, "x", 0), WASI_ENOTSOCK);
        assert_int_equal(cap_wasi_sock_shutdown(&f->host, fd, 1), WASI_ENOTSOCK);
        assert_int_equal(cap_wasi_sock_accept(&f->host, fd, 0, ret), WASI_ENOTSOCK);
    }
    assert_int_equal(cap_wasi_sock_shutdown(&f->host, 50, 1), WASI_EBADF);
}

static void ownership_of_added_sockets(void **state) {
    fixture *f = *state;
    uint32_t fd;
    assert_int_equal(cap_wasi_add_socket(f->wasi, f->mount_fd, &fd), WASI_EBADF); /* O_PATH: not a socket at all */
    assert_int_equal(cap_wasi_add_socket(f->wasi, f->scratch_fd, &fd), WASI_ENOTSOCK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(cap_wasi_add_socket(f->wasi, pair[0], &fd), WASI_OK);
    assert_int_equal(cap_wasi_fd_close(&f->host, fd), WASI_OK);
    assert_int_equal(fcntl(pair[0], F_GETFD), -1); /* closed with the guest's */
    close(pair[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_goes_both_ways, setup, teardown),
        cmocka_unit_test_setup_teardown(waiting_for_all, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_messages_say_so, setup, teardown),
        cmocka_unit_test_setup_teardown(nonblocking_and_shutdown, setup, teardown),
        cmocka_unit_test_setup_teardown(waiting_ends_with_the_run, setup, teardown),
        cmocka_unit_test_setup_teardown(connections_are_accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(only_sockets_are_sockets, setup, teardown),
        cmocka_unit_test_setup_teardown(ownership_of_added_sockets, setup, teardown),
    };
    return cmocka_run_group_tests_name("wasi.sockets", tests, NULL, NULL);
}
