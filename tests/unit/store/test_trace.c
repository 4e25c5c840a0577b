/* The trace database: what is written can be read, it stays small, and nothing that is wrong with the folder, the file or
 * the disk does more than lose a row. */
#include "scratch.h"

#include <dirent.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/trace_internal.h"
#include "yyjson.h"

/* ---- Helpers ---- */

static cap_trace_row make_row(const char *id) {
    return (cap_trace_row){.id = id,
                           .task = "main",
                           .file = "hello.py",
                           .language = "python",
                           .state = "completed",
                           .envelope = "{\"success\":true,\"result\":1180591620717411303424,\"execution\":{\"host_requests\":[]}}",
                           .limits = "{\"compute\":2000000000}",
                           .fuel_limit = UINT64_MAX,
                           .fuel_consumed = 12345,
                           .ram_used = 20 << 20,
                           .started_at_ms = 1700000000123,
                           .ended_at_ms = 1700000000456,
                           .duration_ms = 333,
                           .cpu_ms = 300,
                           .attempts = 1};
}

static const char *numbered_id(char *buffer, unsigned number) {
    sprintf(buffer, "01HF7YAT00000000%010u", number);
    return buffer;
}

static void write_good(cap_trace *trace, const cap_trace_row *rows, size_t count) {
    capsule_error *error = NULL;
    int status = cap_trace_write(trace, rows, count, &error);
    assert_string_equal(capsule_error_message(error), "");
    assert_int_equal(status, 0);
}

static void write_number(cap_trace *trace, unsigned number) {
    char id[32];
    cap_trace_row row = make_row(numbered_id(id, number));
    write_good(trace, &row, 1);
}

/* A connection of its own for each row, as the CLI has; `close` false: the process simply ends. */
static void write_once(unsigned number) {
    cap_trace *trace = cap_trace_create(scratch);
    write_number(trace, number);
    cap_trace_free(trace);
}

static void assert_lost(cap_trace *trace, capsule_code code, const char *text) {
    capsule_error *error = NULL;
    char id[32];
    cap_trace_row row = make_row(numbered_id(id, 1));
    assert_int_equal(cap_trace_write(trace, &row, 1, &error), -1);
    if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    assert_int_equal(capsule_error_code(error), code);
    capsule_error_free(error);
}

static yyjson_doc *list(uint32_t limit) {
    char *json = NULL;
    capsule_error *error = NULL;
    int status = capsule_trace_list(scratch, limit, &json, &error);
    assert_string_equal(capsule_error_message(error), "");
    assert_int_equal(status, 0);
    yyjson_doc *document = yyjson_read(json, strlen(json), 0);
    assert_non_null(document);
    free(json);
    return document;
}

static size_t count_listed(void) {
    yyjson_doc *document = list(10000);
    size_t count = yyjson_arr_size(yyjson_doc_get_root(document));
    yyjson_doc_free(document);
    return count;
}

static sqlite3 *open_raw(void) {
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_initialize(), SQLITE_OK);
    assert_int_equal(sqlite3_open(at(".capsule/trace.db"), &database), SQLITE_OK);
    return database;
}

