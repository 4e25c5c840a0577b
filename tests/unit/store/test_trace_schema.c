/* A database of the version before goes on working. */
#include "trace_support.h"

/* As the first version made it, with one run that completed, one that runs no more, and a subtask. */
static const char version_1[] =
    "PRAGMA journal_mode=WAL;PRAGMA application_id=1128353876;PRAGMA user_version=1;"
    "CREATE TABLE runs(seq INTEGER PRIMARY KEY,id TEXT NOT NULL UNIQUE,parent_id TEXT,task TEXT,file TEXT,language TEXT,"
    "state TEXT NOT NULL,error_type TEXT,envelope TEXT,limits TEXT,fuel_limit INTEGER,fuel_consumed INTEGER,"
    "ram_used INTEGER,started_at INTEGER,ended_at INTEGER,duration_ms INTEGER,cpu_ms INTEGER,attempts INTEGER,owner TEXT);"
    "CREATE INDEX runs_parent ON runs(parent_id,seq) WHERE parent_id IS NOT NULL;"
    "CREATE VIEW instance_log AS SELECT seq AS id,'default' AS agent_name,'0.0.0' AS agent_version,id AS task_id,"
    "task AS task_name,state,fuel_limit,fuel_consumed,ram_used,coalesce(CASE WHEN json_valid(envelope) THEN "
    "json_extract(envelope,'$.execution.host_requests') END,'[]') AS host_requests,"
    "datetime(started_at/1000,'unixepoch') AS created_at,"
    "datetime(coalesce(ended_at,started_at)/1000,'unixepoch') AS updated_at FROM runs;"
    "INSERT INTO runs VALUES(1,'01AAAA00000000000000000001',NULL,'main','old.py','python','completed',NULL,'{\"result\":1}',"
    "'{}',100,50,1000,1700000000123,1700000000456,333,300,2,NULL);"
    "INSERT INTO runs VALUES(2,'01AAAA00000000000000000002','01AAAA00000000000000000001','sub','old.py','python','failed',"
    "'task_error',NULL,NULL,100,50,1000,1700000000123,1700000000456,333,300,1,NULL);"
    "INSERT INTO runs VALUES(3,'01AAAA00000000000000000003',NULL,'main','old.py','python','running',NULL,NULL,NULL,100,0,0,"
    "1700000000123,NULL,0,0,0,'- 1 2 3');";

static void make_version_1(void) {
    make_directory(".capsule");
    sqlite3 *database = open_raw();
    run_sql(database, version_1);
    sqlite3_close(database);
}

static void assert_old_run(void) {
    char *json = NULL;
    capsule_error *error = NULL;
    if (capsule_trace_show(scratch, "01AAAA00000000000000000001", &json, &error) < 0) fail_msg("%s", capsule_error_message(error));
    yyjson_doc *document = yyjson_read(json, strlen(json), 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "file")), "old.py");
    assert_int_equal(yyjson_get_int(yyjson_obj_get(root, "duration_ms")), 333);
    assert_true(yyjson_is_null(yyjson_obj_get(root, "policy_digest")));
    assert_int_equal(yyjson_arr_size(yyjson_obj_get(root, "subtasks")), 1);
    assert_int_equal(yyjson_arr_size(yyjson_obj_get(root, "attempt_outcomes")), 0);
    assert_int_equal(yyjson_get_int(yyjson_obj_get(yyjson_obj_get(root, "envelope"), "result")), 1);
    yyjson_doc_free(document);
    free(json);
}

static void test_old_is_read(void **state) {
    (void)state;
    make_version_1();
    assert_old_run();
    assert_int_equal(count_listed(), 2);
    assert_sql("SELECT ''||user_version FROM pragma_user_version", "1"); /* reading changes nothing */
}

static void test_old_is_taken_over(void **state) {
    (void)state;
    make_version_1();
    write_once(1);
    assert_int_equal(count_listed(), 3);
    assert_old_run();
    assert_null(file_like("trace.db.foreign-"));
    assert_sql("SELECT ''||user_version FROM pragma_user_version", "2");
    assert_sql("SELECT ''||auto_vacuum FROM pragma_auto_vacuum", "2");
    assert_sql("SELECT ''||count(*) FROM instance_log", "4");
    assert_sql("PRAGMA integrity_check", "ok");
    write_once(2); /* what was taken over is ours, word for word */
    assert_null(file_like("trace.db.foreign-"));
    assert_int_equal(count_listed(), 4);
}

