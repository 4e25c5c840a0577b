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

/* ---- What a row holds ---- */

static yyjson_doc *show(const char *id) {
    char *json = NULL;
    capsule_error *error = NULL;
    int status = capsule_trace_show(scratch, id, &json, &error);
    assert_string_equal(capsule_error_message(error), "");
    assert_int_equal(status, 0);
    yyjson_doc *document = yyjson_read(json, strlen(json), 0);
    assert_non_null(document);
    free(json);
    return document;
}

static int64_t number_of(yyjson_val *object, const char *key) {
    yyjson_val *value = yyjson_obj_get(object, key);
    if (!yyjson_is_int(value)) fail_msg("%s is no number", key);
    return yyjson_get_sint(value);
}

static void test_limits_and_use(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row row = make_row("01AAAA00000000000000000001");
    row.state = "failed";
    row.outcome.error_type = "exit";
    row.outcome.message = "exit code 7";
    row.outcome.exited = true;
    row.outcome.exit_code = 7;
    row.outcome.output_bytes = 11;
    row.outcome.file_calls = 12;
    row.outcome.denials = 13;
    row.result_bytes = 14;
    row.ram_limit = 64 << 20;
    row.timeout_ms = 1500;
    row.policy_digest = "abcdef";
    write_good(trace, &row, 1);
    cap_trace_free(trace);
    yyjson_doc *document = show("01AAAA");
    yyjson_val *root = yyjson_doc_get_root(document);
    assert_int_equal(number_of(root, "exit_code"), 7);
    assert_int_equal(number_of(root, "output_bytes"), 11);
    assert_int_equal(number_of(root, "file_calls"), 12);
    assert_int_equal(number_of(root, "denials"), 13);
    assert_int_equal(number_of(root, "result_bytes"), 14);
    assert_int_equal(number_of(root, "ram_limit"), 64 << 20);
    assert_int_equal(number_of(root, "timeout_ms"), 1500);
    assert_int_equal(number_of(root, "fuel_limit"), INT64_MAX);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "policy_digest")), "abcdef");
    assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "message")), "exit code 7");
    yyjson_doc_free(document);
}

/* At the limit, one past it, and never within a character. */
static void test_message_is_cut(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    char message[CAP_TRACE_MESSAGE_MAX + 3];
    for (int over = 0; over < 2; over++) {
        memset(message, 'm', CAP_TRACE_MESSAGE_MAX);
        strcpy(message + CAP_TRACE_MESSAGE_MAX - 2 + over, "\xc3\xa9"); /* two bytes */
        cap_trace_row row = make_row("01AAAA00000000000000000001");
        row.outcome.message = message;
        write_good(trace, &row, 1);
        yyjson_doc *document = show("01AAAA");
        assert_int_equal(yyjson_get_len(yyjson_obj_get(yyjson_doc_get_root(document), "message")),
                         over ? CAP_TRACE_MESSAGE_MAX - 1 : CAP_TRACE_MESSAGE_MAX);
        yyjson_doc_free(document);
    }
    cap_trace_free(trace);
}

static void test_attempts(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_outcome outcomes[2] = {{.error_type = "timeout", .message = "too slow", .fuel_consumed = 5},
                                     {.error_type = "exit", .exited = true, .exit_code = 3, .duration_ms = 9}};
    cap_trace_row rows[2] = {make_row("01AAAA00000000000000000001"), make_row("01AAAA00000000000000000002")};
    rows[1].attempts = 3; /* the first of a row that is replaced, too */
    rows[1].attempt_outcomes = outcomes;
    rows[1].attempt_outcome_count = 2;
    rows[1].parent_id = rows[0].id;
    write_good(trace, rows, 2);
    write_good(trace, rows, 2);
    cap_trace_free(trace);
    yyjson_doc *document = show(rows[0].id);
    yyjson_val *root = yyjson_doc_get_root(document), *subtask = yyjson_arr_get_first(yyjson_obj_get(root, "subtasks"));
    assert_int_equal(yyjson_arr_size(yyjson_obj_get(root, "attempt_outcomes")), 0);
    yyjson_val *attempts = yyjson_obj_get(subtask, "attempt_outcomes");
    assert_int_equal(yyjson_arr_size(attempts), 2);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(yyjson_arr_get(attempts, 0), "message")), "too slow");
    assert_true(yyjson_is_null(yyjson_obj_get(yyjson_arr_get(attempts, 0), "exit_code")));
    assert_int_equal(number_of(yyjson_arr_get(attempts, 0), "number"), 1);
    assert_int_equal(number_of(yyjson_arr_get(attempts, 0), "fuel_consumed"), 5);
    assert_int_equal(number_of(yyjson_arr_get(attempts, 1), "exit_code"), 3);
    assert_int_equal(number_of(yyjson_arr_get(attempts, 1), "duration_ms"), 9);
    yyjson_doc_free(document);
}

/* ---- Subtasks of subtasks ---- */

