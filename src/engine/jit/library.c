#include "engine/jit/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define TEXT_MAX 2000 /* bytes of an error's text that are shown */

static const struct {
    const char *name;
    size_t offset; /* of its pointer in cap_jit_library */
} functions[] = {
#define ENTRY(name) {#name, offsetof(cap_jit_library, name)},
    CAP_JIT_FUNCTIONS(ENTRY)
#undef ENTRY
};

static int look_up(void *handle, const char *path, cap_jit_library *library, capsule_error **error) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *symbol = dlsym(handle, functions[i].name);
        if (!symbol)
            return cap_error_set(error, CAPSULE_UNSUPPORTED, "%s has no function %s: it is not wasmtime %s", path,
                                 functions[i].name, WASMTIME_VERSION);
        memcpy((char *)library + functions[i].offset, &symbol, sizeof symbol);
    }
    return 0;
}

const cap_jit_library *cap_jit_library_open(const char *path, capsule_error **error) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static cap_jit_library library;
    static bool loaded;
    pthread_mutex_lock(&lock);
    if (!loaded) {
        /* Never unloaded: it installs signal handlers and has threads and thread-local data of its own. */
        void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (!handle)
            cap_error_set(error, CAPSULE_UNSUPPORTED, "the engine for WebAssembly modules cannot be loaded: %s", dlerror());
        else
            loaded = look_up(handle, path, &library, error) == 0;
    }
    bool usable = loaded;
    pthread_mutex_unlock(&lock);
    return usable ? &library : NULL;
}

int cap_jit_library_error(const cap_jit_library *library, wasmtime_error_t *failure, capsule_code code, const char *context,
                          capsule_error **error) {
    wasm_byte_vec_t text;
    library->wasmtime_error_message(failure, &text);
    library->wasmtime_error_delete(failure);
    size_t length = 0; /* its causes follow in lines of their own: they are put into one */
    char line[TEXT_MAX];
    for (size_t i = 0; i < text.size && length + 2 < sizeof line; i++) {
        char c = text.data[i];
        bool blank = c == '\n' || c == ' ';
        if (blank && (length == 0 || line[length - 1] == ' ')) continue;
        line[length++] = blank ? ' ' : c;
    }
    library->wasm_byte_vec_delete(&text);
    return cap_error_set(error, code, "%s: %.*s", context, (int)length, line);
}
