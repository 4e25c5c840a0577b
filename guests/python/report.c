/* Reporting when Python code cannot run any more: fixed words, no allocation by the interpreter. */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory kept back from the program, for the moment when the rest is used up: enough to format a traceback. */
#define RESERVE_BYTES (96 * 1024)
#define NAME_LIMIT 64

static void *reserve;

int cap_reserve_take(void) {
    if (!reserve) reserve = malloc(RESERVE_BYTES);
    return reserve ? 0 : -1;
}

void cap_reserve_release(void) {
    free(reserve);
    reserve = NULL;
}

/* Copies the class name of `type`, which a program chose, as characters that need no escaping in JSON. */
static void copy_name(char *name, PyObject *type) {
    const char *full = type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_name : "Exception";
    const char *last = strrchr(full, '.');
    size_t length = 0;
    for (const char *c = last ? last + 1 : full; *c && length < NAME_LIMIT; c++)
        name[length++] = *c == '"' || *c == '\\' || (unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e ? '?' : *c;
    name[length] = '\0';
}

int cap_report_exception(int kind) {
    PyObject *error = PyErr_GetRaisedException();
    PyObject *type = error ? (PyObject *)Py_TYPE(error) : NULL;
    char name[NAME_LIMIT + 1], text[256];
    copy_name(name, type);
    int out_of_memory = type && PyErr_GivenExceptionMatches(type, PyExc_MemoryError);
    if (out_of_memory) kind = CAPSULE_REPORT_NO_MEMORY;
    const char *place = kind == CAPSULE_REPORT_LOAD_FAILURE ? ",\"file\":null,\"line\":null,\"column\":null" : "";
    int length = snprintf(text, sizeof text, "{\"message\":\"%s\",\"traceback\":null,\"type\":\"%s\"%s}",
                          out_of_memory ? "out of memory" : "the program ended with an error that could not be described",
                          name, place);
    int answer = capsule_report(kind, text, (uint32_t)length);
    cap_reserve_release();
    Py_XDECREF(error);
    PyErr_Clear();
    return answer;
}