static void test_nested_subtasks(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row rows[3] = {make_row("01AAAA00000000000000000001"), make_row("01AAAA00000000000000000002"),
                             make_row("01AAAA00000000000000000003")};
    rows[1].parent_id = rows[0].id;
    rows[2].parent_id = rows[1].id;
    write_good(trace, rows, 3);
    cap_trace_free(trace);
    yyjson_doc *document = show(rows[0].id);
    yyjson_val *child = yyjson_arr_get_first(yyjson_obj_get(yyjson_doc_get_root(document), "subtasks"));
    yyjson_val *grandchild = yyjson_arr_get_first(yyjson_obj_get(child, "subtasks"));
    assert_string_equal(yyjson_get_str(yyjson_obj_get(grandchild, "id")), rows[2].id);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(grandchild, "parent_id")), rows[1].id);
    assert_int_equal(yyjson_arr_size(yyjson_obj_get(grandchild, "subtasks")), 0);
    yyjson_doc_free(document);
}

static size_t count_tree(yyjson_val *run) {
    size_t count = 0, index, size;
    yyjson_val *child;
    yyjson_arr_foreach(yyjson_obj_get(run, "subtasks"), index, size, child) count += 1 + count_tree(child);
    return count;
}

/* A database that goes round in circles, twice at every step, is shown as far as it is bounded. */
static void test_circular_subtasks(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row rows[2] = {make_row("01AAAA00000000000000000001"), make_row("01AAAA00000000000000000002")};
    rows[0].parent_id = rows[1].parent_id = rows[0].id;
    write_good(trace, rows, 2);
    cap_trace_free(trace);
    yyjson_doc *document = show(rows[0].id);
    size_t count = count_tree(yyjson_doc_get_root(document));
    assert_in_range(count, 2, CAP_TRACE_LIST_MAX);
    yyjson_doc_free(document);
}

static void test_most_subtasks(void **state) {
    (void)state;
    enum { COUNT = CAP_TRACE_LIST_MAX + 1 };
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row *rows = calloc(COUNT + 1, sizeof *rows);
    char (*ids)[32] = calloc(COUNT + 1, sizeof *ids);
    for (unsigned i = 0; i <= COUNT; i++) rows[i] = make_row(numbered_id(ids[i], i));
    for (unsigned i = 1; i <= COUNT; i++) rows[i].parent_id = ids[0];
    write_good(trace, rows, COUNT + 1);
    cap_trace_free(trace);
    yyjson_doc *document = show(ids[0]);
    assert_int_equal(count_tree(yyjson_doc_get_root(document)), CAP_TRACE_LIST_MAX);
    yyjson_doc_free(document);
    free(rows);
    free(ids);
}

/* ---- Filters ---- */

static size_t count_found(cap_trace_filter filter) {
    char *json = NULL;
    assert_int_equal(cap_trace_list(scratch, &filter, &json, NULL), 0);
    yyjson_doc *document = yyjson_read(json, strlen(json), 0);
    size_t count = yyjson_arr_size(yyjson_doc_get_root(document));
    yyjson_doc_free(document);
    free(json);
    return count;
}

static void test_filters(void **state) {
    (void)state;
    static const char *const states[] = {"completed", "failed", "timed_out", "interrupted", "running"};
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    assert_int_equal(count_found((cap_trace_filter){0}), 0);
    for (unsigned i = 0; i < 5; i++) {
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, i));
        row.state = states[i];
        row.outcome.started_at_ms = 1000 + i;
        write_good(trace, &row, 1);
    }
    cap_trace_row subtask = make_row("01AAAA00000000000000000001");
    subtask.parent_id = "01HF7YAT000000000000000000";
    subtask.task = "sub";
    write_good(trace, &subtask, 1);
    cap_trace_free(trace);
    assert_int_equal(count_found((cap_trace_filter){0}), 5);
    assert_int_equal(count_found((cap_trace_filter){.failed = true}), 3);
    assert_int_equal(count_found((cap_trace_filter){.limit = 2}), 2);
    assert_int_equal(count_found((cap_trace_filter){.since_ms = 1003}), 2);
    assert_int_equal(count_found((cap_trace_filter){.task = "main"}), 5);
    assert_int_equal(count_found((cap_trace_filter){.task = "sub"}), 1);
    assert_int_equal(count_found((cap_trace_filter){.task = "sub' OR 1=1 --"}), 0);
    assert_int_equal(count_found((cap_trace_filter){.task = "main", .failed = true, .since_ms = 1002}), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_lazy),
        scratch_test(test_round_trip),
        scratch_test(test_prefixes),
        scratch_test(test_row_is_replaced),
        scratch_test(test_killed_while_running),
        scratch_test(test_reference_view),
        scratch_test(test_limits_and_use),
        scratch_test(test_message_is_cut),
        scratch_test(test_attempts),
        scratch_test(test_nested_subtasks),
        scratch_test(test_circular_subtasks),
        scratch_test(test_most_subtasks),
        scratch_test(test_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
