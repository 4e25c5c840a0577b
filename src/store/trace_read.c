/* Rows of the trace as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "store/trace_internal.h"

/* ---- The connection ---- */

#define REMEMBERED_NS INT64_C(10000000)

/* run_state(state, owner). The last owner's fate is remembered for a moment: many rows have the same. */
typedef struct known_owner {
    char name[128];
    bool alive;
    int64_t asked_ns; /* monotonic */
} known_owner;

static int64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool is_alive(known_owner *known, const char *owner) {
    int64_t now = monotonic_ns();
    if (owner && strcmp(owner, known->name) == 0 && now - known->asked_ns < REMEMBERED_NS) return known->alive;
    known->alive = cap_trace_owner_alive(owner);
    known->asked_ns = now;
    known->name[0] = 0;
    strncat(known->name, owner ? owner : "", sizeof known->name - 1);
    return known->alive;
}

static void run_state(sqlite3_context *context, int count, sqlite3_value **values) {
    (void)count;
    known_owner *known = sqlite3_user_data(context);
    const char *state = (const char *)sqlite3_value_text(values[0]), *owner = (const char *)sqlite3_value_text(values[1]);
    bool unfinished = state && (strcmp(state, "running") == 0 || strcmp(state, "created") == 0);
    if (unfinished && !is_alive(known, owner)) state = "interrupted";
    sqlite3_result_text(context, state, -1, SQLITE_TRANSIENT);
}

int cap_trace_reader_open(const char *project, sqlite3 **ret_database, const char **ret_rows, capsule_error **error) {
    cap_cleanup(cap_trace_close) sqlite3 *database = NULL;
    if (cap_trace_open_read(project, &database, ret_rows, error) < 0) return -1;
    if (database) {
        known_owner *known = calloc(1, sizeof *known);
        int code = known ? sqlite3_create_function_v2(database, "run_state", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, known, run_state,
                                                      NULL, NULL, free)
                         : SQLITE_NOMEM;
        if (code != SQLITE_OK) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the trace");
    }
    *ret_database = cap_steal(database);
    return 0;
}

int cap_trace_exists(const char *project_dir, bool *ret_exists, capsule_error **error) {
    cap_cleanup(cap_trace_close) sqlite3 *database = NULL;
    const char *rows;
    if (cap_trace_open_read(project_dir, &database, &rows, error) < 0) return -1;
    *ret_exists = database != NULL;
    return 0;
}

int cap_trace_read_failed(sqlite3 *database, capsule_error **error) {
    bool damage = cap_trace_is_damage(sqlite3_errcode(database));
    return cap_error_set(error, damage ? CAPSULE_CORRUPT : CAPSULE_IO, "trace database: %s", sqlite3_errmsg(database));
}

int cap_trace_select(sqlite3 *database, const char *more, const char *rows, const char *condition, sqlite3_stmt **ret_statement,
                     capsule_error **error) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, 4096);
    if (cap_buffer_add_format(&text, "SELECT " CAP_TRACE_COLUMNS "%s FROM %s WHERE %s", more, rows, condition) < 0)
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the trace");
    if (sqlite3_prepare_v2(database, text.data, -1, ret_statement, NULL) == SQLITE_OK) return 0;
    return cap_trace_read_failed(database, error);
}

int cap_trace_take(cap_buffer *out, char **ret_json, capsule_error **error) {
    char *text = cap_buffer_take(out);
    if (!text) return cap_error_set(error, CAPSULE_MEMORY, "the trace is too large for one text");
    *ret_json = text;
    return 0;
}

/* ---- One row as an object ---- */

static void add_value(cap_buffer *out, sqlite3_stmt *row, int column) {
    if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
        cap_buffer_add_format(out, "%lld", (long long)sqlite3_column_int64(row, column));
    else if (sqlite3_column_type(row, column) == SQLITE_TEXT)
        cap_buffer_add_json_string(out, (const char *)sqlite3_column_text(row, column),
                                   (size_t)sqlite3_column_bytes(row, column));
    else
        cap_buffer_add_text(out, "null");
}

static void add_time(cap_buffer *out, int64_t milliseconds) {
    time_t seconds = (time_t)(milliseconds / 1000);
    struct tm utc;
    char text[64];
    if (!gmtime_r(&seconds, &utc) || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        cap_buffer_add_text(out, "null");
    else
        cap_buffer_add_format(out, "\"%s.%03dZ\"", text, (int)(milliseconds % 1000));
}

typedef enum kind { KNOWN, KNOWN_AT_END, TIME } kind;

/* The columns that are shown, in their order. */
static const struct {
    const char *key;
    kind kind;
} members[] = {
    {"id", KNOWN},
    {"task", KNOWN},
    {"file", KNOWN},
    {"language", KNOWN},
    {"state", KNOWN},
    {"error_type", KNOWN},
    {"duration_ms", KNOWN_AT_END},
    {"cpu_ms", KNOWN_AT_END},
    {"ram_used", KNOWN_AT_END},
    {"fuel_consumed", KNOWN_AT_END},
    {"attempts", KNOWN_AT_END},
    {"started_at", TIME},
    {"parent_id", KNOWN},
    {"message", KNOWN},
    {"exit_code", KNOWN},
    {"output_bytes", KNOWN_AT_END},
    {"result_bytes", KNOWN_AT_END},
    {"file_calls", KNOWN_AT_END},
    {"denials", KNOWN_AT_END},
    {"fuel_limit", KNOWN},
    {"ram_limit", KNOWN},
    {"timeout_ms", KNOWN},
    {"policy_digest", KNOWN},
};

bool cap_trace_row_runs(sqlite3_stmt *row) {
    const char *state = (const char *)sqlite3_column_text(row, CAP_TRACE_COLUMN_STATE);
    return state && (strcmp(state, "running") == 0 || strcmp(state, "created") == 0);
}

void cap_trace_add_row(cap_buffer *out, sqlite3_stmt *row) {
    bool ended = sqlite3_column_type(row, CAP_TRACE_COLUMN_ENDED) == SQLITE_INTEGER && !cap_trace_row_runs(row);
    for (int i = 0; i < (int)CAP_COUNT(members); i++) {
        cap_buffer_add_json_key(out, members[i].key);
        if (members[i].kind == TIME)
            add_time(out, sqlite3_column_int64(row, i));
        else if (members[i].kind == KNOWN_AT_END && !ended)
            cap_buffer_add_text(out, "null");
        else
            add_value(out, row, i);
    }
}
