/* The tables of the trace database, and how those of an earlier version become ours.
 *
 * A project may come from anywhere, so the schema has to be, word for word, one that we would make ourselves: no trigger,
 * view or expression of somebody else's is ever evaluated. Columns are added by ALTER TABLE, which appends their text to
 * that of the table; so a new database and one that was brought up to date have the same schema. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/trace_internal.h"

/* Version 1. */
#define RUNS_1                                                                                                             \
    "CREATE TABLE runs(seq INTEGER PRIMARY KEY,id TEXT NOT NULL UNIQUE,parent_id TEXT,task TEXT,file TEXT,language TEXT,"  \
    "state TEXT NOT NULL,error_type TEXT,envelope TEXT,limits TEXT,fuel_limit INTEGER,fuel_consumed INTEGER,"              \
    "ram_used INTEGER,started_at INTEGER,ended_at INTEGER,duration_ms INTEGER,cpu_ms INTEGER,attempts INTEGER,owner TEXT"

/* Columns that version 2 added. */
#define ADDED_2(column)                                                                                              \
    column(message, TEXT) column(exit_code, INTEGER) column(policy_digest, TEXT) column(ram_limit, INTEGER)          \
        column(timeout_ms, INTEGER) column(output_bytes, INTEGER) column(result_bytes, INTEGER)                      \
            column(file_calls, INTEGER) column(denials, INTEGER)
#define COLUMN_TEXT(name, type) ", " #name " " #type
#define COLUMN_NULL(name, type) ",NULL AS " #name
#define COLUMN_ALTER(name, type) "ALTER TABLE runs ADD COLUMN " #name " " #type,

/* In the order in which they are made. instance_log has the columns of the reference. An attempt has the seq of its run. */
static const char *const schema[] = {
    RUNS_1 ADDED_2(COLUMN_TEXT) ")",
    "CREATE INDEX runs_parent ON runs(parent_id,seq) WHERE parent_id IS NOT NULL",
    "CREATE VIEW instance_log AS SELECT seq AS id,'default' AS agent_name,'0.0.0' AS agent_version,id AS task_id,"
    "task AS task_name,state,fuel_limit,fuel_consumed,ram_used,coalesce(CASE WHEN json_valid(envelope) THEN "
    "json_extract(envelope,'$.execution.host_requests') END,'[]') AS host_requests,"
    "datetime(started_at/1000,'unixepoch') AS created_at,"
    "datetime(coalesce(ended_at,started_at)/1000,'unixepoch') AS updated_at FROM runs",
    "CREATE TABLE attempts(seq INTEGER NOT NULL,number INTEGER NOT NULL,error_type TEXT,message TEXT,exit_code INTEGER,"
    "started_at INTEGER,duration_ms INTEGER,cpu_ms INTEGER,fuel_consumed INTEGER,output_bytes INTEGER,file_calls INTEGER,"
    "denials INTEGER,PRIMARY KEY(seq,number)) WITHOUT ROWID",
    "CREATE INDEX runs_owner ON runs(seq) WHERE owner IS NOT NULL",
};
enum { OF_1 = 3 }; /* the first ones are those of version 1, but for the columns that were added to runs */

static const char *const alterations[] = {ADDED_2(COLUMN_ALTER)};

static int execute(sqlite3 *database, const char *text) { return sqlite3_exec(database, text, NULL, NULL, NULL); }

bool cap_trace_is_damage(int code) {
    code &= 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_FORMAT;
}

int64_t cap_trace_number(sqlite3 *database, const char *text) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, text, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW) return 0;
    return sqlite3_column_int64(statement, 0);
}

/* ---- Looking ---- */

static const char *text_of_1(size_t index) { return index == 0 ? RUNS_1 ")" : schema[index]; }

/* Bit of the text among those of a version; 0: none of them. */
static unsigned find_text(const char *text, bool first_version) {
    for (size_t i = 0; i < (first_version ? OF_1 : CAP_COUNT(schema)); i++)
        if (strcmp(text, first_version ? text_of_1(i) : schema[i]) == 0) return 1u << i;
    return 0;
}

