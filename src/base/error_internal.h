/* The inside of capsule_error: only base/error.c and tests look here. */
#ifndef CAP_BASE_ERROR_INTERNAL_H
#define CAP_BASE_ERROR_INTERNAL_H

#include <stdbool.h>

#include "capsule.h"

struct capsule_error {
    capsule_code code;
    char *message; /* one line, owned */
    char *detail;  /* several lines for people, owned, or NULL */
    bool is_static;
};

#endif
