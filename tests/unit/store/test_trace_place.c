/* Nothing that is wrong with the folder, the file or the disk does more than lose a row. */
#include "trace_support.h"

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>


static void test_odd_folders(void **state) {
    (void)state;
    make_directory("elsewhere");
    assert_int_equal(symlink("elsewhere", at(".capsule")), 0);
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    assert_lost(trace, CAPSULE_IO, "is not a directory");
    assert_int_equal(rmdir(at("elsewhere")), 0); /* nothing was put there */
    cap_trace_free(trace);
    unlink(at(".capsule"));
    put(".capsule", "a file");
    trace = cap_trace_create(scratch, &keep_all);
    assert_lost(trace, CAPSULE_IO, "is not a directory");
    cap_trace_free(trace);
    unlink(at(".capsule"));
    make_directory(".capsule");
    put("victim", "precious");
    assert_int_equal(symlink("../victim", at(".capsule/trace.db")), 0);
    trace = cap_trace_create(scratch, &keep_all);
    assert_lost(trace, CAPSULE_IO, "is not a regular file");
    cap_trace_free(trace);
    assert_int_equal(size_of("victim"), 8);
    unlink(at(".capsule/trace.db"));
    assert_int_equal(mkfifo(at(".capsule/trace.db"), 0600), 0);
    trace = cap_trace_create(scratch, &keep_all);
    assert_lost(trace, CAPSULE_IO, "is not a regular file");
    cap_trace_free(trace);
    trace = cap_trace_create(at("nowhere"), &keep_all);
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
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
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
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
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
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    assert_lost(trace, CAPSULE_UNSUPPORTED, "later version");
    cap_trace_free(trace);
    assert_null(file_like("trace.db.foreign-"));
}

static void test_locked(void **state) {
    (void)state;
    write_once(1);
    sqlite3 *database = open_raw();
    run_sql(database, "BEGIN IMMEDIATE");
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
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
        cap_trace *trace = cap_trace_create(scratch, &keep_all);
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
        cap_trace *trace = cap_trace_create(scratch, &keep_all);
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
        cap_trace *trace = cap_trace_create(at("elsewhere"), &keep_all);
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
        cap_trace *trace = cap_trace_create(scratch, &keep_all);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_odd_folders),
        scratch_test(test_linked_log),
        scratch_test(test_garbage),
        scratch_test(test_damaged_pages),
        scratch_test(test_foreign_database),
        scratch_test(test_planted_schema),
        scratch_test(test_newer_version),
        scratch_test(test_locked),
        scratch_test(test_read_only_directory),
        scratch_test(test_file_size_limit),
        scratch_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
