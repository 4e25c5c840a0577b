/* The exports of the Python guest. Each runs one step of capsule_abi.h and answers 0 when the host has been told
 * how it ended. The work itself is done on the Python side; here are only the crossing and the last resort. */
#include "guest.h"

#include <stdlib.h>

/* Requests up to this size use a buffer that is part of the image; larger ones are allocated. */
#define SMALL_BUFFER 16384

/* The compute counter. Generated code increments it at every function entry and loop head, so it has a cache line
 * of its own; nothing else may touch it. The host knows it by its exported address. */
_Alignas(64) uint64_t capsule_meter[8];
#ifdef __wasm__
__asm__(".export_name capsule_meter, capsule_meter");
#endif

static _Alignas(8) char small_buffer[SMALL_BUFFER];
static char *large_buffer;

int32_t capsule_abi_version(void) { return CAPSULE_ABI_VERSION; }

int32_t capsule_boot(void) { return cap_interpreter_start() == 0 ? 0 : 1; }

void *capsule_buffer(uint32_t size) {
    free(large_buffer);
    large_buffer = NULL;
    if (size <= SMALL_BUFFER) return small_buffer;
    large_buffer = malloc(size);
    return large_buffer;
}

/* Hands `request` to a Python entry point, which reports the outcome itself. An exception that escapes from it means
 * that it could not: memory ran out, or the stack did. */
static int32_t enter(PyObject *entry, const char *request, uint32_t length, int failure_kind) {
    if (!entry) return 1;
    PyObject *text = PyUnicode_DecodeUTF8(request, (Py_ssize_t)length, "strict");
    free(large_buffer);
    large_buffer = NULL;
    PyObject *done = text ? PyObject_CallOneArg(entry, text) : NULL;
    Py_XDECREF(text);
    if (!done) return cap_report_exception(failure_kind) < 0 ? 2 : 0;
    Py_DECREF(done);
    return 0;
}

int32_t capsule_load(const char *request, uint32_t length) {
    return enter(cap_entry_load, request, length, CAPSULE_REPORT_LOAD_FAILURE);
}

int32_t capsule_call(const char *request, uint32_t length) {
    return enter(cap_entry_call, request, length, CAPSULE_REPORT_FAILURE);
}

/* Whatever must differ between two runs of one image renews itself on first use (random.c, and environment.py and
 * clocks.py on the Python side), so that a run pays only for what it uses. */
int32_t capsule_resume(void) { return 0; }
