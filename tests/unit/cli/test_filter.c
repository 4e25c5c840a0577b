/* The filter of guest text on a terminal: what passes, what becomes visible, wherever the text is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "cli/filter.h"

#define ESC "\x1b"

/* What the filter makes of a text that comes in pieces of `piece` bytes. The caller frees it. */
static char *filtered(const char *text, size_t length, size_t piece) {
    cli_filter filter = {0};
    cap_buffer out;
    cap_buffer_init(&out, 1u << 24);
    for (size_t at = 0; at < length; at += piece)
        cli_filter_add(&filter, text + at, length - at < piece ? length - at : piece, &out);
    cli_filter_end(&filter, &out);
    char *result = cap_buffer_take(&out);
    assert_non_null(result);
    return result;
}

static void test_cases(void **state) {
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"", ""},
        {"plain text, ~ and |", "plain text, ~ and |"},
        {"lines\nand\ttabs\r\n", "lines\nand\ttabs\r\n"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93 \xf0\x9f\x98\x80"},
        /* colours pass, and are reset when the program forgot to */
        {ESC "[31mred" ESC "[0m", ESC "[31mred" ESC "[0m"},
        {ESC "[31mred" ESC "[m", ESC "[31mred" ESC "[m"},
        {ESC "[1;38;5;200mx", ESC "[1;38;5;200mx" ESC "[0m"},
        {ESC "[38:2::1:2:3mx" ESC "[0m", ESC "[38:2::1:2:3mx" ESC "[0m"},
        /* everything else does not */
        {"a\rb", "a^Mb"},
        {"a\r\rb", "a^M^Mb"},
        {"end\r", "end^M"},
        {"bell\a back\b null^ del\x7f", "bell^G back^H null^ del\\u007f"},
        {ESC "[2J" ESC "[H", "^[[2J^[[H"},
        {ESC "]0;title\a", "^[]0;title^G"},
        {ESC "]52;c;Zm9v\a", "^[]52;c;Zm9v^G"},
        {ESC "]8;;http://evil" ESC "\\link", "^[]8;;http://evil^[\\link"},
        {ESC "P1$r0m" ESC "\\", "^[P1$r0m^[\\"},
        {ESC "c", "^[c"},
        {ESC ESC "[31mx", "^[" ESC "[31mx" ESC "[0m"},
        {ESC "[31" ESC "[0m", "^[[31" ESC "[0m"},
        {ESC "[?25l", "^[[?25l"},
        {ESC "[>4;1m", "^[[>4;1m"}, /* not a colour: changes the keyboard */
        {ESC "[6n", "^[[6n"},
        {ESC "[31\n", "^[[31\n"},
        {ESC "[", "^[["},
        {ESC, "^["},
        /* C1 controls, alone and as UTF-8; characters that reorder or break lines */
        {"\x9b" "31m", "\\x9b31m"},
        {"\xc2\x9b" "31m", "\\u009b31m"},
        {"\xc2\x85", "\\u0085"},
        {"\xe2\x80\xae" "txt", "\\u202etxt"},
        {"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069"},
        {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"},
        /* what is no UTF-8 */
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc3(", "\\xc3("},
        {"\xc3", "\\xc3"},
        {"\xe2\x9c", "\\xe2\\x9c"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xe2\x9c" ESC "[31mx", "\\xe2\\x9c" ESC "[31mx" ESC "[0m"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++)
        for (size_t piece = 1; piece <= 8; piece++) {
            cap_autofree char *shown = filtered(cases[i].text, strlen(cases[i].text), piece);
            if (strcmp(shown, cases[i].shown))
                fail_msg("case %zu in pieces of %zu: got %s", i, piece, shown);
        }
}

static void test_long_sequences(void **state) {
    (void)state;
    char text[4096] = ESC "[";
    memset(text + 2, ';', 3000);
    text[3002] = 'm';
    cap_autofree char *shown = filtered(text, strlen(text), 7);
    assert_int_equal(strlen(shown), 3004); /* the escape takes one byte more */
    assert_memory_equal(shown, "^[[;;;", 6);
}

static void test_nul_bytes(void **state) {
    (void)state;
    cap_autofree char *shown = filtered("a\0b", 3, 3);
    assert_string_equal(shown, "a^@b");
}

/* True when nothing in the text can move, reset or talk to a terminal. */
static bool harmless(const char *text) {
    for (const char *p = text; *p; p++) {
        size_t step = cap_utf8_sequence(p, strlen(p));
        if (!step) return false;
        if (*p == '\r' && p[1] != '\n') return false;
        if (*p == '\x1b') {
            if (p[1] != '[') return false;
            size_t parameters = strspn(p + 2, "0123456789;:");
            if (p[2 + parameters] != 'm') return false;
        } else if (((unsigned char)*p < 0x20 && !strchr("\n\t\r", *p)) || *p == 0x7f) {
            return false;
        } else if (step == 2 && (unsigned char)*p == 0xc2 && (unsigned char)p[1] < 0xa0) {
            return false;
        }
        p += step - 1;
    }
    return true;
}

static void test_random(void **state) {
    (void)state;
    static const char tokens[] = ESC ESC ESC "[[[;;:0123mmmKJ]P\\\a\b\r\r\n\tA\xc2\x9b\xe2\x80\xae\xf0\x9f\x98\x80\xff";
    uint32_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        char text[200];
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = seed >> 31 ? tokens[(seed >> 8) % (sizeof tokens - 1)] : (char)(seed >> 16);
        }
        cap_autofree char *whole = filtered(text, sizeof text, sizeof text);
        cap_autofree char *cut = filtered(text, sizeof text, 1 + round % 5);
        assert_string_equal(whole, cut);
        if (!harmless(whole)) fail_msg("round %d is not harmless", round);
        assert_true(strlen(whole) <= sizeof text * CLI_FILTER_GROWTH + 4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),     cmocka_unit_test(test_long_sequences),
        cmocka_unit_test(test_nul_bytes), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
