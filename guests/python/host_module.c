/* The builtin module _capsule: the host's imports, and the few things that only C can do, as Python functions.
 * Its only user is the Python side of the guest. A program may import it too; it can do nothing with it that it
 * could not do otherwise, because the host trusts nothing that comes out of a guest. */
#include "guest.h"

#include <errno.h>
#include <stdlib.h>

/* WASI's numbers are libc's numbers here, so an answer -N is errno N. */
static PyObject *raise_errno(int32_t answer) {
    errno = -answer;
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* While the image is made, reports and output go nowhere. */
bool cap_is_muted;

static PyObject *mute(PyObject *module, PyObject *on) {
    (void)module;
    cap_is_muted = on == Py_True;
    Py_RETURN_NONE;
}

/* report(kind, text): the host's answer, 0 or -errno. */
static PyObject *report(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 2 || !PyLong_Check(args[0]) || !PyUnicode_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "report() takes a kind and a text");
        return NULL;
    }
    int kind = PyLong_AsInt(args[0]);
    if (kind == -1 && PyErr_Occurred()) return NULL;
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(args[1], &length);
    if (!text) return NULL;
    return PyLong_FromLong(cap_is_muted ? 0 : capsule_report(kind, text, (uint32_t)length));
}

/* task_start(name, arguments as JSON): a handle. */
static PyObject *task_start(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    Py_ssize_t name_length, text_length;
    if (count != 2 || !PyUnicode_Check(args[0]) || !PyUnicode_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "task_start() takes a name and a text");
        return NULL;
    }
    const char *name = PyUnicode_AsUTF8AndSize(args[0], &name_length);
    const char *text = name ? PyUnicode_AsUTF8AndSize(args[1], &text_length) : NULL;
    if (!text) return NULL;
    int32_t handle = capsule_task_start(name, (uint32_t)name_length, text, (uint32_t)text_length);
    return handle < 0 ? raise_errno(handle) : PyLong_FromLong(handle);
}

/* program_start(request as JSON): a handle. */
static PyObject *program_start(PyObject *module, PyObject *request) {
    (void)module;
    Py_ssize_t length;
    if (!PyUnicode_Check(request)) {
        PyErr_SetString(PyExc_TypeError, "program_start() takes a text");
        return NULL;
    }
    const char *text = PyUnicode_AsUTF8AndSize(request, &length);
    if (!text) return NULL;
    int32_t handle = capsule_program_start(text, (uint32_t)length);
    return handle < 0 ? raise_errno(handle) : PyLong_FromLong(handle);
}

/* task_cancel(handle): ends a subtask. */
static PyObject *task_cancel(PyObject *module, PyObject *handle) {
    (void)module;
    uint32_t number = (uint32_t)PyLong_AsUnsignedLongMask(handle);
    if (PyErr_Occurred()) return NULL;
    int32_t answer = capsule_task_cancel(number);
    if (answer < 0) return raise_errno(answer);
    Py_RETURN_NONE;
}

/* task_wait(handles, nanoseconds; negative: no limit): the position of one that is finished, None when time is up. Without
 * handles: the handle of any open one, of each once. */
static PyObject *task_wait(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 2 || !PyList_CheckExact(args[0])) {
        PyErr_SetString(PyExc_TypeError, "task_wait() takes a list of handles and nanoseconds");
        return NULL;
    }
    long long timeout = PyLong_AsLongLong(args[1]);
    if (timeout == -1 && PyErr_Occurred()) return NULL;
    Py_ssize_t length = PyList_GET_SIZE(args[0]);
    uint32_t *handles = PyMem_New(uint32_t, length ? length : 1);
    if (!handles) return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < length; i++) handles[i] = (uint32_t)PyLong_AsUnsignedLongMask(PyList_GET_ITEM(args[0], i));
    int32_t answer = PyErr_Occurred() ? 0 : capsule_task_wait(handles, (uint32_t)length, timeout);
    PyMem_Free(handles);
    if (PyErr_Occurred()) return NULL;
    if (answer == -ETIMEDOUT) Py_RETURN_NONE;
    return answer < 0 ? raise_errno(answer) : PyLong_FromLong(answer);
}

