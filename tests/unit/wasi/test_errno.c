/* The host's error numbers as preview 1's: by the names both sides give them, so that a slip in the map shows. */
#include "support.h"

#include <errno.h>

#include "wasi/errno_map.h"

#define SAME(name) {name, WASI_##name}

static void numbers_of_one_name_correspond(void **state) {
    (void)state;
    static const struct {
        int host;
        uint32_t guest;
    } pairs[] = {
        SAME(E2BIG), SAME(EACCES), SAME(EADDRINUSE), SAME(EADDRNOTAVAIL), SAME(EAFNOSUPPORT), SAME(EAGAIN), SAME(EALREADY),
        SAME(EBADF), SAME(EBUSY), SAME(ECANCELED), SAME(ECONNABORTED), SAME(ECONNREFUSED), SAME(ECONNRESET), SAME(EDEADLK),
        SAME(EDESTADDRREQ), SAME(EDQUOT), SAME(EEXIST), SAME(EFAULT), SAME(EFBIG), SAME(EHOSTUNREACH), SAME(EILSEQ),
        SAME(EINPROGRESS), SAME(EINTR), SAME(EINVAL), SAME(EIO), SAME(EISCONN), SAME(EISDIR), SAME(ELOOP), SAME(EMLINK),
        SAME(EMSGSIZE), SAME(ENAMETOOLONG), SAME(ENETDOWN), SAME(ENETRESET), SAME(ENETUNREACH), SAME(ENFILE), SAME(ENOBUFS),
        SAME(ENODEV), SAME(ENOENT), SAME(ENOLCK), SAME(ENOMEM), SAME(ENOPROTOOPT), SAME(ENOSPC), SAME(ENOSYS), SAME(ENOTCONN),
        SAME(ENOTDIR), SAME(ENOTEMPTY), SAME(ENOTSOCK), SAME(ENOTSUP), SAME(ENOTTY), SAME(ENXIO), SAME(EOVERFLOW), SAME(EPERM),
        SAME(EPIPE), SAME(EPROTO), SAME(EPROTONOSUPPORT), SAME(EPROTOTYPE), SAME(ERANGE), SAME(ESPIPE), SAME(ESTALE),
        SAME(ETIMEDOUT), SAME(ETXTBSY), SAME(EXDEV)};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) assert_int_equal(cap_wasi_errno(pairs[i].host), pairs[i].guest);
}

static void numbers_that_mean_something_else(void **state) {
    (void)state;
    assert_int_equal(cap_wasi_errno(0), WASI_OK);
    assert_int_equal(cap_wasi_errno(EROFS), WASI_EPERM);
    assert_int_equal(cap_wasi_errno(EMFILE), WASI_ENFILE); /* the host's table is full, not the guest's */
    assert_int_equal(cap_wasi_errno(ENOMEDIUM), WASI_EIO);
    assert_int_equal(cap_wasi_errno(-1), WASI_EIO); /* never taken for success */
    for (int number = 1; number < 200; number++) assert_in_range(cap_wasi_errno(number), 1, WASI_ENOTCAPABLE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_one_name_correspond),
        cmocka_unit_test(numbers_that_mean_something_else),
    };
    return cmocka_run_group_tests_name("wasi.errno", tests, NULL, NULL);
}
