/* .env files: syntax, precedence, bounds. */
#include <sys/stat.h>

#include "policy/policy.h"
#include "support.h"

static void environment_cleanup(cap_environment **environment) { cap_environment_free(*environment); }
#define autoenvironment cap_cleanup(environment_cleanup) cap_environment

static int set_up(void **state) {
    *state = make_directory();
    setenv("CAP_TEST_PROCESS", "from process", 1);
    return 0;
}

static int tear_down(void **state) {
    remove_directory(*state);
    unsetenv("CAP_TEST_PROCESS");
    return 0;
}

static void test_values(void **state) {
    static const struct {
        const char *text, *value; /* of variable K; NULL: absent */
    } cases[] = {
        {"", NULL},
        {"K=v", "v"},
        {"K=v\n", "v"},
        {"K=v\r\nL=w\r\n", "v"},
        {"\xef\xbb\xbfK=v", "v"},
        {"K=", ""},
        {"K=\nL=x", ""},
        {"K =  v  w \t\n", "v  w"},
        {"  export   K=v", "v"},
        {"export K\n", NULL},
        {"exportK=1\nK=v", "v"},
        {"# K=x\n\n   \nK=v", "v"},
        {"K=v # comment", "v"},
        {"K=v#no comment", "v#no comment"},
        {"K=# comment", ""},
        {"K=#comment", ""},
        {"K=a=b=c", "a=b=c"},
        {"K='single $X \\n \"q\"'", "single $X \\n \"q\""},
        {"K=\"double\" # comment", "double"},
        {"K=\"a\\nb\\tc\\\"d\\\\e\\$f\"", "a\nb\tc\"d\\e$f"},
        {"K=\"unknown \\q stays\"", "unknown \\q stays"},
        {"K=\"two\nlines\"\nL=1", "two\nlines"},
        {"K='it#is'", "it#is"},
        {"K=it's", "it's"},
        {"K=a\\ \\ b\\#c", "a  b#c"},
        {"K=C:\\dir\\file", "C:\\dir\\file"},
        {"A=1\nK=$A-${A}-$NONE-${NONE}.", "1-1--."},
        {"A=1\nK=\"$A\"", "1"},
        {"K=$CAP_TEST_PROCESS!", "from process!"},
        {"K=$ $1 ${ ${} ${A-B} $", "$ $1 ${ ${} ${A-B} $"},
        {"K=\\$A", "$A"},
        {"K=first\nK=second", "first"},
        {"K=caf\xc3\xa9", "caf\xc3\xa9"},
        {"a.b-c=1\nK=v", "v"},
        {"K=''", ""},
        {"K=\"\"", ""},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        autoenvironment *environment = NULL;
        capsule_error *error = NULL;
        write_file(*state, ".env", cases[i].text);
        expect_ok(cap_environment_read(*state, true, &environment, &error), error);
        const char *value = cap_environment_get(environment, "K");
        if (!value != !cases[i].value || (value && strcmp(value, cases[i].value)))
            fail_msg("%s: got %s", cases[i].text, value ? value : "(absent)");
    }
}

static void test_refused(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"just text", ".env: line 1: expected NAME=VALUE"},
        {"A=1\n\n=x", ".env: line 3: expected NAME=VALUE"},
        {"1A=x", ".env: line 1: expected NAME=VALUE"},
        {"A B=x", ".env: line 1: expected NAME=VALUE"},
        {"A='open\n\n", ".env: line 1: a quote is never closed"},
        {"X=1\nA=\"open \\\"", ".env: line 2: a quote is never closed"},
        {"A=\"x\"y", ".env: line 1: text after the closing quote"},
        {"A='x' y", ".env: line 1: text after the closing quote"},
        {"A=\"1\n2\n3\"\nB", ".env: line 4: expected NAME=VALUE"},
        {"A=\xff", ".env: not valid UTF-8"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_environment *environment = NULL;
        capsule_error *error = NULL;
        write_file(*state, ".env", cases[i].text);
        if (cap_environment_read(*state, true, &environment, &error) == 0) fail_msg("%s was accepted", cases[i].text);
        assert_null(environment);
        expect_error(&error, CAPSULE_CONFIG, cases[i].message);
    }
}

