/* One run of the trace whole: its attempts, its envelope, and its subtasks as a tree. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/trace_internal.h"
#include "yyjson.h"

enum {
    ID_MAX = 64,
    DEPTH_MAX = 64, /* levels; a tree of ours has 17. The file may be anybody's, and go round in circles */
    COLUMN_ENVELOPE = CAP_TRACE_COLUMN_COUNT,
    COLUMN_LIMITS
};

typedef struct subtree {
    cap_buffer *out;
    sqlite3 *database;
    const char *rows;
    bool has_attempts; /* there is a table of them */
    uint32_t left;     /* subtasks that may still be added */
} subtree;

/* ---- Finding it ---- */

/* Ids are letters and digits, so '~' sorts after every id that begins with the prefix. */
static int find_id(sqlite3 *database, const char *prefix, char *ret_id, size_t size, capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, "SELECT id FROM runs WHERE id>=?1 AND id<?1||'~' ORDER BY id LIMIT 3", -1, &statement,
                           NULL) != SQLITE_OK)
        return cap_trace_read_failed(database, error);
    sqlite3_bind_text(statement, 1, prefix, -1, SQLITE_STATIC);
    char found[3][ID_MAX + 1] = {"", "", ""};
    int count = 0, code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && count < 3) {
        const char *id = (const char *)sqlite3_column_text(statement, 0);
        snprintf(found[count++], sizeof found[0], "%s", id ? id : "");
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW) return cap_trace_read_failed(database, error);
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

/* ---- Its parts ---- */

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

/* The attempts of a run that had several. */
static int add_attempts(subtree *tree, sqlite3_stmt *run, capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    cap_buffer_add_json_key(tree->out, "attempt_outcomes");
    cap_buffer_add_text(tree->out, "[");
    int code = SQLITE_DONE;
    if (tree->has_attempts && sqlite3_column_int64(run, CAP_TRACE_COLUMN_ATTEMPTS) > 1) {
        if (sqlite3_prepare_v2(tree->database,
                               "SELECT json_object('number',number,'error_type',error_type,'message',message,'exit_code',exit_code,"
                               "'duration_ms',duration_ms,'cpu_ms',cpu_ms,'fuel_consumed',fuel_consumed,'output_bytes',output_bytes,"
                               "'file_calls',file_calls,'denials',denials) FROM attempts WHERE seq=?1 ORDER BY number LIMIT ?2",
                               -1, &statement, NULL) != SQLITE_OK)
            return cap_trace_read_failed(tree->database, error);
        sqlite3_bind_int64(statement, 1, sqlite3_column_int64(run, CAP_TRACE_COLUMN_SEQ));
        sqlite3_bind_int64(statement, 2, CAP_TRACE_ATTEMPTS_MAX);
        for (size_t i = 0; (code = sqlite3_step(statement)) == SQLITE_ROW; i++) {
            cap_buffer_add_text(tree->out, i ? "," : "");
            add_json(tree->out, statement, 0);
        }
    }
    cap_buffer_add_text(tree->out, "]");
    return code == SQLITE_DONE ? 0 : cap_trace_read_failed(tree->database, error);
}

static int add_subtasks(subtree *tree, const char *id, unsigned depth, capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    cap_buffer_add_json_key(tree->out, "subtasks");
    cap_buffer_add_text(tree->out, "[");
    int code = SQLITE_DONE;
    if (depth < DEPTH_MAX) {
        if (cap_trace_select(tree->database, "", tree->rows, "parent_id=?1 ORDER BY started_at,seq", &statement, error) < 0)
            return -1;
        sqlite3_bind_text(statement, 1, id, -1, SQLITE_TRANSIENT);
    }
    for (size_t i = 0; statement && tree->left > 0 && (code = sqlite3_step(statement)) == SQLITE_ROW; i++) {
        tree->left--;
        cap_buffer_add_text(tree->out, i ? ",{" : "{");
        cap_trace_add_row(tree->out, statement);
        const char *child = (const char *)sqlite3_column_text(statement, CAP_TRACE_COLUMN_ID);
        if (add_attempts(tree, statement, error) < 0 || add_subtasks(tree, child ? child : "", depth + 1, error) < 0) return -1;
        cap_buffer_add_text(tree->out, "}");
    }
    cap_buffer_add_text(tree->out, "]");
    return code == SQLITE_DONE || tree->left == 0 ? 0 : cap_trace_read_failed(tree->database, error);
}

static int add_run(subtree *tree, const char *id, capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    if (cap_trace_select(tree->database, ",envelope,limits", tree->rows, "id=?1", &statement, error) < 0) return -1;
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return cap_error_set(error, CAPSULE_NOT_FOUND, "there is no run '%s' in the trace", id);
    if (code != SQLITE_ROW) return cap_trace_read_failed(tree->database, error);
    cap_buffer_add_text(tree->out, "{");
    cap_trace_add_row(tree->out, statement);
    cap_buffer_add_json_key(tree->out, "envelope");
    add_json(tree->out, statement, COLUMN_ENVELOPE);
    cap_buffer_add_json_key(tree->out, "limits");
    add_json(tree->out, statement, COLUMN_LIMITS);
    return add_attempts(tree, statement, error);
}

int capsule_trace_show(const char *project_dir, const char *id, char **ret_json, capsule_error **error) {
    if (!project_dir || !id || !ret_json) return cap_error_set(error, CAPSULE_USAGE, "project_dir, id and ret_json are needed");
    size_t length = strlen(id);
    if (length == 0 || length > ID_MAX ||
        strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != length)
        return cap_error_set(error, CAPSULE_USAGE, "'%.80s' is not a run id: letters and digits are accepted", id);
    cap_cleanup(cap_trace_close) sqlite3 *database = NULL;
    cap_autobuffer cap_buffer out;
    subtree tree = {.out = &out, .left = CAP_TRACE_LIST_MAX};
    cap_buffer_init(&out, CAP_TRACE_JSON_MAX);
    if (cap_trace_reader_open(project_dir, &database, &tree.rows, error) < 0) return -1;
    if (!database) return cap_error_set(error, CAPSULE_NOT_FOUND, "there is no run '%s': this project has no trace", id);
    tree.database = database;
    tree.has_attempts = strcmp(tree.rows, "runs") == 0;
    char whole[ID_MAX + 1] = "";
    if (resolve_id(database, id, whole, sizeof whole, error) < 0) return -1;
    if (add_run(&tree, whole, error) < 0 || add_subtasks(&tree, whole, 0, error) < 0) return -1;
    cap_buffer_add_text(&out, "}");
    return cap_trace_take(&out, ret_json, error);
}
