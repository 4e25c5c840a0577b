/* From declared options to an effective policy. */
#include "policy/policy.h"
#include "support.h"

#define MB (UINT64_C(1) << 20)
#define S UINT64_C(1000000000)

static void policy_cleanup(cap_policy **policy) { cap_policy_free(*policy); }
#define autopolicy cap_cleanup(policy_cleanup) cap_policy

static cap_policy *make(const char *declared) {
    cap_policy *policy = NULL;
    capsule_error *error = NULL;
    expect_ok(cap_policy_make("main", declared, NULL, NULL, NULL, &policy, &error), error);
    return policy;
}

static void test_defaults(void **state) {
    (void)state;
    static const char *const empty[] = {
        NULL, "{}", "{\"compute\":\"\"}",
        "{\"name\":null,\"compute\":null,\"ram\":null,\"timeout\":null,\"max_retries\":null,\"allowed_files\":null,"
        "\"allowed_hosts\":null,\"env_variables\":null}",
        "{\"allowed_files\":[],\"allowed_hosts\":[],\"env_variables\":[],\"timeout\":0,\"max_retries\":0}",
    };
    for (size_t i = 0; i < CAP_COUNT(empty); i++) {
        autopolicy *policy = make(empty[i]);
        assert_string_equal(policy->task, "main");
        assert_int_equal(policy->compute, CAP_COMPUTE_MEDIUM);
        assert_int_equal(policy->ram, 512 * MB);
        assert_true(policy->timeout_ns == CAP_NO_LIMIT);
        assert_int_equal(policy->cpu_ns, 5 * S);
        assert_int_equal(policy->max_retries, 0);
        assert_int_equal(policy->file_count + policy->host_count + policy->environment_count + policy->note_count, 0);
    }
}

