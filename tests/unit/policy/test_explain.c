/* Where the values of a policy come from, what a task may cost, and which line has to change. */
#include "policy/policy.h"
#include "support.h"

#define MB (UINT64_C(1) << 20)
#define GB (UINT64_C(1) << 30)
#define MS UINT64_C(1000000)

static const cap_declaration python = {.file = (char *)"main.py", .line = 12, .wrapped = true};
static const cap_declaration typescript = {.file = (char *)"src/main.ts", .line = 7, .wrapped = true, .javascript = true};
static const cap_declaration plain = {.file = (char *)"main.py", .line = 3};

/* What a program, capsule.toml and the command line say. */
typedef struct said {
    const char *declared, *config, *max_ram, *max_timeout, *max_compute;
    bool deny_files, deny_net;
    const char *default_timeout;
    const cap_declaration *place; /* NULL: python */
} said;

static cap_policy *make(const said *all) {
    cap_policy *policy = NULL;
    cap_config *config = NULL;
    cap_ceiling ceiling;
    capsule_error *error = NULL;
    char *directory = make_directory();
    if (all->config) write_file(directory, "capsule.toml", all->config);
    expect_ok(cap_config_read(directory, &config, &error), error);
    expect_ok(cap_ceiling_make(config, all->max_ram, all->max_timeout, all->max_compute, all->deny_files, all->deny_net,
                               &ceiling, &error),
              error);
    expect_ok(cap_policy_make("main", all->declared, config, &ceiling, all->default_timeout, &policy, &error), error);
    assert_int_equal(cap_policy_declared_at(policy, all->place ? all->place : &python), 0);
    cap_config_free(config);
    remove_directory(directory);
    return policy;
}

/* ---- Sources ---- */

#define TASKS "[tasks]\ndefault_ram = '1GB'\ndefault_timeout = '10s'\n# a comment\ndefault_compute = 'low'\ndefault_allowed_files = ['in']\n"
#define LIMITS "[limits]\nmax_ram = '256MB'\nmax_timeout = '5s'\nmax_compute = 1000\nmax_cpu = '1s'\nmax_tmp = '1MB'\ndeny_files = true\n"

