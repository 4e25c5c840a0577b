/* What a run or the execution of a module ended with: a copy of all that the caller may ask for, held by nothing else. */
#ifndef CAP_TASK_RESULT_H
#define CAP_TASK_RESULT_H

#include "task/tree.h"

struct capsule_result {
    cap_verdict verdict;
    char *envelope; /* JSON, owned */
    char id[CAP_ID_BYTES];
    uint64_t duration_ns;
};

#endif
