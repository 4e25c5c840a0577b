/* The newest rows of the trace. */
#include "base/cleanup.h"
#include "store/trace_internal.h"

enum { LIST_DEFAULT = 20 };

static const char condition[] =
    "(task=?1 OR (?1 IS NULL AND parent_id IS NULL)) AND started_at>=?2 AND (NOT ?3 OR " CAP_TRACE_FAILURES
    ") ORDER BY seq DESC LIMIT ?4";

static int add_rows(cap_buffer *out, sqlite3 *database, sqlite3_stmt *statement, capsule_error **error) {
    int code;
    for (size_t rows = 0; (code = sqlite3_step(statement)) == SQLITE_ROW; rows++) {
        cap_buffer_add_text(out, rows ? ",{" : "{");
        cap_trace_add_row(out, statement);
        cap_buffer_add_text(out, "}");
    }
    return code == SQLITE_DONE ? 0 : cap_trace_read_failed(database, error);
}

static int add_matching(cap_buffer *out, sqlite3 *database, const char *rows, const cap_trace_filter *filter,
                        capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    if (cap_trace_select(database, "", rows, condition, &statement, error) < 0) return -1;
    if (filter->task) sqlite3_bind_text(statement, 1, filter->task, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, filter->since_ms);
    sqlite3_bind_int64(statement, 3, filter->failed);
    sqlite3_bind_int64(statement, 4, filter->limit ? filter->limit : LIST_DEFAULT);
    return add_rows(out, database, statement, error);
}

int cap_trace_list(const char *project_dir, const cap_trace_filter *filter, char **ret_json, capsule_error **error) {
    cap_cleanup(cap_trace_close) sqlite3 *database = NULL;
    const char *rows;
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, CAP_TRACE_JSON_MAX);
    if (filter->limit > CAP_TRACE_LIST_MAX)
        return cap_error_set(error, CAPSULE_USAGE, "at most %u runs can be listed, not %u", CAP_TRACE_LIST_MAX,
                             (unsigned)filter->limit);
    if (cap_trace_reader_open(project_dir, &database, &rows, error) < 0) return -1;
    cap_buffer_add_text(&out, "[");
    if (database && add_matching(&out, database, rows, filter, error) < 0) return -1;
    cap_buffer_add_text(&out, "]");
    return cap_trace_take(&out, ret_json, error);
}
