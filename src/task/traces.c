#include "task/traces.h"

#include <stdlib.h>
#include <string.h>

struct cap_open_trace {
    struct cap_open_trace *next;
    char *project_dir;
    cap_trace_retention retention;
    cap_trace *trace;
    unsigned users;
};

static void free_open(struct cap_open_trace *open) {
    cap_trace_free(open->trace);
    free(open->project_dir);
    free(open);
}

void cap_traces_init(cap_traces *traces) {
    pthread_mutex_init(&traces->lock, NULL);
    traces->first = NULL;
}

void cap_traces_destroy(cap_traces *traces) {
    for (struct cap_open_trace *next; traces->first; traces->first = next) {
        next = traces->first->next;
        free_open(traces->first);
    }
    pthread_mutex_destroy(&traces->lock);
}

static struct cap_open_trace *make(const char *project_dir, const cap_trace_retention *retention) {
    struct cap_open_trace *open = calloc(1, sizeof *open);
    if (!open) return NULL;
    open->project_dir = strdup(project_dir);
    open->retention = *retention;
    open->trace = open->project_dir ? cap_trace_create(project_dir, retention) : NULL;
    if (open->trace) return open;
    free_open(open);
    return NULL;
}

/* Takes all but the first that nobody uses out of the list; the caller frees them without the lock. Under the lock. */
static struct cap_open_trace *take_unused(cap_traces *traces) {
    struct cap_open_trace *unused = NULL, **link = traces->first ? &traces->first->next : &traces->first;
    while (*link) {
        struct cap_open_trace *open = *link;
        if (open->users) {
            link = &open->next;
            continue;
        }
        *link = open->next;
        open->next = unused;
        unused = open;
    }
    return unused;
}

static void free_all(struct cap_open_trace *open) {
    for (struct cap_open_trace *next; open; open = next) {
        next = open->next;
        free_open(open);
    }
}

static bool serves(const struct cap_open_trace *open, const char *project_dir, const cap_trace_retention *retention) {
    return strcmp(open->project_dir, project_dir) == 0 && open->retention.keep_ms == retention->keep_ms &&
           open->retention.bytes == retention->bytes;
}

cap_trace *cap_traces_take(cap_traces *traces, const char *project_dir, const cap_trace_retention *retention) {
    pthread_mutex_lock(&traces->lock);
    struct cap_open_trace **link = &traces->first, *open;
    while (*link && !serves(*link, project_dir, retention)) link = &(*link)->next;
    if ((open = *link))
        *link = open->next;
    else
        open = make(project_dir, retention);
    if (open) {
        open->users++;
        open->next = traces->first;
        traces->first = open;
    }
    struct cap_open_trace *unused = take_unused(traces);
    pthread_mutex_unlock(&traces->lock);
    free_all(unused);
    return open ? open->trace : NULL;
}

void cap_traces_give(cap_traces *traces, cap_trace *trace) {
    pthread_mutex_lock(&traces->lock);
    for (struct cap_open_trace *open = traces->first; open && trace; open = open->next)
        if (open->trace == trace) open->users--;
    struct cap_open_trace *unused = take_unused(traces);
    pthread_mutex_unlock(&traces->lock);
    free_all(unused);
}
