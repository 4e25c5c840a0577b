/* Starts the interpreter the same way every time, so that its memory can become an image: nothing is read from the
 * environment, no path of the machine is known, the hash secret is fixed. */
#include "guest.h"

#include <stdio.h>

#define HOME L"/.capsule"
#define LIBRARY L"/.capsule/lib"

PyObject *cap_entry_load;
PyObject *cap_entry_call;

static PyStatus set_paths(PyConfig *config) {
    const wchar_t *const empty = L"";
    struct { wchar_t **field; const wchar_t *value; } values[] = {
        {&config->home, HOME},           {&config->prefix, HOME},           {&config->exec_prefix, HOME},
        {&config->base_prefix, HOME},    {&config->base_exec_prefix, HOME}, {&config->stdlib_dir, LIBRARY},
        {&config->executable, empty},    {&config->base_executable, empty}, {&config->program_name, L"python3"},
        {&config->platlibdir, L"lib"},   {&config->stdio_encoding, L"utf-8"}, {&config->stdio_errors, L"surrogateescape"},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        PyStatus status = PyConfig_SetString(config, values[i].field, values[i].value);
        if (PyStatus_Exception(status)) return status;
    }
    config->module_search_paths_set = 1;
    return PyWideStringList_Append(&config->module_search_paths, LIBRARY);
}

static PyStatus initialize(void) {
    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    PyStatus status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status)) return status;

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.buffered_stdio = 0;
    config.install_signal_handlers = 0;
    config.pathconfig_warnings = 0;
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    status = set_paths(&config);
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* Imports the Python side, lets it warm the library and settle, and keeps its two entry points. */
static int bind_entries(void) {
    PyObject *runtime = PyImport_ImportModule("capsule._runtime.boot");
    PyObject *done = runtime ? PyObject_CallMethod(runtime, "boot", NULL) : NULL;
    cap_entry_load = done ? PyObject_GetAttrString(runtime, "load") : NULL;
    cap_entry_call = cap_entry_load ? PyObject_GetAttrString(runtime, "call") : NULL;
    Py_XDECREF(done);
    Py_XDECREF(runtime);
    if (cap_entry_call) return 0;
    PyErr_Print();
    return -1;
}

int cap_interpreter_start(void) {
    if (PyImport_AppendInittab("_capsule", cap_host_module_init) < 0) return -1;
    PyStatus status = initialize();
    if (PyStatus_Exception(status)) {
        fprintf(stderr, "python: %s%s%s\n", status.func ? status.func : "", status.func ? ": " : "",
                status.err_msg ? status.err_msg : "the interpreter did not start");
        return -1;
    }
    if (cap_reserve_take() < 0 || cap_databases_start() < 0) return -1;
    return bind_entries();
}
