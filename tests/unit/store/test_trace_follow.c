/* Rows as they are committed. */
#include "trace_support.h"

static cap_trace_follower *follow(cap_trace_filter filter) {
    cap_trace_follower *follower = NULL;
    capsule_error *error = NULL;
    if (cap_trace_follow(scratch, &filter, &follower, &error) < 0) fail_msg("%s", capsule_error_message(error));
    return follower;
}

/* Ends of the ids and states of what came, "1 completed,2 running". */
static const char *next(cap_trace_follower *follower) {
    static char text[4096];
    char *json = NULL;
    size_t used = 0, index, count;
    yyjson_val *run;
    assert_int_equal(cap_trace_follow_next(follower, &json, NULL), 0);
    yyjson_doc *document = yyjson_read(json, strlen(json), 0);
    assert_non_null(document);
    text[0] = 0;
    yyjson_arr_foreach(yyjson_doc_get_root(document), index, count, run) {
        const char *id = yyjson_get_str(yyjson_obj_get(run, "id"));
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld %s", index ? "," : "", atoll(id + 16),
                                 yyjson_get_str(yyjson_obj_get(run, "state")));
    }
    yyjson_doc_free(document);
    free(json);
    return text;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_now(unsigned number, const char *state) {
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    char id[32];
    cap_trace_row row = make_row(numbered_id(id, number));
    row.state = state;
    row.outcome.started_at_ms = now_ms();
    row.ended_at_ms = strcmp(state, "running") == 0 ? 0 : now_ms();
    write_good(trace, &row, 1);
    cap_trace_free(trace);
}

static void test_new_ones(void **state) {
    (void)state;
    write_now(1, "completed");
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    assert_string_equal(next(follower), "");
    write_now(2, "completed");
    write_now(3, "failed");
    assert_string_equal(next(follower), "2 completed,3 failed");
    assert_string_equal(next(follower), "");
    cap_trace_follow_end(follower);
    cap_trace_follow_end(NULL);
}

static void test_made_later(void **state) {
    (void)state;
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    assert_string_equal(next(follower), "");
    assert_false(exists(".capsule"));
    write_now(1, "completed");
    assert_string_equal(next(follower), "1 completed");
    cap_trace_follow_end(follower);
}

static void test_running_and_ended(void **state) {
    (void)state;
    write_now(1, "running");
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    assert_string_equal(next(follower), "");
    write_now(2, "running");
    assert_string_equal(next(follower), "2 running");
    write_now(1, "completed"); /* one that ran before */
    assert_string_equal(next(follower), "1 completed");
    write_now(2, "failed");
    assert_string_equal(next(follower), "2 failed");
    assert_string_equal(next(follower), "");
    cap_trace_follow_end(follower);
}

static void test_killed_while_followed(void **state) {
    (void)state;
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(ends[1]);
        write_now(1, "running");
        while (read(ends[0], &byte, 1) > 0) {}
        _exit(0);
    }
    const char *text;
    while (!*(text = next(follower))) pause_ms(1);
    assert_string_equal(text, "1 running");
    close(ends[1]);
    wait_for(child);
    while (!*(text = next(follower))) pause_ms(1);
    assert_string_equal(text, "1 interrupted"); /* though nobody wrote that */
    assert_string_equal(next(follower), "");
    cap_trace_follow_end(follower);
}

static void test_filtered(void **state) {
    (void)state;
    cap_trace_follower *failures = follow((cap_trace_filter){.failed = true});
    cap_trace_follower *others = follow((cap_trace_filter){.task = "other"});
    write_now(1, "completed");
    write_now(2, "running");
    assert_string_equal(next(failures), "");
    write_now(2, "timed_out");
    assert_string_equal(next(failures), "2 timed_out");
    write_now(3, "running");
    assert_string_equal(next(failures), "");
    write_now(3, "completed");
    assert_string_equal(next(failures), "");
    assert_string_equal(next(others), "");
    cap_trace_follow_end(failures);
    cap_trace_follow_end(others);
}

