/* UTF-8 wherever in a text it stands: what looks at eight bytes at a time has to see what looking at each would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

enum { LONGEST = 40 };

/* Whether a text of `length` letters with `piece` at `at` is valid. In memory of its own size, for the sanitizer. */
static bool valid_with(const char *piece, size_t at, size_t length) {
    char *text = malloc(length);
    assert_non_null(text);
    memset(text, 'a', length);
    memcpy(text + at, piece, strlen(piece));
    bool valid = cap_utf8_valid(text, length);
    free(text);
    return valid;
}

static void check_everywhere(const char *piece, bool valid) {
    for (size_t length = strlen(piece); length <= LONGEST; length++)
        for (size_t at = 0; at + strlen(piece) <= length; at++)
            if (valid_with(piece, at, length) != valid) fail_msg("%zu bytes, the piece at %zu", length, at);
}

static void test_what_is_valid_is_so_everywhere(void **state) {
    (void)state;
    static const char *const pieces[] = {"b", "\x7f", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xc3\xa9\xe2\x82\xac"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) check_everywhere(pieces[i], true);
}

static void test_what_is_not_is_not_anywhere(void **state) {
    (void)state;
    static const char *const pieces[] = {"\x80", "\xff", "\xc3", "\xe2\x82", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x98", "\xc3\xa9\xa9"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) check_everywhere(pieces[i], false);
}

static void test_nothing_is_valid(void **state) {
    (void)state;
    assert_true(cap_utf8_valid("", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_valid_is_so_everywhere),
        cmocka_unit_test(test_what_is_not_is_not_anywhere),
        cmocka_unit_test(test_nothing_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