static void test_sources(void **state) {
    (void)state;
    static const struct {
        said said;
        cap_option_id id;
        const char *set_by, *lowered_by; /* "nobody": not lowered */
    } cases[] = {
        /* built in < [tasks] < declared */
        {{.declared = "{}"}, CAP_OPTION_RAM, "built-in default", "nobody"},
        {{.declared = "{}", .config = TASKS}, CAP_OPTION_RAM, "capsule.toml:2 default_ram", "nobody"},
        {{.declared = "{\"ram\":\"64MB\"}", .config = TASKS}, CAP_OPTION_RAM, "main.py:12 ram", "nobody"},
        {{.declared = "{}", .config = TASKS}, CAP_OPTION_COMPUTE, "capsule.toml:5 default_compute", "nobody"},
        {{.declared = "{}", .config = TASKS}, CAP_OPTION_ALLOWED_FILES, "capsule.toml:6 default_allowed_files", "nobody"},
        {{.declared = "{\"allowed_files\":[]}", .config = TASKS}, CAP_OPTION_ALLOWED_FILES, "main.py:12 allowed_files", "nobody"},
        {{.declared = "{\"max_retries\":1}", .place = &typescript}, CAP_OPTION_MAX_RETRIES, "src/main.ts:7 maxRetries", "nobody"},
        {{.declared = "{\"ram\":null}"}, CAP_OPTION_RAM, "built-in default", "nobody"},
        {{.declared = "{}", .config = "[tasks.other]\nmax_ram='1KB'\n[tasks]\ndefault_ram='8MB'"}, CAP_OPTION_RAM,
         "capsule.toml:4 default_ram", "nobody"},
        /* a service's default stands between the house's and the rest */
        {{.declared = "{}", .default_timeout = "60s"}, CAP_OPTION_TIMEOUT, "default_timeout", "nobody"},
        {{.declared = "{}", .default_timeout = "60s", .config = TASKS}, CAP_OPTION_TIMEOUT, "capsule.toml:3 default_timeout", "nobody"},
        /* bounds only lower, and the one that decided is named */
        {{.declared = "{}", .config = LIMITS}, CAP_OPTION_RAM, "built-in default", "capsule.toml:2 max_ram"},
        {{.declared = "{}", .config = LIMITS, .max_ram = "1GB"}, CAP_OPTION_RAM, "built-in default", "capsule.toml:2 max_ram"},
        {{.declared = "{}", .config = LIMITS, .max_ram = "128MB"}, CAP_OPTION_RAM, "built-in default", "--max-ram"},
        {{.declared = "{\"ram\":\"64MB\"}", .config = LIMITS, .max_ram = "128MB"}, CAP_OPTION_RAM, "main.py:12 ram", "nobody"},
        {{.declared = "{\"ram\":\"64GB\"}"}, CAP_OPTION_RAM, "main.py:12 ram", "the most there is"},
        {{.declared = "{\"max_retries\":1001}"}, CAP_OPTION_MAX_RETRIES, "main.py:12 max_retries", "the most there is"},
        {{.declared = "{}", .config = LIMITS}, CAP_OPTION_TIMEOUT, "built-in default", "capsule.toml:3 max_timeout"},
        {{.declared = "{}", .max_timeout = "1s"}, CAP_OPTION_TIMEOUT, "built-in default", "--max-timeout"},
        {{.declared = "{}", .config = LIMITS}, CAP_OPTION_COMPUTE, "built-in default", "capsule.toml:4 max_compute"},
        {{.declared = "{}", .max_compute = "LOW"}, CAP_OPTION_COMPUTE, "built-in default", "--max-compute"},
        {{.declared = "{}"}, CAP_RULE_CPU, "follows compute", "nobody"},
        {{.declared = "{}", .config = LIMITS}, CAP_RULE_CPU, "follows compute", "capsule.toml:5 max_cpu"},
        {{.declared = "{}", .config = LIMITS}, CAP_RULE_TMP, "built-in default", "capsule.toml:6 max_tmp"},
        {{.declared = "{\"allowed_files\":[\"a\"]}", .config = LIMITS}, CAP_OPTION_ALLOWED_FILES, "main.py:12 allowed_files",
         "capsule.toml:7 deny_files"},
        {{.declared = "{\"allowed_files\":[\"a\"]}", .config = LIMITS, .deny_files = true}, CAP_OPTION_ALLOWED_FILES,
         "main.py:12 allowed_files", "capsule.toml:7 deny_files"},
        {{.declared = "{\"allowed_hosts\":[\"a\"]}", .deny_net = true}, CAP_OPTION_ALLOWED_HOSTS, "main.py:12 allowed_hosts",
         "--deny-net"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        char text[CAP_SOURCE_TEXT_MAX];
        cap_policy *policy = make(&cases[i].said);
        assert_string_equal(cap_source_text(policy, &policy->rules[cases[i].id].set_by, text), cases[i].set_by);
        assert_string_equal(cap_source_text(policy, &policy->rules[cases[i].id].lowered_by, text), cases[i].lowered_by);
        cap_policy_free(policy);
    }
}

static void test_second_name_of_the_file(void **state) {
    (void)state;
    char *directory = make_directory(), text[CAP_SOURCE_TEXT_MAX];
    cap_config *config = NULL;
    cap_policy *policy = NULL;
    capsule_error *error = NULL;
    write_file(directory, "Capsule.toml", "[tasks]\ndefault_ram='1GB'");
    expect_ok(cap_config_read(directory, &config, &error), error);
    expect_ok(cap_policy_make("t", "{}", config, NULL, NULL, &policy, &error), error);
    assert_string_equal(cap_source_text(policy, &policy->rules[CAP_OPTION_RAM].set_by, text), "Capsule.toml:2 default_ram");
    cap_policy_free(policy);
    cap_config_free(config);
    remove_directory(directory);
}

/* The file's name comes from a guest. */
static void test_places_that_cannot_be_shown(void **state) {
    (void)state;
    char *at = repeat("x", 256), *past = repeat("x", 257);
    const struct {
        const char *file;
        bool shown;
    } cases[] = {{"a b.py", true}, {at, true}, {past, false}, {"", false}, {NULL, false}, {"a\nb.py", false}, {"a\x1b[2Jb", false}, {"a\x7f", false}};
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_policy *policy = make(&(said){.declared = "{\"ram\":\"64MB\"}"});
        char text[CAP_SOURCE_TEXT_MAX];
        assert_int_equal(cap_policy_declared_at(policy, &(cap_declaration){.file = (char *)cases[i].file, .line = 5}), 0);
        cap_source_text(policy, &policy->rules[CAP_OPTION_RAM].set_by, text);
        if (cases[i].shown)
            assert_true(strstr(text, cases[i].file) == text);
        else
            assert_string_equal(text, "the program ram");
        cap_policy_free(policy);
    }
    free(at);
    free(past);
}