static void run_sql(sqlite3 *database, const char *text) {
    char *message = NULL;
    if (sqlite3_exec(database, text, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", text, message);
}

static void assert_sql(const char *text, const char *expected) {
    sqlite3 *database = open_raw();
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database, text, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), expected);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* Name of a file in .capsule that begins so; NULL when there is none. */
static const char *file_like(const char *prefix) {
    static char name[300];
    DIR *stream = opendir(at(".capsule"));
    bool found = false;
    assert_non_null(stream);
    for (struct dirent *entry; !found && (entry = readdir(stream));) {
        size_t length = strlen(entry->d_name);
        found = strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && strcmp(entry->d_name + length - 4, "-wal") != 0;
        if (found) snprintf(name, sizeof name, ".capsule/%s", entry->d_name);
    }
    closedir(stream);
    return found ? name : NULL;
}

static long long size_of(const char *name) {
    struct stat status;
    return stat(at(name), &status) == 0 ? (long long)status.st_size : -1;
}

static int wait_for(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* ---- Writing and reading ---- */

static void test_lazy(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch);
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
    cap_trace *trace = cap_trace_create(scratch);
    cap_trace_row rows[3] = {make_row("01AAAA00000000000000000002"), make_row("01AAAA00000000000000000003"),
                             make_row("01AAAA00000000000000000001")};
    rows[0].parent_id = rows[1].parent_id = rows[2].id;
    rows[0].task = "sub";
    rows[0].state = "failed";
    rows[0].error_type = "task_error";
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
    cap_trace *trace = cap_trace_create(scratch);
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
    cap_trace *trace = cap_trace_create(scratch);
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
        cap_trace *trace = cap_trace_create(scratch);
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

/* ---- What may be wrong with the place ---- */

static void test_odd_folders(void **state) {
    (void)state;
    make_directory("elsewhere");
    assert_int_equal(symlink("elsewhere", at(".capsule")), 0);
    cap_trace *trace = cap_trace_create(scratch);
    assert_lost(trace, CAPSULE_IO, "is not a directory");
    assert_int_equal(rmdir(at("elsewhere")), 0); /* nothing was put there */
    cap_trace_free(trace);
    unlink(at(".capsule"));
    put(".capsule", "a file");
    trace = cap_trace_create(scratch);
    assert_lost(trace, CAPSULE_IO, "is not a directory");
    cap_trace_free(trace);
    unlink(at(".capsule"));
    make_directory(".capsule");
    put("victim", "precious");
    assert_int_equal(symlink("../victim", at(".capsule/trace.db")), 0);
    trace = cap_trace_create(scratch);
    assert_lost(trace, CAPSULE_IO, "is not a regular file");
    cap_trace_free(trace);
    assert_int_equal(size_of("victim"), 8);
    unlink(at(".capsule/trace.db"));
    assert_int_equal(mkfifo(at(".capsule/trace.db"), 0600), 0);
    trace = cap_trace_create(scratch);
    assert_lost(trace, CAPSULE_IO, "is not a regular file");
    cap_trace_free(trace);
    trace = cap_trace_create(at("nowhere"));
    assert_lost(trace, CAPSULE_NOT_FOUND, "nowhere");
    cap_trace_free(trace);
}

/* The log beside the database may be a link too. */
static void test_linked_log(void **state) {
    (void)state;
    write_once(1);
    put("victim", "precious");
    unlink(at(".capsule/trace.db-wal"));
    assert_int_equal(symlink("../victim", at(".capsule/trace.db-wal")), 0);
    cap_trace *trace = cap_trace_create(scratch);
    char id[32];
    cap_trace_row row = make_row(numbered_id(id, 2));
    cap_trace_write(trace, &row, 1, NULL);
    cap_trace_free(trace);
    assert_int_equal(size_of("victim"), 8);
}

static void test_garbage(void **state) {
    (void)state;
    make_directory(".capsule");
    put(".capsule/trace.db", "this is not a database, and it is longer than a header of one hundred bytes would have to be, "
                             "so that it cannot be taken for an empty one");
    write_once(1);
    assert_int_equal(count_listed(), 1);
    assert_non_null(file_like("trace.db.corrupt-"));
    for (int i = 0; i < 5; i++) { /* only the last few are kept */
        sqlite3_sleep(2);
        unlink(at(".capsule/trace.db-wal"));
        put(".capsule/trace.db", "garbage again, garbage again, garbage again, garbage again, garbage again, garbage "
                                 "again, garbage again, garbage again");
        write_once(1);
    }
    int kept = 0;
    DIR *stream = opendir(at(".capsule"));
    for (struct dirent *entry; (entry = readdir(stream));) kept += strncmp(entry->d_name, "trace.db.corrupt-", 17) == 0;
    closedir(stream);
    assert_in_range(kept, 1, CAP_TRACE_ASIDE_MAX);
}

/* Damage in the middle shows only when a page is touched, possibly after many good writes of the same connection. */
static void test_damaged_pages(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch);
    for (unsigned i = 0; i < 200; i++) write_number(trace, i);
    sqlite3 *database = open_raw();
    run_sql(database, "PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_close(database);
    cap_trace_free(trace);
    int fd = open(at(".capsule/trace.db"), O_WRONLY);
    char noise[4096];
    memset(noise, 0xa5, sizeof noise);
    for (int page = 2; page < 30; page++) assert_int_equal(pwrite(fd, noise, sizeof noise, page * 4096L), 4096);
    close(fd);
    write_once(1000);
    assert_non_null(file_like("trace.db.corrupt-"));
    assert_int_equal(count_listed(), 1);
}

static void test_foreign_database(void **state) {
    (void)state;
    make_directory(".capsule");
    sqlite3 *database = open_raw();
    run_sql(database, "PRAGMA journal_mode=WAL; CREATE TABLE instance_log(id TEXT); INSERT INTO instance_log VALUES('old')");
    sqlite3_close(database);
    write_once(1);
    const char *aside = file_like("trace.db.foreign-");
    assert_non_null(aside);
    assert_int_equal(sqlite3_open(at(aside), &database), SQLITE_OK);
    run_sql(database, "SELECT * FROM instance_log WHERE id='old'");
    sqlite3_close(database);
    assert_int_equal(count_listed(), 1);
}

/* A project may bring a database that is ours but for one trigger. */
static void test_planted_schema(void **state) {
    (void)state;
    write_once(1);
    sqlite3 *database = open_raw();
    run_sql(database, "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END");
    sqlite3_close(database);
    char *json = NULL;
    assert_int_equal(capsule_trace_list(scratch, 0, &json, NULL), -1);
    write_once(2);
    assert_non_null(file_like("trace.db.foreign-"));
    assert_int_equal(count_listed(), 1);
}

static void test_newer_version(void **state) {
    (void)state;
    write_once(1);
    sqlite3 *database = open_raw();
    run_sql(database, "PRAGMA user_version=99; ALTER TABLE runs ADD COLUMN more");
    sqlite3_close(database);
    cap_trace *trace = cap_trace_create(scratch);
    assert_lost(trace, CAPSULE_UNSUPPORTED, "later version");
    cap_trace_free(trace);
    assert_null(file_like("trace.db.foreign-"));
}

static void test_locked(void **state) {
    (void)state;
    write_once(1);
    sqlite3 *database = open_raw();
    run_sql(database, "BEGIN IMMEDIATE");
    cap_trace *trace = cap_trace_create(scratch);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_lost(trace, CAPSULE_IO, "locked");
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_in_range(after.tv_sec - before.tv_sec, 0, 2);
    run_sql(database, "COMMIT");
    sqlite3_close(database);
    assert_lost(trace, CAPSULE_IO, "locked"); /* left alone for a second */
    pause_ms(1100);
    write_number(trace, 2);
    assert_int_equal(count_listed(), 2);
    cap_trace_free(trace);
}

/* In a child without privileges: the directory cannot be written, but an old trace can be read. */
static void test_read_only_directory(void **state) {
    (void)state;
    write_once(1);
    assert_int_equal(chmod(scratch, 0755), 0);
    assert_int_equal(chmod(at(".capsule"), 0755), 0);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)) _exit(2);
        chmod(at(".capsule"), 0500);
        cap_trace *trace = cap_trace_create(scratch);
        cap_trace_row row = make_row("01AAAA00000000000000000002");
        capsule_error *error = NULL;
        int status = cap_trace_write(trace, &row, 1, &error);
        char *json = NULL;
        capsule_error *reading = NULL;
        int listed = capsule_trace_list(scratch, 0, &json, &reading);
        if (listed < 0) fprintf(stderr, "list: %s\n", capsule_error_message(reading));
        _exit(status == 0 || listed < 0 || !strstr(json, "01HF7YAT") ? 1 : 0);
    }
    assert_int_equal(wait_for(child), 0);
    chmod(at(".capsule"), 0700);
}

