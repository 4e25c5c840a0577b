/* Loading a guest's native module and binding its imports. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "engine/slot.h"

static void (*find_function(const cap_aot_import *import, const cap_host_function *const *tables,
                            const char **ret_other_signature))(void) {
    for (; *tables; tables++)
        for (const cap_host_function *f = *tables; f->module; f++) {
            if (strcmp(f->module, import->module) != 0 || strcmp(f->name, import->name) != 0) continue;
            if (strcmp(f->signature, import->signature) == 0) return f->function;
            *ret_other_signature = f->signature;
        }
    return NULL;
}

static int bind_imports(cap_module *module, const cap_host_function *const *tables, capsule_error **error) {
    const cap_aot_module *code = module->code;
    module->imports = calloc(code->import_count ? code->import_count : 1, sizeof *module->imports);
    if (!module->imports) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for the imports of a guest");
    for (uint32_t i = 0; i < code->import_count; i++) {
        const cap_aot_import *import = &code->imports[i];
        const char *other = NULL;
        module->imports[i] = find_function(import, tables, &other);
        if (module->imports[i]) continue;
        if (other)
            return cap_error_set(error, CAPSULE_CORRUPT, "guest import %s.%s has signature %s, the host offers %s",
                                 import->module, import->name, import->signature, other);
        return cap_error_set(error, CAPSULE_CORRUPT, "guest import %s.%s is unknown", import->module, import->name);
    }
    return 0;
}

int cap_module_open(const char *path, const cap_host_function *const *tables, cap_module **ret_module,
                    capsule_error **error) {
    cap_module *module = calloc(1, sizeof *module);
    if (!module) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a guest module");
    module->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module->library) {
        cap_error_set(error, CAPSULE_CORRUPT, "cannot load guest code: %s", dlerror());
        dlerror(); /* lets go of the text */
        goto fail;
    }
    module->code = dlsym(module->library, CAP_AOT_SYMBOL);
    if (!module->code || module->code->abi != CAP_AOT_ABI) {
        cap_error_set(error, CAPSULE_CORRUPT, "%s is not a guest module of this version", path);
        goto fail;
    }
    if (!cap_cpu_has_level(module->code->cpu)) {
        cap_error_set(error, CAPSULE_UNSUPPORTED, "the guest was compiled for %s, this CPU is older; run the set-up here",
                      module->code->cpu);
        goto fail;
    }
    if (bind_imports(module, tables, error) < 0) goto fail;
    *ret_module = module;
    return 0;
fail:
    cap_module_free(module);
    return -1;
}

void cap_module_free(cap_module *module) {
    if (!module) return;
    if (module->library) dlclose(module->library);
    free(module->imports);
    free(module);
}

const char *cap_module_build(const cap_module *module) { return module->code->build; }
const char *cap_module_cpu(const cap_module *module) { return module->code->cpu; }
uint32_t cap_module_initial_pages(const cap_module *module) { return module->code->initial_pages; }
uint32_t cap_module_stack_pointer(const cap_module *module) { return module->code->stack_pointer; }