/* A new database and one that was taken over have the same tables. */
static void test_same_schema(void **state) {
    (void)state;
    static const char schema[] = "SELECT group_concat(sql,';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
    make_version_1();
    write_once(1);
    sqlite3 *database = open_raw();
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database, schema, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    char *expected = strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    for (const char *const *name = (const char *const[]){"trace.db", "trace.db-wal", "trace.db-shm", NULL}; *name; name++) {
        char path[64];
        snprintf(path, sizeof path, ".capsule/%s", *name);
        unlink(at(path));
    }
    write_once(1);
    assert_sql(schema, expected);
    free(expected);
}

static void test_many_take_over(void **state) {
    (void)state;
    make_version_1();
    pid_t children[6];
    for (unsigned i = 0; i < 6; i++) {
        if ((children[i] = fork()) != 0) continue;
        for (unsigned j = 0; j < 5; j++) write_once(i * 1000 + j);
        _exit(0);
    }
    for (int i = 0; i < 6; i++) assert_int_equal(wait_for(children[i]), 0);
    assert_int_equal(count_listed(), 32);
    assert_null(file_like("trace.db.foreign-"));
    assert_null(file_like("trace.db.corrupt-"));
    assert_sql("PRAGMA integrity_check", "ok");
}

/* A large one is taken over at once, and made anew only when somebody prunes it. */
static void test_large_old_one(void **state) {
    (void)state;
    make_version_1();
    sqlite3 *database = open_raw();
    run_sql(database, "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i+1 FROM n WHERE i<1000) INSERT INTO runs SELECT "
                      "i,'01B'||i,NULL,'main','big.py','python','completed',NULL,hex(zeroblob(4000)),NULL,1,1,1,1,1,1,1,1,NULL FROM n");
    sqlite3_close(database);
    cap_trace *trace = cap_trace_create(scratch, &(cap_trace_retention){.keep_ms = 1000, .bytes = 1 << 30});
    write_number(trace, 1);
    assert_sql("SELECT ''||auto_vacuum FROM pragma_auto_vacuum", "0");
    assert_int_equal(count_listed(), 994);
    uint64_t rows, bytes;
    assert_int_equal(cap_trace_prune(trace, &rows, &bytes, NULL), 0);
    cap_trace_free(trace);
    assert_int_equal(rows, 995);
    assert_in_range(bytes, 7 << 20, 20 << 20);
    assert_sql("SELECT ''||auto_vacuum FROM pragma_auto_vacuum", "2");
    assert_in_range(size_of(".capsule/trace.db"), 4096, 1 << 20);
}

/* The first version with something of somebody else's in it is foreign, and so is half of ours. */
static void test_planted_in_old(void **state) {
    (void)state;
    make_version_1();
    sqlite3 *database = open_raw();
    run_sql(database, "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END");
    sqlite3_close(database);
    write_once(1);
    assert_non_null(file_like("trace.db.foreign-"));
    assert_int_equal(count_listed(), 1);
}

static void test_lost_runs_are_resolved(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        cap_trace *trace = cap_trace_create(scratch, &keep_all);
        cap_trace_row row = make_row("01AAAA00000000000000000001");
        row.state = "running";
        row.ended_at_ms = 0;
        write_good(trace, &row, 1);
        _exit(0); /* gone, whichever way */
    }
    wait_for(child);
    assert_sql("SELECT state FROM runs", "running");
    cap_trace *living = cap_trace_create(scratch, &keep_all);
    cap_trace_row row = make_row("01AAAA00000000000000000002");
    row.state = "running";
    row.ended_at_ms = 0;
    write_good(living, &row, 1);
    assert_sql("SELECT state||coalesce(owner,'') FROM runs WHERE seq=1", "interrupted");
    write_once(3);
    assert_sql("SELECT state FROM runs WHERE seq=2", "running");
    yyjson_doc *document = list(10);
    yyjson_val *lost = yyjson_arr_get(yyjson_doc_get_root(document), 2);
    assert_string_equal(yyjson_get_str(yyjson_obj_get(lost, "state")), "interrupted");
    assert_true(yyjson_is_null(yyjson_obj_get(lost, "duration_ms")));
    yyjson_doc_free(document);
    cap_trace_free(living);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_old_is_read),   scratch_test(test_old_is_taken_over),    scratch_test(test_same_schema),
        scratch_test(test_many_take_over), scratch_test(test_large_old_one),       scratch_test(test_planted_in_old),
        scratch_test(test_lost_runs_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
