/* capsule_trace_list and capsule_trace_show: the public view of the trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "store/trace_internal.h"
#include "yyjson.h"

enum { LIST_DEFAULT = 20, LIST_MAX = 10000, ID_MAX = 64, TEXT_MAX = 256 << 20 };

#define COLUMNS \
    "id,task,file,language,state,error_type,duration_ms,cpu_ms,ram_used,fuel_consumed,attempts,started_at,owner"

enum { COLUMN_STATE = 4, COLUMN_DURATION = 6, COLUMN_STARTED = 11, COLUMN_OWNER = 12, COLUMN_ENVELOPE = 13, COLUMN_LIMITS = 14 };

static void close_database(sqlite3 **database) {
    if (*database) sqlite3_close_v2(*database);
}

static void finalize(sqlite3_stmt **statement) { sqlite3_finalize(*statement); }

static int fail(sqlite3 *database, capsule_error **error) {
    bool damage = cap_trace_is_damage(sqlite3_errcode(database));
    return cap_error_set(error, damage ? CAPSULE_CORRUPT : CAPSULE_IO, "trace database: %s", sqlite3_errmsg(database));
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

/* A row that its run has not ended yet, or never will. */
static bool is_unfinished(sqlite3_stmt *row) {
    const char *state = (const char *)sqlite3_column_text(row, COLUMN_STATE);
    return state && (strcmp(state, "running") == 0 || strcmp(state, "created") == 0);
}

/* A run whose process is gone did not end, it was cut off. */
static bool was_interrupted(sqlite3_stmt *row) {
    return is_unfinished(row) && !cap_trace_owner_alive((const char *)sqlite3_column_text(row, COLUMN_OWNER));
}

/* The members without the braces. */
static void add_row(cap_buffer *out, sqlite3_stmt *row) {
    static const char *const keys[] = {"id",       "task",     "file",   "language", "state",         "error_type",
                                       "duration_ms", "cpu_ms", "ram_used", "fuel_consumed", "attempts"};
    bool unfinished = is_unfinished(row);
    for (int i = 0; i < (int)CAP_COUNT(keys); i++) {
        cap_buffer_add_json_key(out, keys[i]);
        if (i == COLUMN_STATE && was_interrupted(row))
            cap_buffer_add_text(out, "\"interrupted\"");
        else if (i >= COLUMN_DURATION && unfinished)
            cap_buffer_add_text(out, "null"); /* known at its end */
        else
            add_value(out, row, i);
    }
    cap_buffer_add_json_key(out, "started_at");
    add_time(out, sqlite3_column_int64(row, COLUMN_STARTED));
}

static int add_rows(cap_buffer *out, sqlite3 *database, sqlite3_stmt *statement, capsule_error **error) {
    int code;
    cap_buffer_add_text(out, "[");
    for (size_t rows = 0; (code = sqlite3_step(statement)) == SQLITE_ROW; rows++) {
        cap_buffer_add_text(out, rows ? ",{" : "{");
        add_row(out, statement);
        cap_buffer_add_text(out, "}");
    }
    cap_buffer_add_text(out, "]");
    return code == SQLITE_DONE ? 0 : fail(database, error);
}

static int take(cap_buffer *out, char **ret_json, capsule_error **error) {
    char *text = cap_buffer_take(out);
    if (!text) return cap_error_set(error, CAPSULE_MEMORY, "the trace is too large for one text");
    *ret_json = text;
    return 0;
}

/* ---- List ---- */

int capsule_trace_list(const char *project_dir, uint32_t limit, char **ret_json, capsule_error **error) {
    if (!project_dir || !ret_json) return cap_error_set(error, CAPSULE_USAGE, "project_dir and ret_json are needed");
    if (limit > LIST_MAX)
        return cap_error_set(error, CAPSULE_USAGE, "at most %d runs can be listed, not %u", LIST_MAX, (unsigned)limit);
    cap_cleanup(close_database) sqlite3 *database = NULL;
    cap_cleanup(finalize) sqlite3_stmt *statement = NULL;
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, TEXT_MAX);
    if (cap_trace_open_read(project_dir, &database, error) < 0) return -1;
    if (!database) {
        cap_buffer_add_text(&out, "[]");
        return take(&out, ret_json, error);
    }
    if (sqlite3_prepare_v2(database, "SELECT " COLUMNS " FROM runs WHERE parent_id IS NULL ORDER BY seq DESC LIMIT ?1", -1,
                           &statement, NULL) != SQLITE_OK)
        return fail(database, error);
    sqlite3_bind_int64(statement, 1, limit ? limit : LIST_DEFAULT);
    if (add_rows(&out, database, statement, error) < 0) return -1;
    return take(&out, ret_json, error);
}

/* ---- Show ---- */