cap_trace_schema_state cap_trace_schema_look(sqlite3 *database, int *ret_code) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL", -1, &statement, NULL);
    unsigned ours = 0, older = 0;
    size_t rows = 0;
    while (code == SQLITE_OK && rows <= CAP_COUNT(schema) && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        ours |= find_text(text ? text : "", false);
        older |= find_text(text ? text : "", true);
        rows++;
        code = SQLITE_OK;
    }
    *ret_code = code;
    if (code != SQLITE_OK && code != SQLITE_DONE) return CAP_TRACE_FAILED;
    if (rows == CAP_COUNT(schema) && ours == (1u << CAP_COUNT(schema)) - 1) return CAP_TRACE_OURS;
    if (rows == OF_1 && older == (1u << OF_1) - 1) return CAP_TRACE_OLDER;
    bool marked = cap_trace_number(database, "PRAGMA application_id") == CAP_TRACE_APPLICATION;
    if (marked && cap_trace_number(database, "PRAGMA user_version") > CAP_TRACE_SCHEMA) return CAP_TRACE_NEWER;
    return rows == 0 ? CAP_TRACE_EMPTY : CAP_TRACE_FOREIGN;
}

const char *cap_trace_schema_rows(cap_trace_schema_state state) {
    return state == CAP_TRACE_OLDER ? "(SELECT *" ADDED_2(COLUMN_NULL) " FROM runs)" : "runs";
}

/* ---- Making ---- */

static int set_version(sqlite3 *database) {
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id=%d;PRAGMA user_version=%d", CAP_TRACE_APPLICATION,
             CAP_TRACE_SCHEMA);
    return execute(database, pragmas);
}

/* Inside a transaction. */
static int bring_up_to_date(sqlite3 *database, cap_trace_schema_state state) {
    int code = set_version(database);
    for (size_t i = 0; state == CAP_TRACE_OLDER && code == SQLITE_OK && i < CAP_COUNT(alterations); i++)
        code = execute(database, alterations[i]);
    for (size_t i = state == CAP_TRACE_OLDER ? OF_1 : 0; code == SQLITE_OK && i < CAP_COUNT(schema); i++)
        code = execute(database, schema[i]);
    return code;
}

int cap_trace_schema_make(sqlite3 *database) {
    /* Pages that were freed can be given back later: that has to be said before the first page is written. */
    int code = execute(database, "PRAGMA auto_vacuum=INCREMENTAL;PRAGMA journal_mode=WAL");
    if (code == SQLITE_OK) code = execute(database, "BEGIN IMMEDIATE");
    if (code != SQLITE_OK) return code;
    cap_trace_schema_state state = cap_trace_schema_look(database, &code);
    if (state == CAP_TRACE_EMPTY || state == CAP_TRACE_OLDER) code = bring_up_to_date(database, state);
    if (code == SQLITE_OK || code == SQLITE_DONE) code = execute(database, "COMMIT");
    if (code != SQLITE_OK) {
        execute(database, "ROLLBACK");
        return code;
    }
    uint64_t bytes = (uint64_t)cap_trace_number(database, "PRAGMA page_count") * 4096;
    /* A large one waits until somebody prunes: a run does not pay for that. */
    if (state == CAP_TRACE_OLDER && bytes <= CAP_TRACE_COMPACT_BYTES) cap_trace_compact(database);
    return SQLITE_OK;
}

/* ---- Shrinking ---- */

bool cap_trace_can_shrink(sqlite3 *database) { return cap_trace_number(database, "PRAGMA auto_vacuum") == 2; }

int cap_trace_compact(sqlite3 *database) {
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM attaches the file it makes */
    int code = execute(database, "PRAGMA auto_vacuum=INCREMENTAL;VACUUM");
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    return code;
}
