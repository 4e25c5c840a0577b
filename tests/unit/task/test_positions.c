/* Source maps read from outside a guest. The maps are hostile as far as this goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bundle/bundle.h"

#define MAP(mappings) "{\"version\":3,\"sources\":[\"a.ts\",\"b.ts\"],\"mappings\":\"" mappings "\"}"

/* line 1: column 0 -> a.ts:1; line 3: column 4 -> b.ts:11, column 10 -> a.ts:12. */
#define GOOD MAP("AAAA;;ICUA,MDCA")

static int find(const char *map, cap_bundle_position *positions, size_t count) {
    return cap_bundle_find_sources(map, strlen(map), positions, count);
}

static void positions_lead_to_sources(void **state) {
    (void)state;
    cap_bundle_position at[] = {
        {.index = 0, .line = 3, .column = 11}, {.index = 1, .line = 1, .column = 1},  {.index = 2, .line = 3, .column = 5},
        {.index = 3, .line = 3, .column = 10}, {.index = 4, .line = 3, .column = 99}, {.index = 5, .line = 3, .column = 4},
        {.index = 6, .line = 2, .column = 1},  {.index = 7, .line = 9, .column = 1},
    };
    static const struct {
        const char *source;
        unsigned line;
    } expected[] = {{"a.ts", 12}, {"a.ts", 1}, {"b.ts", 11}, {"b.ts", 11}, {"a.ts", 12}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    enum { COUNT = sizeof at / sizeof at[0] };
    assert_int_equal(find(GOOD, at, COUNT), 0);
    for (size_t i = 0; i < COUNT; i++) {
        size_t index = at[i].index;
        if (expected[index].source)
            assert_string_equal(at[i].source, expected[index].source);
        else
            assert_null(at[i].source);
        assert_int_equal(at[i].source_line, expected[index].line);
        free(at[i].source);
    }
}

static void maps_that_are_none(void **state) {
    (void)state;
    static const char *const maps[] = {
        "", "[]", "{}", "{\"mappings\":3}", "no JSON", MAP("!"), MAP("A!"), MAP("gggggggggg"), MAP("AA\\u0000A"),
    };
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        cap_bundle_position at = {.line = 2, .column = 1};
        assert_int_equal(find(maps[i], &at, 1), i == 8 ? 0 : -1);
        assert_null(at.source);
    }
}

/* Numbers that lead out of the list of sources, below line 0, or beyond what there is. */
static void maps_that_lead_nowhere(void **state) {
    (void)state;
    static const char *const maps[] = {
        MAP("AEAA"), MAP("ADAA"), MAP("AADA"), MAP("A+/////BAA"), MAP("AA//////DA"), MAP("A"), MAP(",,,"),
        "{\"mappings\":\"AAAA\"}", "{\"mappings\":\"AAAA\",\"sources\":{\"0\":\"a\"}}", "{\"mappings\":\"AAAA\",\"sources\":[7]}",
    };
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        cap_bundle_position at = {.line = 1, .column = 1};
        find(maps[i], &at, 1);
        if (at.source) fail_msg("%s led to %s:%u", maps[i], at.source, at.source_line);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_lead_to_sources),
        cmocka_unit_test(maps_that_are_none),
        cmocka_unit_test(maps_that_lead_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
