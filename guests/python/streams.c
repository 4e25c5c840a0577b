/* Standard output is unbuffered, so that nothing printed before a kill is lost. CPython's print writes each of its
 * pieces on its own; the print here joins them, and so one print is one write to the host.
 *
 * A program that ends normally also expects files it left open to be flushed. files_written() tells whether there
 * can be any, so that other programs need no search for them. */
#include "guest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Longer texts are not joined: the copy would cost more than a second write. */
#define JOIN_LIMIT 65536

static PyObject *standard_output; /* the stream that is written through; other streams get CPython's own print */
static PyObject *original_print;
static bool file_opened_for_writing;
static initproc original_file_init;

/* write_output(descriptor, bytes-like): writes all of it, or raises OSError. */
PyObject *cap_output_write(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    int descriptor = count == 2 ? PyLong_AsInt(args[0]) : -1;
    if (descriptor < 0) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "write_output() takes a descriptor and bytes");
        return NULL;
    }
    Py_buffer data;
    if (PyObject_GetBuffer(args[1], &data, PyBUF_SIMPLE) < 0) return NULL;
    Py_ssize_t done = cap_is_muted ? data.len : 0;
    while (done < data.len) {
        ssize_t written = write(descriptor, (const char *)data.buf + done, (size_t)(data.len - done));
        if (written < 0 && errno != EINTR) break;
        if (written > 0) done += written;
    }
    Py_ssize_t length = data.len;
    PyBuffer_Release(&data);
    return done < length ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromSsize_t(length);
}

/* Whether str() of `value` runs no code of the program, which could itself print or fail half-way. */
static bool is_plain(PyObject *value) {
    return PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyBool_Check(value) || value == Py_None;
}

/* The text a print of `args` produces. NULL without an exception: better left to the original. */
static PyObject *join_pieces(PyObject *const *args, Py_ssize_t count, PyObject *separator, PyObject *end) {
    Py_ssize_t total = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!is_plain(args[i])) return NULL;
        if (PyUnicode_CheckExact(args[i])) total += PyUnicode_GET_LENGTH(args[i]);
        if (total > JOIN_LIMIT) return NULL;
    }
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (i && (separator ? _PyUnicodeWriter_WriteStr(&writer, separator) : _PyUnicodeWriter_WriteChar(&writer, ' ')) < 0)
            goto failed;
        PyObject *text = PyObject_Str(args[i]);
        int status = text ? _PyUnicodeWriter_WriteStr(&writer, text) : -1;
        Py_XDECREF(text);
        if (status < 0) goto failed;
    }
    writer.overallocate = 0;
    if ((end ? _PyUnicodeWriter_WriteStr(&writer, end) : _PyUnicodeWriter_WriteChar(&writer, '\n')) < 0) goto failed;
    return _PyUnicodeWriter_Finish(&writer);
failed:
    _PyUnicodeWriter_Dealloc(&writer);
    return NULL;
}

/* Reads sep and end from the keywords. False: something else is asked for. */
static bool read_keywords(PyObject *const *values, PyObject *names, PyObject **separator, PyObject **end) {
    Py_ssize_t count = names ? PyTuple_GET_SIZE(names) : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i), **target = NULL;
        if (PyUnicode_EqualToUTF8(name, "end")) target = end;
        else if (PyUnicode_EqualToUTF8(name, "sep")) target = separator;
        else if (PyUnicode_EqualToUTF8(name, "flush") && PyBool_Check(values[i])) continue;
        else return false;
        if (values[i] == Py_None) continue;
        if (!PyUnicode_CheckExact(values[i]) || PyUnicode_GET_LENGTH(values[i]) > JOIN_LIMIT) return false;
        *target = values[i];
    }
    return true;
}

static PyObject *print_joined(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *names) {
    (void)module;
    PyObject *separator = NULL, *end = NULL;
    if (PySys_GetObject("stdout") == standard_output && read_keywords(args + count, names, &separator, &end)) {
        PyObject *text = join_pieces(args, count, separator, end);
        if (text) {
            int status = PyFile_WriteObject(text, standard_output, Py_PRINT_RAW);
            Py_DECREF(text);
            if (status < 0) return NULL;
            Py_RETURN_NONE;
        }
        if (PyErr_Occurred()) return NULL;
    }
    return PyObject_Vectorcall(original_print, args, (size_t)count, names);
}

static PyMethodDef print_method = {"print", _PyCFunction_CAST(print_joined), METH_FASTCALL | METH_KEYWORDS, NULL};

PyObject *cap_print_install(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    PyObject *builtins = PyImport_ImportModule("builtins");
    PyObject *old = builtins && count == 1 ? PyObject_GetAttrString(builtins, "print") : NULL;
    if (!old || !PyCFunction_Check(old)) {
        PyErr_SetString(PyExc_TypeError, "install_print() takes the standard output");
        return NULL;
    }
    print_method.ml_doc = ((PyCFunctionObject *)old)->m_ml->ml_doc;
    PyObject *name = PyUnicode_FromString("builtins");
    PyObject *joined = name ? PyCFunction_NewEx(&print_method, builtins, name) : NULL;
    if (!joined || PyObject_SetAttrString(builtins, "print", joined) < 0) return NULL;
    Py_DECREF(joined);
    Py_DECREF(name);
    standard_output = Py_NewRef(args[0]);
    original_print = old;
    Py_RETURN_NONE;
}

/* FileIO.__init__(file, mode, ...): notes a mode that can write, then does what it always did. */
static int init_file(PyObject *self, PyObject *args, PyObject *keywords) {
    PyObject *mode = PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 1) : NULL;
    if (!mode && keywords) mode = PyDict_GetItemString(keywords, "mode");
    const char *text = mode && PyUnicode_Check(mode) ? PyUnicode_AsUTF8(mode) : NULL;
    if (text && strpbrk(text, "wax+")) file_opened_for_writing = true;
    return original_file_init(self, args, keywords);
}

PyObject *cap_files_watch(PyObject *module, PyObject *file_type) {
    (void)module;
    if (!PyType_Check(file_type) || original_file_init) {
        PyErr_SetString(PyExc_TypeError, "watch_files() takes the class FileIO, once");
        return NULL;
    }
    original_file_init = ((PyTypeObject *)file_type)->tp_init;
    ((PyTypeObject *)file_type)->tp_init = init_file;
    Py_RETURN_NONE;
}

PyObject *cap_files_written(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyBool_FromLong(file_opened_for_writing);
}