static void test_file_size_limit(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {400000, 400000};
        setrlimit(RLIMIT_FSIZE, &limit);
        cap_trace *trace = cap_trace_create(scratch);
        int lost = 0;
        for (unsigned i = 0; i < 100; i++) {
            char id[32];
            cap_trace_row row = make_row(numbered_id(id, i));
            lost += cap_trace_write(trace, &row, 1, NULL) < 0;
        }
        _exit(lost > 0 && lost < 100 ? 0 : 1);
    }
    assert_int_equal(wait_for(child), 0);
    make_directory("elsewhere");
    child = fork();
    if (child == 0) {
        struct rlimit limit = {1000, 1000};
        setrlimit(RLIMIT_FSIZE, &limit);
        cap_trace *trace = cap_trace_create(at("elsewhere"));
        _exit(cap_trace_write(trace, NULL, 0, NULL) < 0 && !exists("elsewhere/.capsule") ? 0 : 1);
    }
    assert_int_equal(wait_for(child), 0);
    write_once(1000); /* the database is none the worse */
    assert_sql("PRAGMA integrity_check", "ok");
}

/* A disk of 300 KiB in a mount namespace of its own. */
static void test_full_disk(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", scratch, "tmpfs", 0, "size=300k") < 0)
            _exit(77);
        cap_trace *trace = cap_trace_create(scratch);
        int lost = 0;
        for (unsigned i = 0; i < 300; i++) {
            char id[32];
            cap_trace_row row = make_row(numbered_id(id, i));
            lost += cap_trace_write(trace, &row, 1, NULL) < 0;
        }
        cap_trace_free(trace);
        _exit(lost > 0 && lost < 300 && count_listed() > 0 ? 0 : 1);
    }
    int status = wait_for(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) skip();
    assert_int_equal(status, 0);
}