/* task_read(handle): the envelope of a finished task, as JSON text; its handle is closed. */
static PyObject *task_read(PyObject *module, PyObject *handle) {
    (void)module;
    uint32_t number = (uint32_t)PyLong_AsUnsignedLongMask(handle);
    if (PyErr_Occurred()) return NULL;
    char none;
    int32_t length = capsule_task_read(number, &none, 0);
    if (length < 0) return raise_errno(length);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, length);
    if (!bytes) return NULL;
    int32_t copied = capsule_task_read(number, PyBytes_AS_STRING(bytes), (uint32_t)length);
    PyObject *text = copied == length ? PyUnicode_DecodeUTF8(PyBytes_AS_STRING(bytes), length, "replace") : NULL;
    Py_DECREF(bytes);
    if (!text && !PyErr_Occurred()) return raise_errno(copied < 0 ? copied : -EIO);
    return text;
}

/* environment(): b"K=V\0K=V\0...". */
static PyObject *environment(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    char none;
    int32_t length = capsule_environment(&none, 0);
    if (length < 0) return raise_errno(length);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, length);
    if (!bytes) return NULL;
    int32_t copied = length ? capsule_environment(PyBytes_AS_STRING(bytes), (uint32_t)length) : 0;
    if (copied == length) return bytes;
    Py_DECREF(bytes);
    return raise_errno(copied < 0 ? copied : -EIO);
}

/* last_denial(): why the host refused the last path operation, "" when it did not. */
static PyObject *last_denial(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    char text[256];
    int32_t length = capsule_last_denial(text, sizeof text);
    if (length <= 0 || length > (int32_t)sizeof text) return PyUnicode_FromString("");
    return PyUnicode_DecodeUTF8(text, length, "replace");
}

/* release_reserve(): gives the program's last words the memory kept back for them. */
static PyObject *release_reserve(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    cap_reserve_release();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"report", _PyCFunction_CAST(report), METH_FASTCALL, NULL},
    {"mute", mute, METH_O, NULL},
    {"task_start", _PyCFunction_CAST(task_start), METH_FASTCALL, NULL},
    {"program_start", program_start, METH_O, NULL},
    {"task_cancel", task_cancel, METH_O, NULL},
    {"task_wait", _PyCFunction_CAST(task_wait), METH_FASTCALL, NULL},
    {"task_read", task_read, METH_O, NULL},
    {"environment", environment, METH_NOARGS, NULL},
    {"last_denial", last_denial, METH_NOARGS, NULL},
    {"release_reserve", release_reserve, METH_NOARGS, NULL},
    {"guard_random", cap_random_guard, METH_O, NULL},
    {"random_touched", cap_random_touched, METH_NOARGS, NULL},
    {"write_output", _PyCFunction_CAST(cap_output_write), METH_FASTCALL, NULL},
    {"install_print", _PyCFunction_CAST(cap_print_install), METH_FASTCALL, NULL},
    {"watch_files", cap_files_watch, METH_O, NULL},
    {"files_written", cap_files_written, METH_NOARGS, NULL},
    {"settle_image", cap_image_settle, METH_NOARGS, NULL},
    {"settle_objects", cap_image_settle_objects, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int add_kinds(PyObject *module) {
    static const struct { const char *name; int kind; } kinds[] = {
        {"RESULT", CAPSULE_REPORT_RESULT},
        {"FAILURE", CAPSULE_REPORT_FAILURE},
        {"EXIT", CAPSULE_REPORT_EXIT},
        {"UNSERIALIZABLE", CAPSULE_REPORT_UNSERIALIZABLE},
        {"NO_MEMORY", CAPSULE_REPORT_NO_MEMORY},
        {"TASKS", CAPSULE_REPORT_TASKS},
        {"LOAD_FAILURE", CAPSULE_REPORT_LOAD_FAILURE},
        {"IMPURE", CAPSULE_REPORT_IMPURE},
        {"NETWORK_DENIED", CAPSULE_REPORT_NETWORK_DENIED},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (PyModule_AddIntConstant(module, kinds[i].name, kinds[i].kind) < 0) return -1;
    return 0;
}

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_capsule",
    .m_doc = "The host of this sandbox.",
    .m_size = 0,
    .m_methods = methods,
};

PyObject *cap_host_module_init(void) {
    PyObject *module = PyModule_Create(&definition);
    if (!module || add_kinds(module) < 0) return NULL;
    return module;
}
