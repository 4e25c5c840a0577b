/* What a task passes on to a program it brings: never more than it has itself. */
#include "policy/policy.h"

#include "support.h"

#define HELD \
    "{\"compute\":1000,\"ram\":\"64MB\",\"timeout\":\"10s\",\"max_retries\":3,\"retry_delay\":\"1s\"," \
    "\"allowed_files\":[\"data\",\"in::/data/private:ro\",\"ro:ro\"],\"allowed_hosts\":[\"example.com\",\"*.b.org\"]," \
    "\"env_variables\":[\"KEY\",\"OTHER\"]}"

static cap_grant mount = {.host_path = (char[]){"m"}, .guest_path = (char[]){"/mnt"}, .writable = true, .from_caller = true};

static int narrow(const char *options, uint64_t left, cap_policy **ret_policy, capsule_error **error) {
    cap_policy *own = NULL;
    if (cap_policy_make("main", HELD, NULL, NULL, NULL, &own, error) < 0) return -1;
    const cap_holdings holdings = {.policy = own, .mounts = &mount, .mount_count = 1, .compute = left};
    int status = cap_policy_narrow(&holdings, options, ret_policy, error);
    cap_policy_free(own);
    return status;
}

static cap_policy *must(const char *options, uint64_t left) {
    cap_policy *policy = NULL;
    capsule_error *error = NULL;
    expect_ok(narrow(options, left, &policy, &error), error);
    return policy;
}

static void nothing_by_default(void **state) {
    (void)state;
    cap_policy *policy = must("{}", 1000);
    assert_int_equal(policy->file_count + policy->host_count + policy->environment_count, 0);
    assert_int_equal(policy->max_retries, 0);
    assert_int_equal(policy->retry_delay_ns, 0);
    cap_policy_free(policy);
    policy = must("{\"allowed_files\":null,\"allowed_hosts\":null}", 1000);
    assert_int_equal(policy->file_count + policy->host_count, 0);
    cap_policy_free(policy);
}

static void numbers_are_lowered(void **state) {
    (void)state;
    const uint64_t second = UINT64_C(1000000000);
    cap_policy *policy = must("{\"compute\":\"HIGH\",\"ram\":\"4GB\",\"timeout\":\"1h\"}", 700);
    assert_int_equal(policy->compute, 700);
    assert_int_equal(policy->ram, 64u << 20);
    assert_int_equal(policy->timeout_ns, 10 * second);
    cap_policy_free(policy);
    policy = must("{\"compute\":699,\"ram\":\"63MB\",\"timeout\":\"9s\"}", 700);
    assert_int_equal(policy->compute, 699);
    assert_int_equal(policy->ram, 63u << 20);
    assert_int_equal(policy->timeout_ns, 9 * second);
    cap_policy_free(policy);
    policy = must("{\"timeout\":0}", 0); /* "none" is the caller's; nothing left is the least there is */
    assert_int_equal(policy->compute, 1);
    assert_int_equal(policy->timeout_ns, 10 * second);
    cap_policy_free(policy);
}

static const cap_grant *grant_at(const cap_policy *policy, const char *path) {
    for (size_t i = 0; i < policy->file_count; i++)
        if (strcmp(policy->files[i].guest_path, path) == 0) return &policy->files[i];
    fail_msg("no grant at %s", path);
    return NULL;
}

static void directories_are_the_callers(void **state) {
    (void)state;
    cap_policy *policy = must("{\"allowed_files\":[\"data/x/../sub\",{\"path\":\"/ro\",\"mode\":\"read-only\"},"
                              "{\"path\":\"mnt\",\"mode\":\"rw\"}]}", 1);
    assert_int_equal(policy->file_count, 3);
    assert_string_equal(grant_at(policy, "/data/sub")->host_path, "data");
    assert_string_equal(grant_at(policy, "/data/sub")->below, "sub");
    assert_true(grant_at(policy, "/data/sub")->writable); /* as the caller has it */
    assert_null(grant_at(policy, "/ro")->below);
    assert_false(grant_at(policy, "/ro")->writable);
    assert_string_equal(grant_at(policy, "/mnt")->host_path, "m");
    cap_policy_free(policy);
}