static void test_declared(void **state) {
    (void)state;
    autopolicy *policy = make(
        "{\"name\":\"x\",\"compute\":\"low\",\"ram\":\"1.5GB\",\"timeout\":\"1.8s\",\"max_retries\":3,"
        "\"allowed_files\":[\"./data\",{\"path\":\"out\",\"mode\":\"read-only\"},{\"path\":\"in:ro\",\"mode\":null},"
        "{\"path\":\"w\",\"mode\":\"rw\"},\"./data\",{\"path\":\"s:ro\",\"mode\":\"read-write\"}],"
        "\"allowed_hosts\":[\"*\",\"api.example.com\",\"*\"],\"env_variables\":[\"KEY\",\"OTHER\",\"KEY\"]}");
    assert_int_equal(policy->compute, CAP_COMPUTE_LOW);
    assert_int_equal(policy->ram, 1536 * MB);
    assert_int_equal(policy->timeout_ns, 18 * S / 10);
    assert_int_equal(policy->cpu_ns, 5 * S);
    assert_int_equal(policy->max_retries, 3);
    assert_int_equal(policy->file_count, 5);
    static const struct {
        const char *guest;
        bool writable;
    } files[] = {{"/data", true}, {"/out", false}, {"/in", false}, {"/w", true}, {"/s", false}};
    for (size_t i = 0; i < CAP_COUNT(files); i++) {
        assert_string_equal(policy->files[i].guest_path, files[i].guest);
        assert_int_equal(policy->files[i].writable, files[i].writable);
    }
    assert_int_equal(policy->host_count, 2);
    assert_string_equal(policy->hosts[1], "api.example.com");
    assert_int_equal(policy->environment_count, 2);
    assert_int_equal(policy->note_count, 0);
}

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        const char *declared;
        uint64_t compute, ram, timeout_ns, retries;
    } cases[] = {
        {"{\"compute\":123}", 123, 512 * MB, CAP_NO_LIMIT, 0},
        {"{\"compute\":1e9}", 1000000000, 512 * MB, CAP_NO_LIMIT, 0},
        {"{\"compute\":\"18446744073709551615\"}", UINT64_MAX, 512 * MB, CAP_NO_LIMIT, 0},
        {"{\"compute\":{\"custom\":77}}", 77, 512 * MB, CAP_NO_LIMIT, 0},
        {"{\"ram\":1048576.0}", CAP_COMPUTE_MEDIUM, MB, CAP_NO_LIMIT, 0},
        {"{\"ram\":0}", CAP_COMPUTE_MEDIUM, 0, CAP_NO_LIMIT, 0},
        {"{\"timeout\":1500}", CAP_COMPUTE_MEDIUM, 512 * MB, 3 * S / 2, 0},
        {"{\"timeout\":0.5}", CAP_COMPUTE_MEDIUM, 512 * MB, 500000, 0},
        {"{\"timeout\":1e-30}", CAP_COMPUTE_MEDIUM, 512 * MB, 1, 0},
        {"{\"timeout\":\"0s\"}", CAP_COMPUTE_MEDIUM, 512 * MB, CAP_NO_LIMIT, 0},
        {"{\"max_retries\":2.0}", CAP_COMPUTE_MEDIUM, 512 * MB, CAP_NO_LIMIT, 2},
        {"{\"max_retries\":1000}", CAP_COMPUTE_MEDIUM, 512 * MB, CAP_NO_LIMIT, 1000},
        /* above a maximum of ours: lowered, with a note */
        {"{\"max_retries\":1001}", CAP_COMPUTE_MEDIUM, 512 * MB, CAP_NO_LIMIT, 1000},
        {"{\"max_retries\":18446744073709551615}", CAP_COMPUTE_MEDIUM, 512 * MB, CAP_NO_LIMIT, 1000},
        {"{\"ram\":\"8GB\"}", CAP_COMPUTE_MEDIUM, 4096 * MB, CAP_NO_LIMIT, 0},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        autopolicy *policy = make(cases[i].declared);
        if (policy->compute != cases[i].compute || policy->ram != cases[i].ram ||
            policy->timeout_ns != cases[i].timeout_ns || policy->max_retries != cases[i].retries)
            fail_msg("%s: got %llu %llu %llu %u", cases[i].declared, (unsigned long long)policy->compute,
                     (unsigned long long)policy->ram, (unsigned long long)policy->timeout_ns, policy->max_retries);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *declared, *message;
    } cases[] = {
        {"", "options are not valid JSON"},
        {"{", "options are not valid JSON"},
        {"[]", "options are not an object"},
        {"null", "options are not an object"},
        {"{\"ram\":\"lots\"}", "task \"main\": invalid ram \"lots\": expected a size like"},
        {"{\"ram\":-1}", "invalid ram -1: expected"},
        {"{\"ram\":1.5}", "invalid ram 1.5: expected"},
        {"{\"ram\":1e300}", "invalid ram 1e300: expected"},
        {"{\"ram\":99999999999999999999}", "invalid ram 100000000000000000000.0: expected"},
        {"{\"ram\":NaN}", "options are not valid JSON"},
        {"{\"ram\":1e999}", "options are not valid JSON"},
        {"{\"ram\":true}", "invalid ram true: expected"},
        {"{\"ram\":[]}", "invalid ram [...]: expected"},
        {"{\"ram\":{}}", "invalid ram {...}: expected"},
        {"{\"ram\":\"1\\u0000GB\"}", "invalid ram \"1\": expected a text without NUL bytes"},
        {"{\"ram\":\"1\\nGB\"}", "invalid ram \"1\\x0aGB\": expected"},
        {"{\"compute\":0}", "invalid compute 0: expected"},
        {"{\"compute\":-5}", "invalid compute -5: expected"},
        {"{\"compute\":2.5}", "invalid compute 2.5: expected"},
        {"{\"compute\":\"HUGE\"}", "invalid compute \"HUGE\": expected LOW, MEDIUM, HIGH"},
        {"{\"compute\":{\"custom\":{\"custom\":1}}}", "invalid compute {...}: expected"},
        {"{\"compute\":{}}", "invalid compute {...}: expected"},
        {"{\"timeout\":\"10\"}", "invalid timeout \"10\": expected"},
        {"{\"timeout\":-1}", "invalid timeout -1: expected"},
        {"{\"timeout\":-0.5}", "invalid timeout -0.5: expected"},
        {"{\"timeout\":1e300}", "invalid timeout 1e300: expected"},
        {"{\"timeout\":18446744073709551615}", "invalid timeout 18446744073709551615: expected"},
        {"{\"timeout\":false}", "invalid timeout false: expected"},
        {"{\"max_retries\":\"3\"}", "invalid max_retries \"3\": expected a whole number"},
        {"{\"max_retries\":-1}", "invalid max_retries -1: expected"},
        {"{\"max_retries\":0.5}", "invalid max_retries 0.5: expected"},
        {"{\"max_retries\":true}", "invalid max_retries true: expected"},
        {"{\"retry_delay\":\"10\"}", "invalid retry_delay \"10\": expected a duration"},
        {"{\"retry_delay\":-1}", "invalid retry_delay -1: expected"},
        {"{\"name\":\"\"}", "invalid name \"\": expected a text"},
        {"{\"name\":7}", "invalid name 7: expected a text"},
        {"{\"allowed_files\":\"data\"}", "invalid allowed_files \"data\": expected a list of directories"},
        {"{\"allowed_files\":[7]}", "invalid allowed_files 7: expected"},
        {"{\"allowed_files\":[[]]}", "invalid allowed_files [...]: expected"},
        {"{\"allowed_files\":[\"/etc\"]}", "Absolute paths are not allowed: /etc"},
        {"{\"allowed_files\":[\"../x\"]}", "Path escapes project directory: ../x"},
        {"{\"allowed_files\":[{\"mode\":\"ro\"}]}", "an entry of allowed_files has no \"path\""},
        {"{\"allowed_files\":[{\"path\":\"x\",\"mode\":\"rx\"}]}",
         "Invalid allowed_files mode 'rx' for path 'x'. Use 'read-only' or 'read-write'."},
        {"{\"allowed_files\":[{\"path\":\"x\",\"mode\":1}]}", "Invalid allowed_files mode 'uint' for path 'x'"},
        {"{\"allowed_files\":[{\"path\":\"x\",\"write\":true}]}", "unknown key \"write\" in allowed_files"},
        {"{\"allowed_files\":[\"a::x\",\"b::x\"]}", "allowed_files names /x twice"},
        {"{\"allowed_files\":[\"a\",\"a:ro\"]}", "allowed_files names /a twice"},
        {"{\"allowed_hosts\":[\"\"]}", "invalid allowed_hosts \"\": expected host names"},
        {"{\"allowed_hosts\":[\"a b\"]}", "invalid allowed_hosts \"a b\": expected host names without"},
        {"{\"allowed_hosts\":{}}", "invalid allowed_hosts {...}: expected a list"},
        {"{\"env_variables\":[\"A=B\"]}", "invalid env_variables \"A=B\": expected variable names without"},
        {"{\"env_variables\":[\"A\\u0000B\"]}", "invalid env_variables \"A\": expected a text without NUL"},
        {"{\"deterministic\":1}", "invalid deterministic 1: expected true or false"},
        {"{\"deterministic\":\"yes\"}", "invalid deterministic \"yes\": expected true or false"},
        {"{\"env_variables\":[null]}", "invalid env_variables null: expected a list of variable names"},
        {"{\"memory\":1}", "unknown option \"memory\": known are name, compute, ram"},
        {"{\"raam\":1}", "unknown option \"raam\" (did you mean \"ram\"?)"},
        {"{\"max_retrys\":1}", "unknown option \"max_retrys\" (did you mean \"max_retries\"?)"},
        {"{\"max_ram\":1}", "unknown option \"max_ram\""}, /* a ceiling is the operator's */
        {"{\"ram\":1,\"ram\":2}", "ram is given twice"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_policy *policy = NULL;
        capsule_error *error = NULL;
        if (cap_policy_make("main", cases[i].declared, NULL, NULL, NULL, &policy, &error) == 0)
            fail_msg("%s was accepted", cases[i].declared);
        assert_null(policy);
        expect_error(&error, CAPSULE_CONFIG, cases[i].message);
    }
}

