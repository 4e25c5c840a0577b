/* Option texts: compute, sizes, durations. */
#include "policy/policy.h"
#include "support.h"

typedef int parse_function(const char *, const char *, uint64_t *, capsule_error **);

typedef struct scalar_case {
    const char *text;
    uint64_t value;
} scalar_case;

static void accepts(parse_function *parse, const scalar_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 12345;
        capsule_error *error = NULL;
        if (parse("opt", cases[i].text, &value, &error) < 0)
            fail_msg("\"%s\": %s", cases[i].text, capsule_error_message(error));
        if (value != cases[i].value)
            fail_msg("\"%s\": got %llu, expected %llu", cases[i].text, (unsigned long long)value,
                     (unsigned long long)cases[i].value);
    }
}

static void refuses(parse_function *parse, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 12345;
        capsule_error *error = NULL;
        if (parse("opt", texts[i], &value, &error) == 0) fail_msg("\"%s\" was accepted", texts[i]);
        assert_int_equal(value, 12345);
        expect_error(&error, CAPSULE_CONFIG, "invalid opt \"");
        assert_int_equal(parse("opt", texts[i], &value, NULL), -1);
    }
}

#define KB UINT64_C(1024)
#define MB (KB * 1024)
#define GB (MB * 1024)
#define MS UINT64_C(1000000)
#define S (1000 * MS)

static void test_compute(void **state) {
    (void)state;
    static const scalar_case good[] = {
        {"LOW", CAP_COMPUTE_LOW},     {"low", CAP_COMPUTE_LOW},  {"Medium", CAP_COMPUTE_MEDIUM},
        {" HIGH\n", CAP_COMPUTE_HIGH}, {"1", 1},                 {"0001", 1},
        {"50000000000", CAP_COMPUTE_HIGH}, {"18446744073709551615", UINT64_MAX},
    };
    static const char *const bad[] = {
        "", " ", "0", "-1", "+1", "HUGE", "LOWER", "LO", "1e9", "1_000", "1.5", "0x10", "NaN", "inf", "18446744073709551616",
        "99999999999999999999999999999999", "1 2", "\xff\xfe", "LOW\x01",
    };
    accepts(cap_parse_compute, good, CAP_COUNT(good));
    refuses(cap_parse_compute, bad, CAP_COUNT(bad));
}

static void test_size(void **state) {
    (void)state;
    static const scalar_case good[] = {
        {"0", 0}, {"1024", 1024}, {"512MB", 512 * MB}, {"256 mb", 256 * MB}, {"1.5GB", 3 * GB / 2}, {" 1GiB ", GB},
        {"512M", 512 * MB}, {"4g", 4 * GB}, {"2TB", 2048 * GB}, {"1kb", KB}, {"1KiB", KB}, {"10b", 10}, {"10 B", 10},
        {"0.5K", 512}, {"1.000000000000000000000000000001GB", GB}, {"0.1GB", 107374182},
        {"18446744073709551614", UINT64_MAX - 1}, {"00007MB", 7 * MB}, {"16777215TB", UINT64_C(16777215) << 40},
    };
    static const char *const bad[] = {
        "", " ", "MB", "lots", "-1", "-1MB", "+1MB", "1.5", "1.MB", ".5GB", "1,5GB", "1e3MB", "0x10", "NaN", "inf",
        "1 G B", "1XB", "1GBs", "1MBMB", "18446744073709551615", "18446744073709551616", "16777216TB",
        "99999999999999999999GB", "1GB 2MB", "1\xc2\xa0MB", "1MB\x01",
    };
    accepts(cap_parse_size, good, CAP_COUNT(good));
    refuses(cap_parse_size, bad, CAP_COUNT(bad));
}

static void test_duration(void **state) {
    (void)state;
    static const scalar_case good[] = {
        {"30s", 30 * S}, {"5m", 300 * S}, {"1h 30m", 5400 * S}, {"1h30m", 5400 * S}, {"500ms", 500 * MS},
        {"1.8s", 1800 * MS}, {"0", 0}, {" 0 ", 0}, {"0s", 0}, {"2 min", 120 * S}, {"1day", 86400 * S},
        {"2weeks 3days", 17 * 86400 * S}, {"1M", 2630016 * S}, {"1y", 31557600 * S}, {"100us", 100000},
        {"7\xc2\xb5s", 7000}, {"3 ns", 3}, {"1ms 1ms", 2 * MS}, {"0.25h", 900 * S}, {"1.5min", 90 * S},
        {"584y", UINT64_C(584) * 31557600 * S},
    };
    static const char *const bad[] = {
        "", " ", "10", "1", "soon", "s", "-1s", "+1s", "1 s 2", "1.s", ".5s", "1e3s", "1S", "1MS", "1 millisecondsss",
        "1h-30m", "1h,30m", "NaN", "inf", "infs", "600y", "99999999999999999999s", "584y 584y", "18446744073709551615ns",
        "1s\x01", "00", "0 0", "0.0", "1\xc2\xb5", "1m s",
    };
    accepts(cap_parse_duration, good, CAP_COUNT(good));
    refuses(cap_parse_duration, bad, CAP_COUNT(bad));
}

/* Ten megabytes of anything are refused at once, with an error of one short line. */
static void test_huge(void **state) {
    (void)state;
    static const char *const units[] = {"9", "1s ", "LOW", " ", "x", "1h ", "\xe2\x82\xac", "0", "1."};
    parse_function *const parsers[] = {cap_parse_compute, cap_parse_size, cap_parse_duration};
    for (size_t u = 0; u < CAP_COUNT(units); u++) {
        cap_autofree char *text = repeat(units[u], (10u << 20) / strlen(units[u]));
        for (size_t p = 0; p < CAP_COUNT(parsers); p++) {
            uint64_t value;
            cap_autoerror capsule_error *error = NULL;
            if (parsers[p]("opt", text, &value, &error) == 0) continue; /* zeros, or seconds that add up */
            assert_int_equal(capsule_error_code(error), CAPSULE_CONFIG);
            assert_true(strlen(capsule_error_message(error)) < 400);
        }
    }
}

static void test_messages(void **state) {
    (void)state;
    uint64_t value;
    capsule_error *error = NULL;
    cap_parse_size("ram", "lots", &value, &error);
    expect_error(&error, CAPSULE_CONFIG, "invalid ram \"lots\": expected a size like \"512MB\"");
    cap_parse_duration("timeout", "10", &value, &error);
    expect_error(&error, CAPSULE_CONFIG, "invalid timeout \"10\": expected a duration with its unit, like \"30s\"");
    cap_parse_compute("compute", "HUGE", &value, &error);
    expect_error(&error, CAPSULE_CONFIG, "invalid compute \"HUGE\": expected LOW, MEDIUM, HIGH or a whole number");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compute), cmocka_unit_test(test_size),     cmocka_unit_test(test_duration),
        cmocka_unit_test(test_huge),    cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
