/* capsule.toml: what is read, what is refused, and the ceiling made of it. */
#include <sys/stat.h>

#include "policy/policy.h"
#include "policy/toml.h"
#include "support.h"

#define MB (UINT64_C(1) << 20)
#define S UINT64_C(1000000000)

static void config_cleanup(cap_config **config) { cap_config_free(*config); }
#define autoconfig cap_cleanup(config_cleanup) cap_config

static int set_up(void **state) {
    *state = make_directory();
    return 0;
}

static int tear_down(void **state) {
    remove_directory(*state);
    return 0;
}

static int read_text(const char *directory, const char *text, cap_config **config, capsule_error **error) {
    write_file(directory, "capsule.toml", text);
    return cap_config_read(directory, config, error);
}

static void test_absent(void **state) {
    autoconfig *config = NULL;
    capsule_error *error = NULL;
    const char *entrypoint = NULL;
    expect_ok(cap_config_read(*state, &config, &error), error);
    assert_false(cap_config_exists(config));
    assert_false(cap_config_has_workflow(config));
    assert_null(cap_config_entrypoint(config));
    assert_int_equal(cap_config_require_entrypoint(config, &entrypoint, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "No file given");
    autoconfig *without = NULL;
    expect_ok(cap_config_read(NULL, &without, &error), error);
    assert_false(cap_config_exists(without));
    cap_config *none = NULL;
    assert_int_equal(cap_config_read("/nonexistent/project", &none, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "Cannot open project directory /nonexistent/project: No such file");
    cap_config_free(NULL);
}

static void test_workflow(void **state) {
    static const struct {
        const char *text, *entrypoint, *message;
    } cases[] = {
        {"[workflow]\nname='x'\nversion='1'\nentrypoint='main.py'\n", "main.py", NULL},
        {"workflow.entrypoint = \"src/main.ts\"", "src/main.ts", NULL},
        {"# nothing\n", NULL, "No [workflow] section found in capsule.toml."},
        {"[tasks]\ndefault_ram='1MB'", NULL, "No [workflow] section found in capsule.toml."},
        {"[workflow]\nname='x'", NULL, "No 'entrypoint' field found in [workflow] section of capsule.toml."},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        autoconfig *config = NULL;
        capsule_error *error = NULL;
        const char *entrypoint = NULL;
        expect_ok(read_text(*state, cases[i].text, &config, &error), error);
        assert_true(cap_config_exists(config));
        int status = cap_config_require_entrypoint(config, &entrypoint, &error);
        if (cases[i].message) {
            assert_int_equal(status, -1);
            expect_error(&error, CAPSULE_CONFIG, cases[i].message);
        } else {
            expect_ok(status, error);
            assert_string_equal(entrypoint, cases[i].entrypoint);
        }
    }
}

static void test_second_name(void **state) {
    autoconfig *config = NULL;
    capsule_error *error = NULL;
    write_file(*state, "Capsule.toml", "[workflow]\nentrypoint='a.py'");
    expect_ok(cap_config_read(*state, &config, &error), error);
    assert_string_equal(cap_config_entrypoint(config), "a.py");
    autoconfig *first = NULL;
    expect_ok(read_text(*state, "[workflow]\nentrypoint='b.py'", &first, &error), error);
    assert_string_equal(cap_config_entrypoint(first), "b.py");
}

static void test_defaults(void **state) {
    autoconfig *config = NULL;
    capsule_error *error = NULL;
    expect_ok(read_text(*state,
                        "[tasks]\ndefault_compute='low'\ndefault_ram='128MB'\ndefault_timeout='10s'\n"
                        "default_max_retries=2\ndefault_retry_delay='150ms'\ndefault_allowed_files=['data', 'ro:ro']\n"
                        "default_allowed_hosts=['example.com']\ndefault_env_variables=['KEY']\ndefault_deterministic=true\n"
                        "default_unknown=1\nother=[1]\n[tool.other]\nx=inf\nd=1979-05-27T07:32:00Z\n",
                        &config, &error),
              error);
    cap_policy *policy = NULL;
    expect_ok(cap_policy_make("t", "{}", config, NULL, "60s", &policy, &error), error);
    assert_int_equal(policy->compute, CAP_COMPUTE_LOW);
    assert_int_equal(policy->ram, 128 * MB);
    assert_int_equal(policy->timeout_ns, 10 * S);
    assert_int_equal(policy->max_retries, 2);
    assert_int_equal(policy->retry_delay_ns, 150 * S / 1000);
    assert_int_equal(policy->file_count, 2);
    assert_string_equal(policy->files[1].guest_path, "/ro");
    assert_false(policy->files[1].writable);
    assert_string_equal(policy->hosts[0], "example.com");
    assert_string_equal(policy->environment[0], "KEY");
    assert_true(policy->deterministic);
    cap_policy_free(policy);

    expect_ok(cap_policy_make("t",
                              "{\"compute\":\"HIGH\",\"ram\":\"1GB\",\"timeout\":0,\"max_retries\":0,\"allowed_files\":[],"
                              "\"allowed_hosts\":[],\"env_variables\":[],\"deterministic\":false}",
                              config, NULL, NULL, &policy, &error),
              error);
    assert_int_equal(policy->compute, CAP_COMPUTE_HIGH);
    assert_false(policy->deterministic);
    assert_int_equal(policy->ram, 1024 * MB);
    assert_true(policy->timeout_ns == CAP_NO_LIMIT);
    assert_int_equal(policy->max_retries + policy->file_count + policy->host_count + policy->environment_count, 0);
    cap_policy_free(policy);
}

static void test_compute_spellings(void **state) {
    static const struct {
        const char *text;
        uint64_t compute;
    } cases[] = {
        {"[tasks]\ndefault_compute='high'", CAP_COMPUTE_HIGH}, {"[tasks]\ndefault_compute='MEDIUM'", CAP_COMPUTE_MEDIUM},
        {"[tasks]\ndefault_compute={custom=123}", 123},        {"[tasks]\ndefault_compute=9007199254740993", 9007199254740993},
        {"[tasks]\ndefault_compute='77'", 77},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        autoconfig *config = NULL;
        capsule_error *error = NULL;
        cap_policy *policy = NULL;
        expect_ok(read_text(*state, cases[i].text, &config, &error), error);
        expect_ok(cap_policy_make("t", NULL, config, NULL, NULL, &policy, &error), error);
        assert_int_equal(policy->compute, cases[i].compute);
        cap_policy_free(policy);
    }
}

static void test_trace(void **state) {
    static const struct {
        const char *text;
        uint64_t keep_ns, bytes;
    } cases[] = {
        {"", CAP_NO_LIMIT, CAP_NO_LIMIT},
        {"[trace]\n", CAP_NO_LIMIT, CAP_NO_LIMIT},
        {"[trace]\nkeep='7d'\nmax_size='64MB'\n", 7 * 86400 * S, 64 * MB},
        {"[trace]\nkeep=1500\nmax_size=1048576\n", 1500 * (S / 1000), MB},
        {"[trace]\nkeep=0\nmax_size='4GB'\n", 0, 4096 * MB},
        {"[trace]\nmax_size='5GB'\n", CAP_NO_LIMIT, 4096 * MB}, /* lowered */
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        autoconfig *config = NULL;
        capsule_error *error = NULL;
        expect_ok(read_text(*state, cases[i].text, &config, &error), error);
        assert_int_equal(cap_config_trace_keep_ns(config), cases[i].keep_ns);
        assert_int_equal(cap_config_trace_bytes(config), cases[i].bytes);
    }
}

static void test_limits(void **state) {
    autoconfig *config = NULL;
    capsule_error *error = NULL;
    cap_ceiling ceiling;
    expect_ok(read_text(*state,
                        "[limits]\nmax_ram='1GB'\nmax_timeout='30s'\nmax_compute='medium'\nmax_cpu='1m'\n"
                        "max_write='10MB'\nmax_tmp=0\nmax_subtasks=5\nmax_output='1MB'\ndeny_files=true\ndeny_net=false\n",
                        &config, &error),
              error);
    expect_ok(cap_ceiling_make(config, NULL, NULL, NULL, false, false, &ceiling, &error), error);
    assert_int_equal(ceiling.ram, 1024 * MB);
    assert_int_equal(ceiling.timeout_ns, 30 * S);
    assert_int_equal(ceiling.compute, CAP_COMPUTE_MEDIUM);
    assert_int_equal(ceiling.cpu_ns, 60 * S);
    assert_int_equal(ceiling.write_bytes, 10 * MB);
    assert_int_equal(ceiling.tmp_bytes, 0);
    assert_int_equal(ceiling.subtasks, 5);
    assert_int_equal(ceiling.output_bytes, MB);
    assert_true(ceiling.deny_files);
    assert_false(ceiling.deny_net);
    /* the lower one wins, on both sides */
    expect_ok(cap_ceiling_make(config, "2GB", "5s", "LOW", false, true, &ceiling, &error), error);
    assert_int_equal(ceiling.ram, 1024 * MB);
    assert_int_equal(ceiling.timeout_ns, 5 * S);
    assert_int_equal(ceiling.compute, CAP_COMPUTE_LOW);
    assert_true(ceiling.deny_files && ceiling.deny_net);
    expect_ok(cap_ceiling_make(NULL, NULL, NULL, NULL, false, false, &ceiling, &error), error);
    assert_true(ceiling.ram == CAP_NO_LIMIT && ceiling.output_bytes == CAP_NO_LIMIT && !ceiling.deny_files);
}

static void test_ceiling_texts_refused(void **state) {
    (void)state;
    cap_ceiling ceiling;
    capsule_error *error = NULL;
    assert_int_equal(cap_ceiling_make(NULL, "lots", NULL, NULL, false, false, &ceiling, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "invalid max-ram \"lots\": expected a size");
    assert_int_equal(cap_ceiling_make(NULL, NULL, "0", NULL, false, false, &ceiling, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "invalid max-timeout \"0\": a ceiling must be above zero");
    assert_int_equal(cap_ceiling_make(NULL, NULL, NULL, "0", false, false, &ceiling, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "invalid max-compute \"0\": expected");
}

static void test_refused(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[workflow", "capsule.toml: line 1, column"},
        {"a = \n", "capsule.toml: line 1, column"},
        {"a = 1\na = 2\n", "capsule.toml: line 2"},
        {"\xff\xfe", "capsule.toml: not valid UTF-8"},
        {"workflow = 1", "capsule.toml: [workflow] is not a table"},
        {"tasks = []", "capsule.toml: [tasks] is not a table"},
        {"limits = 'x'", "capsule.toml: [limits] is not a table"},
        {"[[limits]]\nmax_ram=1", "capsule.toml: [limits] is not a table"},
        {"[workflow]\nentrypoint=7", "capsule.toml: invalid [workflow] entrypoint 7: expected the path"},
        {"[workflow]\nentrypoint=''", "capsule.toml: invalid [workflow] entrypoint \"\": expected the path"},
        {"[tasks]\ndefault_ram='lots'", "capsule.toml: [tasks]: invalid default_ram \"lots\": expected a size"},
        {"[tasks]\ndefault_ram=-1", "invalid default_ram -1: expected"},
        {"[tasks]\ndefault_ram=1.5", "invalid default_ram 1.5: expected"},
        {"[tasks]\ndefault_timeout='soon'", "invalid default_timeout \"soon\": expected"},
        {"[tasks]\ndefault_timeout=1979-05-27", "invalid default_timeout \"1979-05-27\": expected"},
        {"[tasks]\ndefault_compute='HUGE'", "invalid default_compute \"HUGE\": expected"},
        {"[tasks]\ndefault_compute={custom=-1}", "invalid default_compute -1: expected"},
        {"[tasks]\ndefault_allowed_files=['../x']", "Path escapes project directory: ../x"},
        {"[tasks]\ndefault_allowed_files='x'", "invalid default_allowed_files \"x\": expected a list"},
        {"trace = 1", "capsule.toml: [trace] is not a table"},
        {"[trace]\nmax_size=1048575", "[trace]: invalid max_size 1048575: expected a size of at least 1 MB"},
        {"[trace]\nmax_size='lots'", "invalid max_size \"lots\": expected a size"},
        {"[trace]\nkeep='10'", "invalid keep \"10\": expected a duration"},
        {"[trace]\nkep='1d'", "unknown key in [trace] \"kep\" (did you mean \"keep\"?)"},
        {"[limits]\nkeep='1d'", "unknown key in [limits] \"keep\""},
        {"[limits]\nmax_rum='1GB'", "unknown key in [limits] \"max_rum\" (did you mean \"max_ram\"?)"},
        {"[limits]\nfoo=1", "unknown key in [limits] \"foo\": known are max_compute, max_ram"},
        {"[limits]\nmax_ram=0", "capsule.toml: [limits]: invalid max_ram 0: a ceiling must be above zero"},
        {"[limits]\nmax_timeout='0s'", "invalid max_timeout 0: a ceiling must be above zero"},
        {"[limits]\nmax_ram='lots'", "invalid max_ram \"lots\": expected"},
        {"[limits]\nmax_subtasks='5'", "invalid max_subtasks \"5\": expected a whole number"},
        {"[limits]\ndeny_files='yes'", "invalid deny_files \"yes\": expected true or false"},
        {"[limits]\nmax_ram=nan", "invalid max_ram null: expected"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_config *config = NULL;
        capsule_error *error = NULL;
        if (read_text(*state, cases[i].text, &config, &error) == 0) fail_msg("%s was accepted", cases[i].text);
        assert_null(config);
        expect_error(&error, CAPSULE_CONFIG, cases[i].message);
    }
}

static void expect_hostile(const char *directory, const char *text, const char *message) {
    cap_config *config = NULL;
    capsule_error *error = NULL;
    assert_int_equal(read_text(directory, text, &config, &error), -1);
    assert_true(strlen(capsule_error_message(error)) < 500);
    expect_error(&error, CAPSULE_CONFIG, message);
}

static void test_hostile(void **state) {
    cap_autofree char *large = repeat("# comment\n", 10000), *dots = repeat("a.", 600), *header = NULL;
    cap_autofree char *nested = repeat("[", 30000), *array = NULL, *stacked = NULL, *levels = repeat("a.", 100);
    assert_true(asprintf(&header, "[%sa]\n", dots) > 0);
    assert_true(asprintf(&array, "x = %s", nested) > 0);
    assert_true(asprintf(&stacked, "[%sa]\n%sa = 1\n", levels, levels) > 0);
    expect_hostile(*state, large, "capsule.toml: larger than 64 KB");
    expect_hostile(*state, header, "line 1, column 0: more than 512 dots in one line");
    expect_hostile(*state, array, "capsule.toml: line 1");
    expect_hostile(*state, stacked, "capsule.toml: nested deeper than 64 levels");
}

static void test_not_a_file(void **state) {
    char path[4200];
    cap_config *config = NULL;
    capsule_error *error = NULL;
    snprintf(path, sizeof path, "%s/capsule.toml", (char *)*state);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(cap_config_read(*state, &config, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "capsule.toml: not a regular file");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(cap_config_read(*state, &config, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "capsule.toml: not a regular file");
}

/* Thousands of small damages to a document that uses all of the syntax: every one is read or refused, none ends the
 * process (built with sanitizers, none is undefined either). */
static void test_mutations(void **state) {
    (void)state;
    static const char document[] =
        "[workflow]\nname = 'x'\nentrypoint = \"m\\u00e9\xc3\xa9.py\"\n[tasks]\ndefault_compute = { custom = 1 }\n"
        "default_allowed_files = ['a', \"b:ro\"]\n[limits]\nmax_ram = \"1GB\"\n[[other.\"k y\"]]\na.b.c = [1, [2, {d = 3.5e-7}]]\n"
        "when = 1979-05-27T07:32:00.999999-07:00\nday = 1979-05-27\ntime = 07:32:00\nhex = 0xff\nbig = inf\n"
        "text = '''m\n'''\nmore = \"\"\"a\\\n  b\"\"\"\n";
    static const char tokens[] = "[]{}=.,\"'\\\n#x1u_-+:TZ \xc3\xa9\xe2\x80\xa8\xc2\xa0\x7f\x01";
    uint32_t seed = 1;
#define NEXT(bound) (((seed = seed * 1664525u + 1013904223u) >> 8) % (uint32_t)(bound))
    for (int round = 0; round < 4000; round++) {
        char text[sizeof document];
        memcpy(text, document, sizeof text);
        for (uint32_t edits = NEXT(8); edits > 0; edits--) {
            size_t at = NEXT(sizeof text - 1), from = NEXT(sizeof text - 1), length = NEXT(24);
            if (NEXT(3) || from + length >= sizeof text || at + length >= sizeof text)
                text[at] = tokens[NEXT(sizeof tokens - 1)];
            else
                memmove(text + at, text + from, length);
        }
        cap_autobuffer cap_buffer json;
        cap_toml_problem problem = {0};
        cap_buffer_init(&json, 1u << 16);
        if (cap_toml_to_json(text, strlen(text), &json, &problem) < 0)
            assert_true(problem.text[0]);
        else
            assert_int_equal(json.data[0], '{');
    }
#undef NEXT
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(test_absent),  IN_DIRECTORY(test_workflow),  IN_DIRECTORY(test_second_name),
        IN_DIRECTORY(test_defaults), IN_DIRECTORY(test_compute_spellings), IN_DIRECTORY(test_limits), IN_DIRECTORY(test_trace),
        cmocka_unit_test(test_ceiling_texts_refused), IN_DIRECTORY(test_refused), IN_DIRECTORY(test_hostile),
        IN_DIRECTORY(test_not_a_file), cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