/* All rows are removed, and the next are numbered anew. */
static void test_pruned(void **state) {
    (void)state;
    for (unsigned i = 0; i < 10; i++) write_now(i, "completed");
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    sqlite3 *database = open_raw();
    run_sql(database, "DELETE FROM runs");
    sqlite3_close(database);
    assert_string_equal(next(follower), "");
    write_now(20, "completed");
    assert_string_equal(next(follower), "20 completed");
    cap_trace_follow_end(follower);
}

/* The same, and the number of the last row that was seen is taken again before anybody looks. */
static void test_pruned_between_looks(void **state) {
    (void)state;
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    write_now(1, "completed");
    assert_string_equal(next(follower), "1 completed");
    for (unsigned i = 2; i < 5; i++) {
        char expected[32];
        sqlite3 *database = open_raw();
        run_sql(database, "DELETE FROM runs");
        sqlite3_close(database);
        write_now(i, "completed");
        snprintf(expected, sizeof expected, "%u completed", i);
        assert_string_equal(next(follower), expected);
        assert_string_equal(next(follower), "");
    }
    cap_trace_follow_end(follower);
}

/* The newest rows are removed, others stay, and are not told again. */
static void test_newest_are_removed(void **state) {
    (void)state;
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    for (unsigned i = 0; i < 5; i++) write_now(i, "completed");
    assert_string_equal(next(follower), "0 completed,1 completed,2 completed,3 completed,4 completed");
    sqlite3 *database = open_raw();
    run_sql(database, "DELETE FROM runs WHERE seq>2");
    sqlite3_close(database);
    assert_string_equal(next(follower), "");
    write_now(7, "completed");
    assert_string_equal(next(follower), "7 completed");
    cap_trace_follow_end(follower);
}

/* The file is removed or damaged, and another takes its place, with rows that are older than the following. */
static void test_replaced(void **state) {
    (void)state;
    write_now(1, "completed");
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    unlink(at(".capsule/trace.db"));
    unlink(at(".capsule/trace.db-wal"));
    unlink(at(".capsule/trace.db-shm"));
    assert_string_equal(next(follower), "");
    write_once(2); /* of long ago */
    write_now(3, "completed");
    assert_string_equal(next(follower), "3 completed");
    unlink(at(".capsule/trace.db-wal"));
    put(".capsule/trace.db", "this is not a database, and it is longer than a header of one hundred bytes would have to be, "
                             "so that it cannot be taken for an empty one");
    next(follower);
    write_now(4, "completed"); /* moves it aside */
    pause_ms(2);
    assert_string_equal(next(follower), "4 completed");
    cap_trace_follow_end(follower);
}

/* More than one answer holds. */
static void test_burst(void **state) {
    (void)state;
    cap_trace_follower *follower = follow((cap_trace_filter){0});
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    for (unsigned i = 0; i < 2500; i++) {
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, i));
        row.ended_at_ms = now_ms();
        write_good(trace, &row, 1);
    }
    cap_trace_free(trace);
    size_t total = 0;
    for (int i = 0; i < 4; i++) {
        char *json = NULL;
        assert_int_equal(cap_trace_follow_next(follower, &json, NULL), 0);
        yyjson_doc *document = yyjson_read(json, strlen(json), 0);
        total += yyjson_arr_size(yyjson_doc_get_root(document));
        yyjson_doc_free(document);
        free(json);
    }
    assert_int_equal(total, 2500);
    cap_trace_follow_end(follower);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_new_ones), scratch_test(test_made_later), scratch_test(test_running_and_ended),
        scratch_test(test_killed_while_followed), scratch_test(test_filtered), scratch_test(test_pruned), scratch_test(test_pruned_between_looks), scratch_test(test_newest_are_removed),
        scratch_test(test_replaced), scratch_test(test_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
