/* Rows into the tables. */
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "store/trace_internal.h"

enum { LOST_MAX = 1000 }; /* rows of state "running" looked at when a database is opened */

/* Two statements, the second prepared when the first meets a row of that id: one that does either takes SQLite twice as
 * long to prepare, which a short process would pay for nothing. */
static const char insert_text[] =
    "INSERT OR IGNORE INTO runs(id,parent_id,task,file,language,state,envelope,limits,policy_digest,fuel_limit,ram_limit,timeout_ms,"
    "ram_used,result_bytes,ended_at,attempts,owner,error_type,message,exit_code,started_at,duration_ms,cpu_ms,fuel_consumed,"
    "output_bytes,file_calls,denials) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,"
    "?23,?24,?25,?26,?27)";
static const char update_text[] =
    "UPDATE runs SET parent_id=?2,task=?3,file=?4,language=?5,state=?6,envelope=?7,"
    "limits=?8,policy_digest=?9,fuel_limit=?10,ram_limit=?11,timeout_ms=?12,ram_used=?13,result_bytes=?14,ended_at=?15,"
    "attempts=?16,owner=?17,error_type=?18,message=?19,exit_code=?20,started_at=?21,duration_ms=?22,cpu_ms=?23,"
    "fuel_consumed=?24,output_bytes=?25,file_calls=?26,denials=?27 WHERE id=?1";
enum { OUTCOME_OF_ROW = 18, OUTCOME_OF_ATTEMPT = 3 }; /* parameters where an outcome begins */

static const char attempt_text[] =
    "INSERT OR REPLACE INTO attempts(seq,number,error_type,message,exit_code,started_at,duration_ms,cpu_ms,fuel_consumed,"
    "output_bytes,file_calls,denials) SELECT seq,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12 FROM runs WHERE id=?1";

int cap_trace_prepare_rows(cap_trace *trace) {
    int code = sqlite3_prepare_v2(trace->database, insert_text, -1, &trace->insert, NULL);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(trace->database, "BEGIN IMMEDIATE", -1, &trace->begin, NULL);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(trace->database, "COMMIT", -1, &trace->commit, NULL);
    return code;
}

void cap_trace_finalize_rows(cap_trace *trace) {
    sqlite3_finalize(trace->insert);
    sqlite3_finalize(trace->update);
    sqlite3_finalize(trace->begin);
    sqlite3_finalize(trace->commit);
    sqlite3_finalize(trace->insert_attempt);
}

