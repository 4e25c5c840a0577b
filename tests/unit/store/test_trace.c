/* The trace database: what is written can be read. */
#include "trace_support.h"

#include <signal.h>


static void test_lazy(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    assert_false(exists(".capsule"));
    assert_int_equal(count_listed(), 0);
    assert_false(exists(".capsule"));
    write_good(trace, NULL, 0);
    assert_true(exists(".capsule/trace.db"));
    FILE *file = fopen(at(".capsule/.gitignore"), "r");
    char line[8] = "";
    assert_string_equal(fgets(line, sizeof line, file), "*\n");
    fclose(file);
    assert_int_equal(count_listed(), 0);
    cap_trace_free(trace);
}

static void test_round_trip(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row rows[3] = {make_row("01AAAA00000000000000000002"), make_row("01AAAA00000000000000000003"),
                             make_row("01AAAA00000000000000000001")};
    rows[0].parent_id = rows[1].parent_id = rows[2].id;
    rows[0].task = "sub";
    rows[0].state = "failed";
    rows[0].outcome.error_type = "task_error";
    write_good(trace, rows, 3);
    write_number(trace, 7);
    yyjson_doc *document = list(0);
    yyjson_val *root = yyjson_doc_get_root(document);
    assert_int_equal(yyjson_arr_size(root), 2); /* subtasks are not runs of their own */
    yyjson_val *second = yyjson_arr_get(root, 1);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(second, "id")), rows[2].id);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(second, "started_at")), "2023-11-14T22:13:20.123Z");
    assert_true(yyjson_is_null(yyjson_obj_get(second, "error_type")));
    assert_int_equal(yyjson_get_int(yyjson_obj_get(second, "duration_ms")), 333);
    yyjson_doc_free(document);
    char *json = NULL;
    assert_int_equal(capsule_trace_show(scratch, rows[2].id, &json, NULL), 0);
    assert_non_null(strstr(json, "\"result\":1180591620717411303424"));
    document = yyjson_read(json, strlen(json), YYJSON_READ_NUMBER_AS_RAW);
    yyjson_val *subtasks = yyjson_obj_get(yyjson_doc_get_root(document), "subtasks");
    assert_int_equal(yyjson_arr_size(subtasks), 2);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(yyjson_arr_get_first(subtasks), "error_type")), "task_error");
    assert_non_null(yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(document), "limits"), "compute"));
    yyjson_doc_free(document);
    free(json);
    cap_trace_free(trace);
}

static void assert_show_fails(const char *id, capsule_code code, const char *text) {
    char *json = NULL;
    capsule_error *error = NULL;
    assert_int_equal(capsule_trace_show(scratch, id, &json, &error), -1);
    assert_int_equal(capsule_error_code(error), code);
    if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    capsule_error_free(error);
}

static void test_prefixes(void **state) {
    (void)state;
    assert_show_fails("01A", CAPSULE_NOT_FOUND, "no trace");
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row rows[3] = {make_row("01AAAA00000000000000000001"), make_row("01AAAB00000000000000000002"),
                             make_row("01B")};
    write_good(trace, rows, 3);
    char *json = NULL;
    assert_int_equal(capsule_trace_show(scratch, "01aaab", &json, NULL), 0);
    assert_non_null(strstr(json, "01AAAB00000000000000000002"));
    free(json);
    assert_int_equal(capsule_trace_show(scratch, "01B", &json, NULL), 0);
    free(json);
    assert_show_fails("01AAA", CAPSULE_USAGE, "'01AAA' is ambiguous: 01AAAA00000000000000000001, 01AAAB");
    assert_show_fails("01C", CAPSULE_NOT_FOUND, "'01C'");
    assert_show_fails("", CAPSULE_USAGE, "not a run id");
    assert_show_fails("01'--", CAPSULE_USAGE, "not a run id");
    assert_show_fails("%", CAPSULE_USAGE, "not a run id");
    cap_trace_free(trace);
    assert_int_equal(capsule_trace_list(scratch, 10001, &json, NULL), -1);
}

static void test_row_is_replaced(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row row = make_row("01AAAA00000000000000000001");
    row.state = "running";
    write_good(trace, &row, 1);
    char *json = NULL;
    assert_int_equal(capsule_trace_show(scratch, "01AAAA", &json, NULL), 0);
    assert_non_null(strstr(json, "\"state\":\"running\""));
    free(json);
    row.state = "completed";
    write_good(trace, &row, 1);
    assert_int_equal(count_listed(), 1);
    assert_int_equal(capsule_trace_show(scratch, "01AAAA", &json, NULL), 0);
    assert_non_null(strstr(json, "\"state\":\"completed\""));
    free(json);
    cap_trace_free(trace);
}

static void test_killed_while_running(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        cap_trace *trace = cap_trace_create(scratch, &keep_all);
        cap_trace_row row = make_row("01AAAA00000000000000000001");
        row.state = "running";
        write_good(trace, &row, 1);
        raise(SIGKILL);
    }
    wait_for(child);
    char *json = NULL;
    assert_int_equal(capsule_trace_show(scratch, "01AAAA", &json, NULL), 0);
    assert_non_null(strstr(json, "\"state\":\"interrupted\""));
    free(json);
}

static void test_reference_view(void **state) {
    (void)state;
    write_once(1);
    assert_sql("SELECT agent_name||agent_version||task_id||task_name||state||fuel_consumed||ram_used||host_requests||"
               "created_at||updated_at FROM instance_log",
               "default0.0.001HF7YAT000000000000000001maincompleted1234520971520[]2023-11-14 22:13:202023-11-14 22:13:20");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_lazy),
        scratch_test(test_round_trip),
        scratch_test(test_prefixes),
        scratch_test(test_row_is_replaced),
        scratch_test(test_killed_while_running),
        scratch_test(test_reference_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