/* Wraps `middle`, repeated, into a list option. */
static char *list_of(const char *option, const char *entry, size_t count) {
    cap_autofree char *entries = repeat(entry, count);
    char *json = NULL;
    entries[strlen(entries) - 1] = 0; /* the last comma */
    assert_true(asprintf(&json, "{\"%s\":[%s]}", option, entries) > 0);
    return json;
}

static void test_hostile(void **state) {
    (void)state;
    cap_autofree char *long_name = repeat("t", CAP_TASK_NAME_MAX + 1);
    cap_autofree char *deep = repeat("[", 5u << 20);
    cap_autofree char *deep_closed = NULL, *closing = repeat("]", 1u << 20), *opening = repeat("[", 1u << 20);
    cap_autofree char *huge = repeat("9", 10u << 20), *huge_text = NULL, *huge_key = NULL;
    cap_autofree char *many = list_of("allowed_hosts", "\"a\",", 1u << 20);
    cap_autofree char *grants = list_of("allowed_files", "\"a\",", CAP_GRANTS_MAX + 1);
    assert_true(asprintf(&deep_closed, "{\"ram\":%s%s}", opening, closing) > 0);
    assert_true(asprintf(&huge_text, "{\"ram\":\"%s\"}", huge) > 0);
    assert_true(asprintf(&huge_key, "{\"%s\":1}", huge) > 0);
    const struct {
        const char *task, *declared, *message;
    } cases[] = {
        {"", "{}", "a task has an empty name"},
        {long_name, "{}", "is longer than 256 bytes"},
        {"main", deep, "options are not valid JSON"},
        {"main", deep_closed, "invalid ram [...]"},
        {"main", huge, "options are not"},
        {"main", huge_text, "invalid ram \"9999"},
        {"main", huge_key, "unknown option \"9999"},
        {"main", many, "allowed_hosts has 1048576 entries, at most 64 are accepted"},
        {"main", grants, "allowed_files has 65 entries, at most 64 are accepted"},
        {"ma\nin", "{\"ram\":\"x\"}", "task \"ma\\x0ain\": invalid ram"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_policy *policy = NULL;
        capsule_error *error = NULL;
        assert_int_equal(cap_policy_make(cases[i].task, cases[i].declared, NULL, NULL, NULL, &policy, &error), -1);
        assert_true(strlen(capsule_error_message(error)) < 500);
        expect_error(&error, CAPSULE_CONFIG, cases[i].message);
    }
}

static void test_ceiling(void **state) {
    (void)state;
    cap_ceiling ceiling = CAP_CEILING_NONE;
    autopolicy *policy = NULL;
    capsule_error *error = NULL;
    ceiling.ram = 64 * MB;
    ceiling.compute = 1000;
    ceiling.timeout_ns = 2 * S;
    ceiling.cpu_ns = S;
    ceiling.deny_files = ceiling.deny_net = true;
    const char *declared = "{\"ram\":\"1GB\",\"compute\":\"HIGH\",\"allowed_files\":[\"a\",\"b\"],\"allowed_hosts\":[\"*\"]}";
    expect_ok(cap_policy_make("t", declared, NULL, &ceiling, NULL, &policy, &error), error);
    assert_int_equal(policy->ram, 64 * MB);
    assert_int_equal(policy->compute, 1000);
    assert_int_equal(policy->timeout_ns, 2 * S);
    assert_int_equal(policy->cpu_ns, S);
    assert_int_equal(policy->file_count, 0);
    assert_int_equal(policy->host_count, 0);
    static const char *const notes[] = {
        "ram 1 GB lowered to 64 MB (operator's max_ram)",
        "compute 50000000000 lowered to 1000 (operator's max_compute)",
        "timeout none lowered to 2s (operator's max_timeout)",
        "cpu 5s lowered to 1s (operator's max_cpu)",
        "allowed_files: all 2 denied (operator's deny_files)",
        "allowed_hosts: all 1 denied (operator's deny_net)",
    };
    assert_int_equal(policy->note_count, CAP_COUNT(notes));
    for (size_t i = 0; i < CAP_COUNT(notes); i++) assert_string_equal(policy->notes[i], notes[i]);
}

static void test_ceiling_above(void **state) {
    (void)state;
    cap_ceiling ceiling = CAP_CEILING_NONE;
    autopolicy *policy = NULL;
    capsule_error *error = NULL;
    ceiling.ram = ceiling.compute = ceiling.timeout_ns = UINT64_C(1) << 60;
    expect_ok(cap_policy_make("t", "{\"timeout\":\"1s\"}", NULL, &ceiling, NULL, &policy, &error), error);
    assert_int_equal(policy->ram, 512 * MB);
    assert_int_equal(policy->timeout_ns, S);
    assert_int_equal(policy->note_count, 0);
    autopolicy *high = make("{\"compute\":\"HIGH\"}");
    assert_int_equal(high->cpu_ns, 50 * S);
}

static void test_default_timeout(void **state) {
    (void)state;
    static const struct {
        const char *declared, *fallback;
        uint64_t timeout_ns;
    } cases[] = {
        {"{}", "60s", 60 * S},
        {"{\"timeout\":\"5s\"}", "60s", 5 * S},
        {"{\"timeout\":0}", "60s", CAP_NO_LIMIT},
        {"{}", "0", CAP_NO_LIMIT},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        autopolicy *policy = NULL;
        capsule_error *error = NULL;
        expect_ok(cap_policy_make("t", cases[i].declared, NULL, NULL, cases[i].fallback, &policy, &error), error);
        assert_true(policy->timeout_ns == cases[i].timeout_ns);
    }
    cap_policy *none = NULL;
    capsule_error *error = NULL;
    assert_int_equal(cap_policy_make("t", "{}", NULL, NULL, "soon", &none, &error), -1);
    expect_error(&error, CAPSULE_CONFIG, "invalid default_timeout \"soon\"");
}

static void test_hosts_that_never_match(void **state) {
    (void)state;
    autopolicy *policy = make("{\"allowed_hosts\":[\"https://a.example\",\"a.example\",\"b.example:8080\"]}");
    assert_int_equal(policy->host_count, 3);
    assert_int_equal(policy->note_count, 2);
    assert_string_equal(policy->notes[0], "allowed_hosts \"https://a.example\" never matches: write the host name "
                                          "without scheme, port or path");
}

static void test_retry_delay(void **state) {
    (void)state;
    autopolicy *none = make("{}"), *number = make("{\"retry_delay\":250}"), *most = make("{\"retry_delay\":\"1h\"}");
    autopolicy *above = make("{\"retry_delay\":\"61m\"}");
    assert_int_equal(none->retry_delay_ns, 0);
    assert_int_equal(number->retry_delay_ns, S / 4);
    assert_int_equal(most->retry_delay_ns, CAP_RETRY_DELAY_MAX_NS);
    assert_int_equal(most->note_count, 0);
    assert_int_equal(above->retry_delay_ns, CAP_RETRY_DELAY_MAX_NS);
    assert_string_equal(above->notes[0], "retry_delay 1h 1m lowered to 1h (the most there is)");
}

static void test_json(void **state) {
    (void)state;
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, 4096);
    autopolicy *policy = make("{\"timeout\":\"2s\",\"allowed_files\":[\"./d\\\"q:ro\"],\"env_variables\":[\"A\"]}");
    assert_int_equal(cap_policy_to_json(policy, &out), 0);
    assert_string_equal(
        out.data, "{\"name\":\"main\",\"compute\":2000000000,\"ram\":536870912,\"timeout_ns\":2000000000,"
                  "\"cpu_ns\":5000000000,\"tmp\":67108864,\"max_retries\":0,\"retry_delay_ns\":0,\"allowed_files\":[{\"path\":\"./d\\\"q\",\"guest\":\"/d\\\"q\","
                  "\"mode\":\"read-only\"}],\"allowed_hosts\":[],\"env_variables\":[\"A\"],\"deterministic\":false}");
    cap_buffer_clear(&out);
    autopolicy *unlimited = make("{\"compute\":\"18446744073709551615\"}");
    assert_int_equal(cap_policy_to_json(unlimited, &out), 0);
    assert_non_null(strstr(out.data, "\"compute\":null"));
    assert_non_null(strstr(out.data, "\"timeout_ns\":null,\"cpu_ns\":null"));
    cap_buffer tiny;
    cap_buffer_init(&tiny, 10);
    assert_int_equal(cap_policy_to_json(policy, &tiny), -1);
}