int cap_trace_run(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text, size_t maximum, bool whole_or_nothing) {
    size_t length = text ? strlen(text) : 0;
    if (length > maximum && whole_or_nothing) text = NULL;
    if (length > maximum) length = cap_utf8_cut(text ? text : "", maximum);
    sqlite3_bind_text(statement, index, text, (int)length, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *statement, int index, uint64_t value) {
    sqlite3_bind_int64(statement, index, value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

static void bind_outcome(sqlite3_stmt *statement, int first, const cap_trace_outcome *outcome) {
    bind_text(statement, first, outcome->error_type, CAP_TRACE_TEXT_MAX, false);
    bind_text(statement, first + 1, outcome->message, CAP_TRACE_MESSAGE_MAX, false);
    if (outcome->exited) sqlite3_bind_int64(statement, first + 2, outcome->exit_code);
    sqlite3_bind_int64(statement, first + 3, outcome->started_at_ms);
    sqlite3_bind_int64(statement, first + 4, outcome->duration_ms);
    sqlite3_bind_int64(statement, first + 5, outcome->cpu_ms);
    bind_number(statement, first + 6, outcome->fuel_consumed);
    bind_number(statement, first + 7, outcome->output_bytes);
    bind_number(statement, first + 8, outcome->file_calls);
    bind_number(statement, first + 9, outcome->denials);
}

static bool is_unfinished(const cap_trace_row *row) {
    return row->state && (strcmp(row->state, "running") == 0 || strcmp(row->state, "created") == 0);
}

static int insert_attempts(cap_trace *trace, const cap_trace_row *row) {
    int code = trace->insert_attempt ? SQLITE_OK
                                     : sqlite3_prepare_v2(trace->database, attempt_text, -1, &trace->insert_attempt, NULL);
    for (uint32_t i = 0; code == SQLITE_OK && i < row->attempt_outcome_count; i++) {
        bind_text(trace->insert_attempt, 1, row->id, CAP_TRACE_TEXT_MAX, false);
        sqlite3_bind_int64(trace->insert_attempt, 2, i + 1);
        bind_outcome(trace->insert_attempt, OUTCOME_OF_ATTEMPT, &row->attempt_outcomes[i]);
        code = cap_trace_run(trace->insert_attempt);
        sqlite3_clear_bindings(trace->insert_attempt);
    }
    return code;
}

/* Fills a statement with the row and runs it. */
static int run_with_row(sqlite3_stmt *statement, const cap_trace_row *row) {
    cap_autofree char *cut = NULL;
    char owner[128];
    const char *envelope = row->envelope ? cap_trace_cut_envelope(row->envelope, CAP_TRACE_ENVELOPE_MAX, &cut) : NULL;
    const char *texts[] = {row->id, row->parent_id, row->task, row->file, row->language, row->state ? row->state : ""};
    for (int i = 0; i < (int)CAP_COUNT(texts); i++) bind_text(statement, i + 1, texts[i], CAP_TRACE_TEXT_MAX, false);
    bind_text(statement, 7, envelope, CAP_TRACE_ENVELOPE_MAX, true);
    bind_text(statement, 8, row->limits, CAP_TRACE_TEXT_MAX, true);
    bind_text(statement, 9, row->policy_digest, CAP_TRACE_TEXT_MAX, false);
    bind_number(statement, 10, row->fuel_limit);
    bind_number(statement, 11, row->ram_limit);
    if (row->timeout_ms) sqlite3_bind_int64(statement, 12, row->timeout_ms);
    bind_number(statement, 13, row->ram_used);
    bind_number(statement, 14, row->result_bytes);
    if (row->ended_at_ms) sqlite3_bind_int64(statement, 15, row->ended_at_ms);
    sqlite3_bind_int64(statement, 16, row->attempts);
    if (is_unfinished(row)) {
        cap_trace_owner_name(owner, sizeof owner);
        sqlite3_bind_text(statement, 17, owner, -1, SQLITE_STATIC);
    }
    bind_outcome(statement, OUTCOME_OF_ROW, &row->outcome);
    int code = cap_trace_run(statement);
    sqlite3_clear_bindings(statement);
    return code;
}

static int replace_row(cap_trace *trace, const cap_trace_row *row) {
    int code = trace->update ? SQLITE_OK : sqlite3_prepare_v2(trace->database, update_text, -1, &trace->update, NULL);
    return code == SQLITE_OK ? run_with_row(trace->update, row) : code;
}

int cap_trace_insert_row(cap_trace *trace, const cap_trace_row *row) {
    if (is_unfinished(row) && !trace->resolved) {
        trace->resolved = true;
        cap_trace_resolve_lost(trace->database);
    }
    int code = run_with_row(trace->insert, row);
    if (code == SQLITE_OK && sqlite3_changes64(trace->database) == 0) code = replace_row(trace, row);
    return code == SQLITE_OK && row->attempt_outcome_count ? insert_attempts(trace, row) : code;
}

uint64_t cap_trace_row_bytes(const cap_trace_row *row) {
    const char *texts[] = {row->id, row->parent_id, row->task, row->file, row->language, row->outcome.error_type, row->limits};
    size_t envelope = row->envelope ? strlen(row->envelope) : 0;
    uint64_t bytes = 64 * 1024 + (envelope < CAP_TRACE_ENVELOPE_MAX ? envelope : CAP_TRACE_ENVELOPE_MAX);
    for (size_t i = 0; i < CAP_COUNT(texts); i++) bytes += texts[i] ? strnlen(texts[i], CAP_TRACE_TEXT_MAX) : 0;
    return bytes + row->attempt_outcome_count * (CAP_TRACE_MESSAGE_MAX + 256u);
}

/* ---- Runs whose process is gone ---- */

static void resolve(sqlite3_stmt *update, int64_t seq, const char *owner) {
    sqlite3_bind_int64(update, 1, seq);
    sqlite3_bind_text(update, 2, owner, -1, SQLITE_STATIC);
    cap_trace_run(update);
}

void cap_trace_resolve_lost(sqlite3 *database) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *query = NULL;
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *update = NULL;
    char known[128] = "";
    bool alive = true;
    if (sqlite3_prepare_v2(database, "SELECT seq,owner FROM runs WHERE owner IS NOT NULL LIMIT ?1", -1, &query, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_int64(query, 1, LOST_MAX);
    while (sqlite3_step(query) == SQLITE_ROW) {
        const char *owner = (const char *)sqlite3_column_text(query, 1);
        if (!owner) continue;
        if (strcmp(owner, known) != 0) { /* a service has many */
            alive = cap_trace_owner_alive(owner);
            known[0] = 0;
            strncat(known, owner, sizeof known - 1);
        }
        if (alive) continue;
        if (!update && sqlite3_prepare_v2(database, "UPDATE runs SET state='interrupted',owner=NULL WHERE seq=?1 AND owner=?2",
                                          -1, &update, NULL) != SQLITE_OK)
            return;
        resolve(update, sqlite3_column_int64(query, 0), owner);
    }
}