/* A stored JSON text goes in as it is when it is JSON; it was written by us, but the file is not only ours. */
static void add_json(cap_buffer *out, sqlite3_stmt *row, int column) {
    const char *text = (const char *)sqlite3_column_text(row, column);
    size_t length = (size_t)sqlite3_column_bytes(row, column);
    yyjson_doc *document = text ? yyjson_read(text, length, YYJSON_READ_NUMBER_AS_RAW) : NULL;
    if (document)
        cap_buffer_add(out, text, length);
    else
        cap_buffer_add_text(out, "null");
    yyjson_doc_free(document);
}

/* Ids are letters and digits, so '~' sorts after every id that begins with the prefix. */
static int find_id(sqlite3 *database, const char *prefix, char *ret_id, size_t size, capsule_error **error) {
    cap_cleanup(finalize) sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, "SELECT id FROM runs WHERE id>=?1 AND id<?1||'~' ORDER BY id LIMIT 3", -1, &statement,
                           NULL) != SQLITE_OK)
        return fail(database, error);
    sqlite3_bind_text(statement, 1, prefix, -1, SQLITE_STATIC);
    char found[3][ID_MAX + 1] = {"", "", ""};
    int count = 0, code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && count < 3) {
        const char *id = (const char *)sqlite3_column_text(statement, 0);
        snprintf(found[count++], sizeof found[0], "%s", id ? id : "");
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW) return fail(database, error);
    if (count > 1 && strcmp(found[0], prefix) != 0)
        return cap_error_set(error, CAPSULE_USAGE, "run id '%s' is ambiguous: %s, %s%s", prefix, found[0], found[1],
                             count > 2 ? ", ..." : "");
    snprintf(ret_id, size, "%s", found[0]);
    return 0;
}

/* As typed, else in capitals: ids are written in capitals, people are not. */
static int resolve_id(sqlite3 *database, const char *typed, char *ret_id, size_t size, capsule_error **error) {
    if (find_id(database, typed, ret_id, size, error) < 0) return -1;
    if (ret_id[0]) return 0;
    char capitals[ID_MAX + 1];
    size_t length = strlen(typed);
    for (size_t i = 0; i <= length; i++)
        capitals[i] = typed[i] >= 'a' && typed[i] <= 'z' ? (char)(typed[i] - 'a' + 'A') : typed[i];
    if (find_id(database, capitals, ret_id, size, error) < 0) return -1;
    return ret_id[0] ? 0 : cap_error_set(error, CAPSULE_NOT_FOUND, "there is no run '%s' in the trace", typed);
}

static int add_run(cap_buffer *out, sqlite3 *database, const char *id, capsule_error **error) {
    cap_cleanup(finalize) sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, "SELECT " COLUMNS ",envelope,limits FROM runs WHERE id=?1", -1, &statement, NULL) !=
        SQLITE_OK)
        return fail(database, error);
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return cap_error_set(error, CAPSULE_NOT_FOUND, "there is no run '%s' in the trace", id);
    if (code != SQLITE_ROW) return fail(database, error);
    cap_buffer_add_text(out, "{");
    add_row(out, statement);
    cap_buffer_add_json_key(out, "envelope");
    add_json(out, statement, COLUMN_ENVELOPE);
    cap_buffer_add_json_key(out, "limits");
    add_json(out, statement, COLUMN_LIMITS);
    return 0;
}

static int add_subtasks(cap_buffer *out, sqlite3 *database, const char *id, capsule_error **error) {
    cap_cleanup(finalize) sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, "SELECT " COLUMNS " FROM runs WHERE parent_id=?1 ORDER BY started_at,seq LIMIT ?2", -1,
                           &statement, NULL) != SQLITE_OK)
        return fail(database, error);
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, LIST_MAX);
    cap_buffer_add_json_key(out, "subtasks");
    return add_rows(out, database, statement, error);
}

int capsule_trace_show(const char *project_dir, const char *id, char **ret_json, capsule_error **error) {
    if (!project_dir || !id || !ret_json) return cap_error_set(error, CAPSULE_USAGE, "project_dir, id and ret_json are needed");
    size_t length = strlen(id);
    if (length == 0 || length > ID_MAX ||
        strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != length)
        return cap_error_set(error, CAPSULE_USAGE, "'%s' is not a run id: letters and digits are accepted", id);
    cap_cleanup(close_database) sqlite3 *database = NULL;
    if (cap_trace_open_read(project_dir, &database, error) < 0) return -1;
    if (!database) return cap_error_set(error, CAPSULE_NOT_FOUND, "there is no run '%s': this project has no trace", id);
    char whole[ID_MAX + 1] = "";
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, TEXT_MAX);
    if (resolve_id(database, id, whole, sizeof whole, error) < 0) return -1;
    if (add_run(&out, database, whole, error) < 0 || add_subtasks(&out, database, whole, error) < 0) return -1;
    cap_buffer_add_text(&out, "}");
    return take(&out, ret_json, error);
}