/* ---- Bounds ---- */

static void test_bounded_rows(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch);
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
    cap_trace *trace = cap_trace_create(scratch);
    trace->bounds.bytes = 1 << 20;
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
    cap_trace *trace = cap_trace_create(scratch);
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
    cap_trace *trace = cap_trace_create(scratch);
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

/* ---- Many at once, and sudden ends ---- */

static void *write_many(void *argument) {
    cap_trace *trace = argument;
    static atomic_uint next;
    for (int i = 0; i < 100; i++) {
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, atomic_fetch_add(&next, 1)));
        if (cap_trace_write(trace, &row, 1, NULL) < 0) return trace;
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) assert_int_equal(pthread_create(&threads[i], NULL, write_many, trace), 0);
    for (int i = 0; i < 8; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(count_listed(), 800);
    assert_true(trace->commits < 800); /* grouped */
    cap_trace_free(trace);
}

static void test_processes(void **state) {
    (void)state;
    pid_t children[6];
    for (unsigned i = 0; i < 6; i++) {
        if ((children[i] = fork()) != 0) continue;
        for (unsigned j = 0; j < 25; j++) write_once(i * 1000 + j);
        _exit(0);
    }
    for (int i = 0; i < 6; i++) assert_int_equal(wait_for(children[i]), 0);
    assert_int_equal(count_listed(), 150);
    assert_null(file_like("trace.db.corrupt-"));
    assert_sql("PRAGMA integrity_check", "ok");
}

static void test_fork(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch);
    write_number(trace, 1);
    pid_t child = fork();
    if (child == 0) {
        write_number(trace, 2);
        _exit(0);
    }
    assert_int_equal(wait_for(child), 0);
    write_number(trace, 3);
    assert_int_equal(count_listed(), 3);
    cap_trace_free(trace);
}

/* Every row that was acknowledged is there after kill -9, and the database is whole. */
static void test_kill(void **state) {
    (void)state;
    unsigned total = 0;
    for (int round = 0; round < 25; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            cap_trace *trace = cap_trace_create(scratch);
            trace->bounds.checkpoint_frames = 16;
            for (unsigned i = total;; i++) {
                write_number(trace, i);
                if (write(ends[1], &i, sizeof i) != sizeof i) _exit(1);
            }
        }
        close(ends[1]);
        unsigned last;
        assert_int_equal(read(ends[0], &last, sizeof last), sizeof last); /* however slow this machine is */
        total = last + 1;
        pause_ms(1 + round * 3);
        kill(child, SIGKILL);
        wait_for(child);
        while (read(ends[0], &last, sizeof last) == sizeof last) total = last + 1;
        close(ends[0]);
        char expected[32];
        snprintf(expected, sizeof expected, "%u", total);
        char question[128];
        snprintf(question, sizeof question, "SELECT count(*) FROM runs WHERE substr(id,17)+0 < %u", total);
        if (total > 0) assert_sql(question, expected);
        assert_null(file_like("trace.db.corrupt-"));
    }
    assert_true(total > 0);
    assert_sql("PRAGMA integrity_check", "ok");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_lazy),          scratch_test(test_round_trip),
        scratch_test(test_prefixes),      scratch_test(test_row_is_replaced),
        scratch_test(test_killed_while_running), scratch_test(test_reference_view),
        scratch_test(test_odd_folders),   scratch_test(test_linked_log),
        scratch_test(test_garbage),       scratch_test(test_damaged_pages),
        scratch_test(test_foreign_database), scratch_test(test_planted_schema),
        scratch_test(test_newer_version), scratch_test(test_locked),
        scratch_test(test_read_only_directory), scratch_test(test_file_size_limit),
        scratch_test(test_full_disk),     scratch_test(test_bounded_rows),
        scratch_test(test_bounded_bytes), scratch_test(test_bounded_log),
        scratch_test(test_stuck_reader),  scratch_test(test_long_envelope),
        scratch_test(test_large_result),  scratch_test(test_threads),
        scratch_test(test_processes),     scratch_test(test_fork),
        scratch_test(test_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
