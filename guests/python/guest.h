/* What the files of the Python guest share. The contract with the runtime is guests/abi/capsule_abi.h.
 *
 *   main.c        the exports; the exchange buffer
 *   boot.c        configures and starts the interpreter, then hands over to the Python side
 *   host_module.c the builtin module _capsule: the host's imports as Python functions
 *   report.c      the last resort when the Python side cannot report any more
 *   random.c      reseeds the global random generator on first use
 *   streams.c     print as one write; notices files opened for writing
 *   databases.c   SQLite's locks are the host's
 *   libc/         stand in for functions of the C library: attributes of files, the working directory, select()
 *   image.c       makes the objects of an image immortal, so that a run does not dirty their pages
 *
 * Everything that can be said in Python is said in Python: the package capsule._runtime in sdk/.
 */
#ifndef CAPSULE_PYTHON_GUEST_H
#define CAPSULE_PYTHON_GUEST_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "capsule_abi.h"

/* Starts the interpreter, warms the library and binds the entry points. 0, or -1 with the reason on stderr. */
int cap_interpreter_start(void);

/* Makes SQLite lock by the host. 0 or -1. */
int cap_databases_start(void);

/* Entry points on the Python side; borrowed, NULL before cap_interpreter_start. */
extern PyObject *cap_entry_load;
extern PyObject *cap_entry_call;

/* Init function of the module _capsule, for the interpreter's table of builtin modules. */
PyObject *cap_host_module_init(void);

/* True while the image is made: nothing is reported and nothing is written. */
extern bool cap_is_muted;

/* Reports the current Python exception as `kind` in fixed words, needing next to no memory, and clears it.
 * Answers what the host answered. */
int cap_report_exception(int kind);

/* Releases the memory kept back so that an out-of-memory failure can still be told. */
void cap_reserve_release(void);
int cap_reserve_take(void);

/* _capsule.guard_random(instance): seeds `instance` from the host's entropy when it is first used.
 * _capsule.random_touched(): true once that has happened or the program seeded it itself. */
PyObject *cap_random_guard(PyObject *module, PyObject *instance);
PyObject *cap_random_touched(PyObject *module, PyObject *unused);

/* _capsule.write_output(descriptor, bytes), .install_print(stdout), .watch_files(FileIO), .files_written(). */
PyObject *cap_output_write(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *cap_print_install(PyObject *module, PyObject *const *args, Py_ssize_t count);
PyObject *cap_files_watch(PyObject *module, PyObject *file_type);
PyObject *cap_files_written(PyObject *module, PyObject *unused);

/* _capsule.settle_image(): makes every object alive now immortal. Answers how many were.
 * _capsule.settle_objects(list): the same for functions, code and classes among the list's objects. */
PyObject *cap_image_settle(PyObject *module, PyObject *unused);
PyObject *cap_image_settle_objects(PyObject *module, PyObject *list);

#endif