/* /data hides what "in" shows as /data/private, read-only: passed on alone it would show what the caller does not see. */
static void inner_directories_go_along(void **state) {
    (void)state;
    cap_policy *policy = must("{\"allowed_files\":[\"/data\"]}", 1);
    assert_int_equal(policy->file_count, 2);
    assert_true(grant_at(policy, "/data")->writable);
    assert_string_equal(grant_at(policy, "/data/private")->host_path, "in");
    assert_false(grant_at(policy, "/data/private")->writable);
    cap_policy_free(policy);
}

static void everything_is_all_of_it(void **state) {
    (void)state;
    cap_policy *policy = must(NULL, 500);
    assert_int_equal(policy->compute, 500);
    assert_int_equal(policy->ram, 64u << 20);
    assert_int_equal(policy->file_count, 4);
    assert_int_equal(policy->host_count, 2);
    assert_int_equal(policy->environment_count, 2);
    assert_int_equal(policy->max_retries, 0);
    cap_policy_free(policy);
}

static void hosts_and_variables_are_the_callers(void **state) {
    (void)state;
    cap_policy *policy = must("{\"allowed_hosts\":[\"EXAMPLE.com\",\"a.example.com\",\"*.b.org\"],\"env_variables\":[\"KEY\"]}", 1);
    assert_int_equal(policy->host_count, 3);
    assert_string_equal(policy->environment[0], "KEY");
    cap_policy_free(policy);
}

static void what_is_not_held_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *options, *message;
    } cases[] = {
        {"[]", "options are not an object"},
        {"{", "options are not valid JSON"},
        {"{\"allowed_files\":[\"/\"]}", "allowed_files \"/\": the calling task has no such directory"},
        {"{\"allowed_files\":[\"/database\"]}", "allowed_files \"/database\": the calling task has no such"},
        {"{\"allowed_files\":[\"/tmp\"]}", "no such directory"},
        {"{\"allowed_files\":[\"/data/../etc\"]}", "allowed_files \"/etc\""},
        {"{\"allowed_files\":[{\"path\":\"/ro\",\"mode\":\"read-write\"}]}", "has it read-only"},
        {"{\"allowed_files\":[{\"path\":\"/data/private/x\",\"mode\":\"rw\"}]}", "has it read-only"},
        {"{\"allowed_files\":[\"/data\",\"data\"]}", "allowed_files names \"/data\" twice"},
        {"{\"allowed_files\":[\"\"]}", "Empty path"},
        {"{\"allowed_files\":[\"/.capsule/lib\"]}", "belongs to Capsule itself"},
        {"{\"allowed_files\":[{\"path\":\"/data\",\"mode\":\"rx\"}]}", "Invalid allowed_files mode 'rx'"},
        {"{\"allowed_files\":[{\"path\":\"/data\",\"host\":\"/\"}]}", "unknown key \"host\""},
        {"{\"allowed_files\":\"/data\"}", "invalid allowed_files"},
        {"{\"allowed_hosts\":[\"*\"]}", "allowed_hosts \"*\": the calling task does not have it"},
        {"{\"allowed_hosts\":[\"notexample.com\"]}", "allowed_hosts \"notexample.com\""},
        {"{\"allowed_hosts\":[\"a.b.org\"]}", "allowed_hosts \"a.b.org\""}, /* would include x.a.b.org */
        {"{\"env_variables\":[\"key\"]}", "env_variables \"key\": the calling task does not have it"},
        {"{\"max_retries\":5}", "unknown option \"max_retries\""},
        {"{\"name\":\"main\"}", "unknown option \"name\""},
        {"{\"deterministic\":false}", "unknown option \"deterministic\""},
        {"{\"ram\":\"lots\"}", "invalid ram \"lots\""},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_policy *policy = NULL;
        capsule_error *error = NULL;
        if (narrow(cases[i].options, 1, &policy, &error) == 0) fail_msg("%s was accepted", cases[i].options);
        if (!strstr(capsule_error_message(error), cases[i].message))
            fail_msg("%s: got \"%s\"", cases[i].options, capsule_error_message(error));
        capsule_error_free(error);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_by_default),      cmocka_unit_test(numbers_are_lowered),
        cmocka_unit_test(directories_are_the_callers), cmocka_unit_test(inner_directories_go_along),
        cmocka_unit_test(everything_is_all_of_it), cmocka_unit_test(hosts_and_variables_are_the_callers),
        cmocka_unit_test(what_is_not_held_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
