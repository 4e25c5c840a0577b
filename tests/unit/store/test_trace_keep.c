/* The trace database stays small. */
#include "trace_support.h"


static void test_bounded_rows(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    trace->bounds.rows = 100;
    trace->bounds.checkpoint_frames = 20;
    for (unsigned i = 0; i < 1500; i++) write_number(trace, i);
    assert_in_range(count_listed(), 50, 400);
    yyjson_doc *document = list(1);
    const char *id = yyjson_get_str(yyjson_obj_get(yyjson_arr_get_first(yyjson_doc_get_root(document)), "id"));
    assert_string_equal(id + 22, "1499"); /* the newest stays */
    yyjson_doc_free(document);
    cap_trace_free(trace);
    assert_sql("PRAGMA integrity_check", "ok");
}

static void test_bounded_bytes(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    trace->bounds.retention.bytes = 1 << 20;
    char *envelope = malloc(20001);
    memset(envelope, 'x', 20000);
    memcpy(envelope, "{\"stdout\":\"", 11);
    strcpy(envelope + 19998, "\"}");
    for (unsigned i = 0; i < 400; i++) { /* 8 MB in all */
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, i));
        row.envelope = envelope;
        write_good(trace, &row, 1);
    }
    free(envelope);
    cap_trace_free(trace);
    assert_in_range(size_of(".capsule/trace.db"), 100 << 10, 12 << 20);
    assert_in_range(count_listed(), 20, 399);
    assert_sql("PRAGMA integrity_check", "ok");
}

static cap_trace_row filler(const char *id, const char *envelope, int64_t started_at_ms) {
    cap_trace_row row = make_row(id);
    row.envelope = envelope;
    row.outcome.started_at_ms = started_at_ms;
    return row;
}

/* `count` rows of some 20 KB. */
static void fill(cap_trace *trace, unsigned count, int64_t started_at_ms) {
    char *envelope = malloc(20001);
    memset(envelope, 'x', 20000);
    memcpy(envelope, "{\"stdout\":\"", 11);
    strcpy(envelope + 19998, "\"}");
    for (unsigned i = 0; i < count; i++) {
        char id[32];
        cap_trace_row row = filler(numbered_id(id, i), envelope, started_at_ms);
        write_good(trace, &row, 1);
    }
    free(envelope);
}

static int64_t now_ms(void) { return (int64_t)time(NULL) * 1000; }

static void test_bounded_age(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &(cap_trace_retention){.keep_ms = 3600 * 1000, .bytes = 1 << 30});
    trace->bounds.checkpoint_frames = 20;
    cap_trace_outcome outcome = {.error_type = "timeout"};
    for (unsigned i = 0; i < 300; i++) {
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, i));
        row.outcome.started_at_ms = now_ms() - (i < 200 ? 3700 : 1800) * INT64_C(1000);
        row.attempts = row.attempt_outcome_count = 1;
        row.attempt_outcomes = &outcome;
        write_good(trace, &row, 1);
    }
    cap_trace_free(trace);
    assert_int_equal(count_listed(), 100);
    assert_sql("SELECT ''||count(*) FROM attempts", "100");
    assert_sql("PRAGMA integrity_check", "ok");
}

/* Everything may be too old, the newest too. */
static void test_all_too_old(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &(cap_trace_retention){.keep_ms = 1000, .bytes = 1 << 30});
    uint64_t rows = 0, bytes = 0;
    for (unsigned i = 0; i < 10; i++) write_number(trace, i);
    assert_int_equal(cap_trace_prune(trace, &rows, &bytes, NULL), 0);
    assert_int_equal(rows, 10);
    assert_int_equal(count_listed(), 0);
    assert_int_equal(cap_trace_prune(trace, &rows, &bytes, NULL), 0);
    assert_int_equal(rows, 0);
    write_number(trace, 11);
    cap_trace_free(trace);
    assert_int_equal(count_listed(), 1);
}

/* A bound that was lowered: the file shrinks, while runs are recorded, and none of them waits for all of it. */
static void test_file_shrinks(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    fill(trace, 1500, 1);
    cap_trace_free(trace);
    assert_in_range(size_of(".capsule/trace.db"), 24 << 20, 64 << 20);
    trace = cap_trace_create(scratch, &(cap_trace_retention){.bytes = 4 << 20});
    struct timespec before, after;
    double longest = 0;
    for (unsigned i = 0; i < 1500; i++) {
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, 2000 + i));
        clock_gettime(CLOCK_MONOTONIC, &before);
        write_good(trace, &row, 1);
        clock_gettime(CLOCK_MONOTONIC, &after);
        double took = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
        if (took > longest) longest = took;
        if (trace->commits == 15) { /* it stays a short process */
            cap_trace_free(trace);
            trace = cap_trace_create(scratch, &(cap_trace_retention){.bytes = 4 << 20});
        }
    }
    cap_trace_free(trace);
    assert_in_range(size_of(".capsule/trace.db"), 100 << 10, 5 << 20);
    if (longest > 2) fail_msg("one row took %.3f s", longest); /* on a busy machine; alone it is 0.03 s */
    assert_sql("PRAGMA integrity_check", "ok");
}