static void test_json(void **state) {
    (void)state;
    cap_policy *policy = make(&(said){.declared = "{\"ram\":\"1GB\"}", .config = LIMITS});
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, 1 << 16);
    cap_buffer_add_text(&out, "{");
    assert_int_equal(cap_policy_explain(policy, &out), 0);
    assert_non_null(strstr(out.data, "\"declared_at\":{\"file\":\"main.py\",\"line\":12}"));
    assert_non_null(strstr(out.data, "\"ram\":{\"set_by\":{\"from\":\"declared\",\"file\":\"main.py\",\"line\":12,\"text\":"
                                     "\"main.py:12 ram\"},\"lowered_by\":{\"from\":\"config\",\"file\":\"capsule.toml\","
                                     "\"line\":2,\"text\":\"capsule.toml:2 max_ram\"}}"));
    assert_non_null(strstr(out.data, "\"env_variables\":{\"set_by\":{\"from\":\"default\",\"file\":null,\"line\":null,"
                                     "\"text\":\"built-in default\"},\"lowered_by\":null}"));
    cap_policy_free(policy);
}

/* ---- Cost ---- */

static void test_cost(void **state) {
    (void)state;
    static const struct {
        const char *declared, *class_name;
        uint64_t cpu_ms, most_ms;
        const char *text;
    } cases[] = {
        {"{}", "MEDIUM", 500, 5000, "MEDIUM: about 500ms of CPU time and never more than 5s, 512 MB of memory, any time"},
        {"{\"compute\":\"LOW\"}", "LOW", 25, 5000, "LOW: about 25ms of CPU time and never more than 5s, 512 MB of memory, any time"},
        {"{\"compute\":100000001}", "LOW", 25, 5000, NULL},
        {"{\"compute\":100000004}", "MEDIUM", 25, 5000, NULL},
        {"{\"compute\":\"HIGH\"}", "HIGH", 12500, 50000, NULL},
        {"{\"compute\":50000000004}", "VERY HIGH", 12500, 50000, NULL},
        {"{\"compute\":\"18446744073709551614\"}", "VERY HIGH", UINT64_MAX, UINT64_MAX, NULL},
        /* time bounds what compute would allow */
        {"{\"compute\":\"HIGH\",\"timeout\":\"20ms\"}", "LOW", 20, 20, "LOW: about 20ms of CPU time, 512 MB of memory, 20ms"},
        /* memory counts */
        {"{\"compute\":\"LOW\",\"ram\":\"513MB\"}", "MEDIUM", 25, 5000, NULL},
        {"{\"compute\":\"LOW\",\"ram\":\"1GB\"}", "MEDIUM", 25, 5000, NULL},
        {"{\"compute\":\"LOW\",\"ram\":\"1025MB\"}", "HIGH", 25, 5000, NULL},
        /* and so does every attempt */
        {"{\"compute\":\"LOW\",\"max_retries\":3,\"timeout\":\"2s\"}", "MEDIUM", 100, 8000,
         "MEDIUM: about 100ms of CPU time and never more than 8s, 512 MB of memory, 8s (4 attempts together)"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_policy *policy = make(&(said){.declared = cases[i].declared});
        cap_cost cost = cap_cost_of(policy);
        assert_string_equal(cost.class_name, cases[i].class_name);
        if (cases[i].cpu_ms != UINT64_MAX) {
            assert_int_equal(cost.cpu_ns / MS, cases[i].cpu_ms);
            assert_int_equal(cost.cpu_most_ns / MS, cases[i].most_ms);
        }
        cap_autobuffer cap_buffer text;
        cap_buffer_init(&text, 1024);
        cap_cost_text(policy, &text);
        if (cases[i].text) assert_string_equal(text.data, cases[i].text);
        cap_policy_free(policy);
    }
}

/* ---- Advice ---- */

static void test_advice_about_limits(void **state) {
    (void)state;
    static const struct {
        said said;
        cap_option_id id;
        const char *value, *advice; /* NULL: no line allows more */
    } cases[] = {
        {{.declared = "{}"}, CAP_OPTION_RAM, "1GB", "raise it with ram=\"1GB\" in @task at main.py:12, or default_ram in capsule.toml"},
        {{.declared = "{\"ram\":\"8MB\"}"}, CAP_OPTION_RAM, "16MB", "raise it with ram=\"16MB\" in @task at main.py:12"},
        {{.declared = "{\"ram\":\"8MB\"}", .place = &typescript}, CAP_OPTION_RAM, "16MB", "raise it with ram: \"16MB\" in task({ ... }) at src/main.ts:7"},
        {{.declared = "{}", .place = &plain}, CAP_OPTION_RAM, "1GB",
         "raise it with ram=\"1GB\" in a @task(...) on main at main.py:3, or default_ram in capsule.toml"},
        {{.declared = "{}", .config = TASKS}, CAP_OPTION_RAM, "2GB", "raise capsule.toml:2 default_ram, or set ram=\"2GB\" in @task at main.py:12"},
        {{.declared = "{}", .config = LIMITS}, CAP_OPTION_RAM, "2GB", "raise capsule.toml:2 max_ram"},
        {{.declared = "{}", .max_ram = "8MB"}, CAP_OPTION_RAM, "16MB", "raise --max-ram"},
        {{.declared = "{}", .max_timeout = "8s"}, CAP_OPTION_TIMEOUT, "16s", "raise --max-timeout"},
        {{.declared = "{\"ram\":\"8GB\"}"}, CAP_OPTION_RAM, "16GB", NULL},
        {{.declared = "{}"}, CAP_RULE_CPU, "HIGH", "raise it with compute=\"HIGH\" in @task at main.py:12, or default_compute in capsule.toml"},
        {{.declared = "{}", .config = LIMITS}, CAP_RULE_CPU, "HIGH", "raise capsule.toml:5 max_cpu"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_policy *policy = make(&cases[i].said);
        cap_autobuffer cap_buffer out;
        cap_buffer_init(&out, 1024);
        assert_int_equal(cap_advise_limit(policy, cases[i].id, cases[i].value, &out), cases[i].advice != NULL);
        if (cases[i].advice) assert_string_equal(out.data, cases[i].advice);
        cap_policy_free(policy);
    }
}

static void test_advice_about_entries(void **state) {
    (void)state;
    static const struct {
        said said;
        cap_option_id id;
        const char *entry, *flag, *advice;
    } cases[] = {
        {{.declared = "{}"}, CAP_OPTION_ALLOWED_FILES, "data", "--mount data",
         "allow it with allowed_files=[\"data\"] in @task at main.py:12, or default_allowed_files in capsule.toml, or with --mount data"},
        {{.declared = "{}", .place = &typescript}, CAP_OPTION_ALLOWED_FILES, "data", NULL,
         "allow it with allowedFiles: [\"data\"] in task({ ... }) at src/main.ts:7, or default_allowed_files in capsule.toml"},
        {{.declared = "{\"env_variables\":[]}"}, CAP_OPTION_ENV_VARIABLES, "KEY", NULL, "allow it with env_variables=[\"KEY\"] in @task at main.py:12"},
        {{.declared = "{\"env_variables\":[\"A\"]}"}, CAP_OPTION_ENV_VARIABLES, "KEY", NULL, "allow it by adding \"KEY\" to env_variables in @task at main.py:12"},
        {{.declared = "{}", .config = TASKS}, CAP_OPTION_ALLOWED_FILES, "data", NULL, "allow it by adding \"data\" to capsule.toml:6 default_allowed_files"},
        {{.declared = "{}", .deny_files = true}, CAP_OPTION_ALLOWED_FILES, "data", "--mount data", "--deny-files denies it whatever is declared"},
        {{.declared = "{}", .config = LIMITS}, CAP_OPTION_ALLOWED_FILES, "data", "--mount data", "capsule.toml:7 deny_files denies it whatever is declared"},
        {{.declared = "{}"}, CAP_OPTION_ALLOWED_FILES, "a\"\n\x1b", NULL,
         "allow it with allowed_files=[\"a\\\"\\n\\u001b\"] in @task at main.py:12, or default_allowed_files in capsule.toml"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_policy *policy = make(&cases[i].said);
        cap_autobuffer cap_buffer out;
        cap_buffer_init(&out, 1024);
        cap_advise_entry(policy, cases[i].id, cases[i].entry, cases[i].flag, &out);
        assert_string_equal(out.data, cases[i].advice);
        cap_policy_free(policy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_second_name_of_the_file),
        cmocka_unit_test(test_places_that_cannot_be_shown),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_advice_about_limits),
        cmocka_unit_test(test_advice_about_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