static void test_precedence(void **state) {
    autoenvironment *environment = NULL, *without = NULL;
    capsule_error *error = NULL;
    write_file(*state, ".env", "A=env\nCAP_TEST_PROCESS=env");
    write_file(*state, ".env.local", "A=local\nB=local");
    write_file(*state, ".env.development", "B=development\nC=development");
    write_file(*state, ".env.production", "C=production\nD=$A");
    expect_ok(cap_environment_read(*state, true, &environment, &error), error);
    assert_string_equal(cap_environment_get(environment, "A"), "env");
    assert_string_equal(cap_environment_get(environment, "B"), "local");
    assert_string_equal(cap_environment_get(environment, "C"), "development");
    assert_string_equal(cap_environment_get(environment, "D"), "env");
    assert_string_equal(cap_environment_get(environment, "CAP_TEST_PROCESS"), "from process");
    assert_null(cap_environment_get(environment, "E"));
    expect_ok(cap_environment_read(*state, false, &without, &error), error);
    assert_null(cap_environment_get(without, "A"));
    assert_string_equal(cap_environment_get(without, "CAP_TEST_PROCESS"), "from process");
}

static void test_directory_is_ignored(void **state) {
    char path[4200];
    autoenvironment *environment = NULL;
    capsule_error *error = NULL;
    snprintf(path, sizeof path, "%s/.env", (char *)*state);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_ok(cap_environment_read(*state, true, &environment, &error), error);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    cap_environment *none = NULL;
    assert_int_equal(cap_environment_read(*state, true, &none, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, ".env: not a regular file");
}

static void expect_hostile(const char *directory, const char *text, size_t length, const char *message) {
    cap_environment *environment = NULL;
    capsule_error *error = NULL;
    write_bytes(directory, ".env", text, length);
    assert_int_equal(cap_environment_read(directory, true, &environment, &error), -1);
    assert_true(strlen(capsule_error_message(error)) < 300);
    expect_error(&error, CAPSULE_CONFIG, message);
}

static void test_hostile(void **state) {
    cap_autofree char *large = repeat("A=1\n", 70000), *wide = repeat("x", 140000), *value = NULL;
    expect_hostile(*state, large, strlen(large), ".env: larger than 256 KB");
    assert_true(asprintf(&value, "A=%s", wide) > 0);
    expect_hostile(*state, value, strlen(value), ".env: line 1: a value is longer than 128 KB");
    expect_hostile(*state, "A=1\0B=2", 7, ".env: a NUL byte in the file");

    /* Doubling expansions end at the bound of one value. */
    cap_autobuffer cap_buffer doubling, many;
    cap_buffer_init(&doubling, 1u << 16);
    cap_buffer_add_text(&doubling, "A0=xxxxxxxxxxxxxxxx\n");
    for (int i = 1; i < 40; i++) cap_buffer_add_format(&doubling, "A%d=$A%d$A%d\n", i, i - 1, i - 1);
    expect_hostile(*state, doubling.data, doubling.length, "a value is longer than 128 KB");

    cap_buffer_init(&many, 1u << 18);
    for (int i = 0; i < 5000; i++) cap_buffer_add_format(&many, "A%d=1\n", i);
    expect_hostile(*state, many.data, many.length, ".env: more than 4096 variables");

    cap_buffer_clear(&many);
    cap_buffer_add_format(&many, "A=%.*s\n", 100000, wide);
    for (int i = 0; i < 20; i++) cap_buffer_add_format(&many, "B%d=$A\n", i);
    expect_hostile(*state, many.data, many.length, ".env: variables are larger than 1 MB together");
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(test_values),     IN_DIRECTORY(test_refused), IN_DIRECTORY(test_precedence),
        IN_DIRECTORY(test_directory_is_ignored), IN_DIRECTORY(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