static void test_prune(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    fill(trace, 300, now_ms());
    cap_trace_free(trace);
    sqlite3 *database = open_raw(); /* a reader does not hold it up for ever, and does not fail it */
    run_sql(database, "SELECT count(*) FROM runs");
    trace = cap_trace_create(scratch, &(cap_trace_retention){.bytes = 2 << 20});
    uint64_t rows = 0, bytes = 0;
    assert_int_equal(cap_trace_prune(trace, &rows, &bytes, NULL), 0);
    sqlite3_close(database);
    cap_trace_free(trace);
    assert_in_range(rows, 200, 250); /* 1.8 MB of 6 stay */
    assert_in_range(bytes, 3 << 20, 8 << 20);
    assert_in_range(size_of(".capsule/trace.db"), 1 << 20, 2 << 20);
    assert_int_equal(count_listed(), 300 - rows);
    assert_sql("PRAGMA integrity_check", "ok");
}

/* Hundreds of short processes: the log starts again from its beginning now and then. */
static void test_bounded_log(void **state) {
    (void)state;
    long long largest = 0;
    for (unsigned i = 0; i < 300; i++) {
        pid_t child = fork();
        if (child == 0) {
            write_once(i);
            _exit(0);
        }
        assert_int_equal(wait_for(child), 0);
        long long size = size_of(".capsule/trace.db-wal");
        if (size > largest) largest = size;
    }
    assert_int_equal(count_listed(), 300);
    assert_in_range(largest, 4096, 140 * 4120);
}

/* A reader that never ends its transaction keeps the log from being truncated: rows are lost before it grows for ever. */
static void test_stuck_reader(void **state) {
    (void)state;
    write_once(0);
    sqlite3 *database = open_raw();
    run_sql(database, "BEGIN; SELECT count(*) FROM runs");
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    trace->bounds.wal_frames_max = 300;
    int lost = 0;
    for (unsigned i = 1; i < 400; i++) {
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, i));
        lost += cap_trace_write(trace, &row, 1, NULL) < 0;
    }
    assert_true(lost > 0);
    assert_in_range(size_of(".capsule/trace.db-wal"), 100 * 4120, 330 * 4120);
    run_sql(database, "COMMIT");
    sqlite3_close(database);
    pause_ms(1100);
    write_number(trace, 1000);
    cap_trace_free(trace);
}

static void test_long_envelope(void **state) {
    (void)state;
    size_t size = 3 << 20;
    char *text = malloc(size + 4096);
    size_t length = (size_t)sprintf(text, "{\"success\":false,\"result\":null,\"error\":{\"error_type\":\"task_error\",\"message\":"
                                          "\"short\",\"traceback\":\"");
    for (size_t i = 0; i < size / 3; i++) length += (size_t)sprintf(text + length, "\xe2\x82\xac");
    sprintf(text + length, "\"},\"execution\":{\"fuel_consumed\":123456789012345678901234567890},\"stdout\":\"out\"}");
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    cap_trace_row row = make_row("01AAAA00000000000000000001");
    row.envelope = text;
    write_good(trace, &row, 1);
    free(text);
    char *json = NULL;
    assert_int_equal(capsule_trace_show(scratch, "01AAAA", &json, NULL), 0);
    assert_in_range(strlen(json), 1000, CAP_TRACE_ENVELOPE_MAX + 4096);
    assert_non_null(strstr(json, "bytes not kept]"));
    assert_non_null(strstr(json, "123456789012345678901234567890"));
    assert_non_null(strstr(json, "\"message\":\"short\""));
    free(json);
    cap_trace_free(trace);
}

static void test_large_result(void **state) {
    (void)state;
    size_t size = 1 << 20;
    char *text = malloc(size + 4096);
    size_t length = (size_t)sprintf(text, "{\"success\":true,\"result\":[1");
    while (length < size) length += (size_t)sprintf(text + length, ",1");
    sprintf(text + length, "],\"execution\":{}}");
    char *owned = NULL;
    const char *cut = cap_trace_cut_envelope(text, CAP_TRACE_ENVELOPE_MAX, &owned);
    assert_string_equal(cut, "{\"success\":true,\"result\":null,\"execution\":{},\"result_bytes_not_kept\":1048553}");
    free(owned);
    assert_ptr_equal(cap_trace_cut_envelope("{}", 2, &owned), "{}");
    memset(text, '[', size);
    text[size] = 0;
    assert_null(cap_trace_cut_envelope(text, CAP_TRACE_ENVELOPE_MAX, &owned));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_bounded_rows),
        scratch_test(test_bounded_bytes),
        scratch_test(test_bounded_age),
        scratch_test(test_all_too_old),
        scratch_test(test_file_shrinks),
        scratch_test(test_prune),
        scratch_test(test_bounded_log),
        scratch_test(test_stuck_reader),
        scratch_test(test_long_envelope),
        scratch_test(test_large_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