/* The canonical text of a policy made of these options. */
static char *canonical(const char *task, const char *declared) {
    cap_policy *policy = NULL;
    capsule_error *error = NULL;
    cap_buffer text;
    expect_ok(cap_policy_make(task, declared, NULL, NULL, NULL, &policy, &error), error);
    cap_buffer_init(&text, 1 << 20);
    assert_int_equal(cap_policy_canonical(policy, &text), 0);
    const char *kept = cap_policy_canonical_text(policy);
    assert_string_equal(kept, text.data);
    assert_ptr_equal(cap_policy_canonical_text(policy), kept);
    cap_buffer_clear(&text);
    assert_int_equal(cap_policy_to_json(policy, &text), 0);
    assert_string_equal(cap_policy_text(policy), text.data);
    assert_ptr_equal(cap_policy_text(policy), cap_policy_text(policy));
    cap_buffer_clear(&text);
    cap_policy_canonical(policy, &text);
    cap_policy_free(policy);
    return cap_buffer_take(&text);
}

static void test_canonical(void **state) {
    (void)state;
    static const char *const equal[] = {
        "{\"env_variables\":[\"A\",\"B\"],\"allowed_hosts\":[\"a.b\",\"c.d\"],\"allowed_files\":[\"x\",\"y:ro\"],\"ram\":\"64MB\"}",
        "{\"ram\":67108864,\"allowed_files\":[{\"path\":\"y\",\"mode\":\"ro\"},\"x::/x\"],\"env_variables\":[\"B\",\"A\",\"A\"],"
        "\"allowed_hosts\":[\"c.d\",\"a.b\"]}",
    };
    static const char *const others[] = {
        "{}", "{\"ram\":\"64MB\"}", "{\"env_variables\":[\"A\"]}", "{\"allowed_files\":[\"x\"]}", "{\"allowed_files\":[\"x:ro\"]}",
        "{\"max_retries\":1}", "{\"deterministic\":true}", "{\"timeout\":\"1s\"}", "{\"compute\":\"LOW\"}", "{\"allowed_hosts\":[\"A\"]}",
    };
    cap_autofree char *first = canonical("main", equal[0]);
    cap_autofree char *second = canonical("other", equal[1]);
    assert_string_equal(first, second);
    for (size_t i = 0; i < CAP_COUNT(others); i++)
        for (size_t j = 0; j <= i; j++) {
            cap_autofree char *a = canonical("main", others[i]);
            cap_autofree char *b = canonical("other", others[j]);
            assert_int_equal(strcmp(a, b) == 0, i == j);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),        cmocka_unit_test(test_declared),
        cmocka_unit_test(test_numbers),         cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hostile),         cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_ceiling_above),   cmocka_unit_test(test_default_timeout),
        cmocka_unit_test(test_hosts_that_never_match), cmocka_unit_test(test_json),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_retry_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
