/* Open trace databases of a runtime: one for each project, whatever number of programs it has, so that their rows are
 * committed together and wait for no lock of each other. The one used last stays open for the next program. */
#ifndef CAP_TASK_TRACES_H
#define CAP_TASK_TRACES_H

#include <pthread.h>

#include "store/trace.h"

typedef struct cap_traces {
    pthread_mutex_t lock;
    struct cap_open_trace *first; /* most recently taken first */
} cap_traces;

void cap_traces_init(cap_traces *traces);
/* Once everything was given back. */
void cap_traces_destroy(cap_traces *traces);

/* The trace of a project (absolute directory), for a program until it gives it back. One whose retention was changed
 * meanwhile is opened anew. NULL: no memory. */
cap_trace *cap_traces_take(cap_traces *traces, const char *project_dir, const cap_trace_retention *retention);
/* trace may be NULL. */
void cap_traces_give(cap_traces *traces, cap_trace *trace);

#endif
