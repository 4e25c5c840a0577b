/* Imports that the bundler left to the guest: node's modules and the SDK, as the prelude's registry has them.
 *
 * A program is one bundle, so every specifier seen here names a module of the prelude. Its exports are the own
 * enumerable keys of the object that the registry answers, and `default` is that object.
 */
#include <string.h>

#include "guest.h"

static JSValue registry_lookup(JSContext *cx, const char *name)
{
    JSValue text = JS_NewString(cx, name);
    if (JS_IsException(text))
        return text;
    JSValue exports = JS_Call(cx, cap_guest.hooks[CAP_HOOK_BUILTIN], JS_UNDEFINED, 1, (JSValueConst *)&text);
    JS_FreeValue(cx, text);
    return exports;
}

/* Calls `visit` for every exported name; the first failure ends the walk. */
static int for_each_export(JSContext *cx, JSModuleDef *module, JSValueConst exports,
                           int (*visit)(JSContext *, JSModuleDef *, JSValueConst, const char *))
{
    JSPropertyEnum *names;
    uint32_t count;
    if (JS_GetOwnPropertyNames(cx, &names, &count, exports, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return -1;
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        const char *name = JS_AtomToCString(cx, names[i].atom);
        if (!name)
            rc = -1;
        else if (strcmp(name, "default") != 0)
            rc = visit(cx, module, exports, name);
        JS_FreeCString(cx, name);
    }
    JS_FreePropertyEnum(cx, names, count);
    return rc;
}

static int declare_export(JSContext *cx, JSModuleDef *module, JSValueConst exports, const char *name)
{
    (void)exports;
    return JS_AddModuleExport(cx, module, name);
}

static int fill_export(JSContext *cx, JSModuleDef *module, JSValueConst exports, const char *name)
{
    JSValue value = JS_GetPropertyStr(cx, exports, name);
    if (JS_IsException(value))
        return -1;
    return JS_SetModuleExport(cx, module, name, value);
}

static int initialise(JSContext *cx, JSModuleDef *module)
{
    JSValue exports = JS_GetModulePrivateValue(cx, module);
    int rc = for_each_export(cx, module, exports, fill_export);
    if (rc == 0)
        rc = JS_SetModuleExport(cx, module, "default", JS_DupValue(cx, exports));
    JS_FreeValue(cx, exports);
    return rc;
}

static char *normalise(JSContext *cx, const char *base, const char *name, void *opaque)
{
    (void)base, (void)opaque;
    return js_strdup(cx, name);
}

static JSModuleDef *load(JSContext *cx, const char *name, void *opaque)
{
    (void)opaque;
    JSValue exports = registry_lookup(cx, name);
    if (JS_IsException(exports))
        return NULL;
    JSModuleDef *module = JS_NewCModule(cx, name, initialise);
    if (!module || JS_AddModuleExport(cx, module, "default") < 0 ||
        for_each_export(cx, module, exports, declare_export) < 0 ||
        JS_SetModulePrivateValue(cx, module, JS_DupValue(cx, exports)) < 0)
        module = NULL;
    JS_FreeValue(cx, exports);
    return module;
}

void cap_modules_init(JSRuntime *runtime)
{
    JS_SetModuleLoaderFunc(runtime, normalise, load, NULL);
}
