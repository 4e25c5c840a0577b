/* Build tool, runs natively: compiles the prelude to QuickJS bytecode without its source text.
 *
 *   compile [-g] PRELUDE.js OUT.c
 *
 * The bytecode is read once, when the language image is made. It is independent of word size, and its version is
 * checked by the reader. Source text is dropped (functions of the prelude print as native code); line tables go
 * with it, which is how stack traces know the prelude's frames from the program's. -g keeps them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static char *read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *data = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        data = size >= 0 ? malloc((size_t)size + 1) : NULL;
        if (data && fread(data, 1, (size_t)size, file) == (size_t)size) {
            data[size] = '\0';
            *ret_size = (size_t)size;
        }
    }
    fclose(file);
    return data;
}

static int write_array(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return 1;
    fprintf(file, "#include <stddef.h>\nconst size_t cap_prelude_size = %zu;\n"
                  "const unsigned char cap_prelude[] = {", size);
    for (size_t i = 0; i < size; i++)
        fprintf(file, "%s%u,", i % 24 ? "" : "\n", bytes[i]);
    fprintf(file, "\n};\n");
    return fclose(file) != 0;
}

int main(int argc, char **argv)
{
    size_t length = 0, size = 0;
    bool debug = argc == 4 && strcmp(argv[1], "-g") == 0;
    argv += debug;
    char *source = argc - debug == 3 ? read_file(argv[1], &length) : NULL;
    if (!source) {
        fprintf(stderr, "usage: compile [-g] PRELUDE.js OUT.c\n");
        return 2;
    }
    JSRuntime *runtime = JS_NewRuntime();
    JSContext *cx = JS_NewContext(runtime);
    JSValue code = JS_Eval(cx, source, length, "capsule:prelude", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    uint8_t *bytes = NULL;
    int flags = JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE | (debug ? 0 : JS_WRITE_OBJ_STRIP_DEBUG);
    if (!JS_IsException(code))
        bytes = JS_WriteObject(cx, &size, code, flags);
    if (!bytes) {
        JSValue error = JS_GetException(cx);
        const char *text = JS_ToCString(cx, error);
        fprintf(stderr, "compile: %s: %s\n", argv[1], text ? text : "?");
        return 1;
    }
    return write_array(argv[2], bytes, size);
}
