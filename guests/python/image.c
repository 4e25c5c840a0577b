/* Immortal objects for the image.
 *
 * A run starts from an image whose pages it shares until it writes to them. The commonest write of all is a reference
 * count: merely looking at an object dirties its page. CPython knows objects that live for ever and whose count
 * nobody touches; here everything alive when an image is taken becomes one.
 *
 * Objects are found through the collector's lists and, from there, by traversal: those it does not track (strings,
 * numbers, code) hang on those it does. A program's own data is left mortal, because a program may rely on its
 * objects dying when it drops them; only its functions, code and classes are made immortal. */
#include "guest.h"

#include <stdlib.h>

/* Untracked objects still to be looked at. It stays short: what is tracked is visited by its own list. */
struct worklist {
    PyObject **items;
    size_t count, capacity;
    Py_ssize_t settled;
    bool failed;
};

static bool is_immortal(PyObject *object) { return Py_REFCNT(object) == _Py_IMMORTAL_REFCNT; }

static int push(PyObject *object, void *context) {
    struct worklist *list = context;
    if (!object || list->failed || is_immortal(object) || PyObject_GC_IsTracked(object)) return 0;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        PyObject **items = realloc(list->items, capacity * sizeof *items);
        if (!items) {
            list->failed = true;
            return 0;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = object;
    return 0;
}

/* What hangs on a code object, which the collector does not traverse. */
static void push_code(PyCodeObject *code, struct worklist *list) {
    PyObject *parts[] = {code->co_consts,   code->co_names,     code->co_exceptiontable, code->co_localsplusnames,
                         code->co_localspluskinds, code->co_filename, code->co_name,  code->co_qualname, code->co_linetable};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) push(parts[i], list);
}

static void settle(PyObject *object, struct worklist *list) {
    if (is_immortal(object)) return;
    object->ob_refcnt = _Py_IMMORTAL_REFCNT;
    list->settled++;
    /* A class that is not on the heap says it is no container, though its type is one. */
    if (PyCode_Check(object)) push_code((PyCodeObject *)object, list);
    else if (PyObject_IS_GC(object) && Py_TYPE(object)->tp_traverse) Py_TYPE(object)->tp_traverse(object, push, list);
}

static void settle_untracked(struct worklist *list) {
    while (list->count && !list->failed) settle(list->items[--list->count], list);
}

static int settle_tracked(PyObject *object, void *context) {
    struct worklist *list = context;
    settle(object, list);
    settle_untracked(list);
    return !list->failed;
}

static PyObject *finish(struct worklist *list) {
    free(list->items);
    if (list->failed) return PyErr_NoMemory();
    return PyLong_FromSsize_t(list->settled);
}

PyObject *cap_image_settle(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    struct worklist list = {0};
    PyUnstable_GC_VisitObjects(settle_tracked, &list);
    return finish(&list);
}

/* A function with its code and names, a class with its dictionary: definitions, not data. */
static void push_definition(PyObject *object, struct worklist *list) {
    if (PyFunction_Check(object)) {
        PyFunctionObject *function = (PyFunctionObject *)object;
        PyObject *parts[] = {function->func_name, function->func_qualname, function->func_code, function->func_doc};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) push(parts[i], list);
    } else if (!PyType_Check(object) && !PyModule_Check(object)) {
        return;
    }
    if (is_immortal(object)) return;
    object->ob_refcnt = _Py_IMMORTAL_REFCNT;
    list->settled++;
}

PyObject *cap_image_settle_objects(PyObject *module, PyObject *objects) {
    (void)module;
    if (!PyList_CheckExact(objects)) {
        PyErr_SetString(PyExc_TypeError, "settle_objects() takes a list");
        return NULL;
    }
    struct worklist list = {0};
    if (cap_is_muted) return finish(&list); /* these are to go away again */
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(objects); i++) push_definition(PyList_GET_ITEM(objects, i), &list);
    settle_untracked(&list);
    return finish(&list);
}
