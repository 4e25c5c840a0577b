/* The global generator of the module random is part of an image, so every run of that image would draw the same
 * numbers. It is seeded anew, on first use rather than on resume, because most runs never use it.
 *
 * The five methods through which a generator can be used are C functions of _random.Random, called through their
 * method table also by bound methods that a program took long ago (`from random import random`). In the image that
 * table points to the guards below; the first use of the global instance seeds it and puts the originals back.
 * A program that seeds the generator itself, or sets its state, keeps what it asked for. */
#include "guest.h"

#include <string.h>

#define SEED_BYTES 32

enum { RANDOM, GETRANDBITS, GETSTATE, SETSTATE, SEED, METHODS };

static const struct { const char *name; int flags; } expected[METHODS] = {
    [RANDOM] = {"random", METH_NOARGS},     [GETRANDBITS] = {"getrandbits", METH_O}, [GETSTATE] = {"getstate", METH_NOARGS},
    [SETSTATE] = {"setstate", METH_O},      [SEED] = {"seed", METH_FASTCALL},
};

#define AS_FAST(function) ((PyCFunctionFast)(void (*)(void))(function))

static PyMethodDef *table[METHODS];
static PyCFunction original[METHODS];
static PyObject *global_instance; /* borrowed: the module random owns it for ever */
static bool touched;

static void disarm(void) {
    touched = true;
    for (int i = 0; i < METHODS; i++) table[i]->ml_meth = original[i];
}

/* Seeds the global instance from the host. Without entropy the guards stay, and so does the error. */
static int reseed(void) {
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *bytes = posix ? PyObject_CallMethod(posix, "urandom", "i", SEED_BYTES) : NULL;
    PyObject *number = bytes ? _PyLong_FromByteArray((const unsigned char *)PyBytes_AS_STRING(bytes), SEED_BYTES, 1, 0) : NULL;
    PyObject *done = NULL;
    if (number) {
        disarm();
        done = AS_FAST(original[SEED])(global_instance, &number, 1);
    }
    int result = done ? 0 : -1;
    Py_XDECREF(done);
    Py_XDECREF(number);
    Py_XDECREF(bytes);
    Py_XDECREF(posix);
    return result;
}

static PyObject *guard_random(PyObject *self, PyObject *unused) {
    if (self == global_instance && reseed() < 0) return NULL;
    return original[RANDOM](self, unused);
}

static PyObject *guard_getrandbits(PyObject *self, PyObject *bits) {
    if (self == global_instance && reseed() < 0) return NULL;
    return original[GETRANDBITS](self, bits);
}

static PyObject *guard_getstate(PyObject *self, PyObject *unused) {
    if (self == global_instance && reseed() < 0) return NULL;
    return original[GETSTATE](self, unused);
}

static PyObject *guard_setstate(PyObject *self, PyObject *state) {
    if (self == global_instance) disarm();
    return original[SETSTATE](self, state);
}

static PyObject *guard_seed(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (self == global_instance) disarm();
    return AS_FAST(original[SEED])(self, args, count);
}

/* The method table entry of `name` in _random.Random, when it has the calling convention the guards are made for. */
static PyMethodDef *find_method(PyTypeObject *type, int method) {
    PyObject *descriptor = PyObject_GetAttrString((PyObject *)type, expected[method].name);
    PyMethodDef *found = NULL;
    if (descriptor && Py_IS_TYPE(descriptor, &PyMethodDescr_Type)) found = ((PyMethodDescrObject *)descriptor)->d_method;
    Py_XDECREF(descriptor);
    if (found && found->ml_flags == expected[method].flags) return found;
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_SystemError, "_random.Random.%s is not the method it was", expected[method].name);
    return NULL;
}

PyObject *cap_random_guard(PyObject *module, PyObject *instance) {
    (void)module;
    PyTypeObject *base = Py_TYPE(instance)->tp_base;
    PyCFunction guards[METHODS] = {
        [RANDOM] = guard_random,     [GETRANDBITS] = guard_getrandbits,
        [GETSTATE] = guard_getstate, [SETSTATE] = guard_setstate,
        [SEED] = _PyCFunction_CAST(guard_seed),
    };
    PyMethodDef *found[METHODS];
    if (!base || strcmp(base->tp_name, "_random.Random") != 0) {
        PyErr_SetString(PyExc_TypeError, "guard_random() takes the generator of the module random");
        return NULL;
    }
    for (int i = 0; i < METHODS; i++)
        if (!(found[i] = find_method(base, i))) return NULL;
    for (int i = 0; i < METHODS; i++) {
        table[i] = found[i];
        original[i] = found[i]->ml_meth;
        found[i]->ml_meth = guards[i];
    }
    global_instance = instance;
    touched = false;
    Py_RETURN_NONE;
}

PyObject *cap_random_touched(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyBool_FromLong(touched);
}
