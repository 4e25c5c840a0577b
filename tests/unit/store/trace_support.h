/* What the tests of the trace database share: rows, ways to write and list them, and to look behind the curtain. */
#ifndef CAP_TEST_STORE_TRACE_SUPPORT_H
#define CAP_TEST_STORE_TRACE_SUPPORT_H

#include "scratch.h"

#include <dirent.h>
#include <sys/wait.h>

#include "store/trace_internal.h"
#include "yyjson.h"


/* The rows are old, and stay. */
static const cap_trace_retention keep_all = {.keep_ms = 0, .bytes = CAP_TRACE_BYTES_DEFAULT};

static inline cap_trace_row make_row(const char *id) {
    return (cap_trace_row){.id = id,
                           .task = "main",
                           .file = "hello.py",
                           .language = "python",
                           .state = "completed",
                           .envelope = "{\"success\":true,\"result\":1180591620717411303424,\"execution\":{\"host_requests\":[]}}",
                           .limits = "{\"compute\":2000000000}",
                           .fuel_limit = UINT64_MAX,
                           .ram_used = 20 << 20,
                           .outcome = {.fuel_consumed = 12345, .started_at_ms = 1700000000123, .duration_ms = 333, .cpu_ms = 300},
                           .ended_at_ms = 1700000000456,
                           .attempts = 1};
}

static inline const char *numbered_id(char *buffer, unsigned number) {
    sprintf(buffer, "01HF7YAT00000000%010u", number);
    return buffer;
}

static inline void write_good(cap_trace *trace, const cap_trace_row *rows, size_t count) {
    capsule_error *error = NULL;
    int status = cap_trace_write(trace, rows, count, &error);
    assert_string_equal(capsule_error_message(error), "");
    assert_int_equal(status, 0);
}

static inline void write_number(cap_trace *trace, unsigned number) {
    char id[32];
    cap_trace_row row = make_row(numbered_id(id, number));
    write_good(trace, &row, 1);
}

/* A connection of its own for each row, as the CLI has; `close` false: the process simply ends. */
static inline void write_once(unsigned number) {
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    write_number(trace, number);
    cap_trace_free(trace);
}

static inline void assert_lost(cap_trace *trace, capsule_code code, const char *text) {
    capsule_error *error = NULL;
    char id[32];
    cap_trace_row row = make_row(numbered_id(id, 1));
    assert_int_equal(cap_trace_write(trace, &row, 1, &error), -1);
    if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    assert_int_equal(capsule_error_code(error), code);
    capsule_error_free(error);
}

static inline yyjson_doc *list(uint32_t limit) {
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

static inline size_t count_listed(void) {
    yyjson_doc *document = list(10000);
    size_t count = yyjson_arr_size(yyjson_doc_get_root(document));
    yyjson_doc_free(document);
    return count;
}

static inline sqlite3 *open_raw(void) {
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_initialize(), SQLITE_OK);
    assert_int_equal(sqlite3_open(at(".capsule/trace.db"), &database), SQLITE_OK);
    return database;
}

static inline void run_sql(sqlite3 *database, const char *text) {
    char *message = NULL;
    if (sqlite3_exec(database, text, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", text, message);
}

static inline void assert_sql(const char *text, const char *expected) {
    sqlite3 *database = open_raw();
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database, text, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), expected);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* Name of a file in .capsule that begins so; NULL when there is none. */
static inline const char *file_like(const char *prefix) {
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

static inline long long size_of(const char *name) {
    struct stat status;
    return stat(at(name), &status) == 0 ? (long long)status.st_size : -1;
}

static inline int wait_for(pid_t child) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

#endif
