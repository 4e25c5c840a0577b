/* quickjs FILE [EXPRESSION]: runs a script in QuickJS-ng and prints the value of an expression after it, as a string. The
 * engine alone: no event loop, no modules, no library of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static char *read_file(const char *path, size_t *ret_length) {
    FILE *file = fopen(path, "rb");
    size_t length = 0, room = 1 << 16;
    char *text = malloc(room + 1);
    for (size_t n; file && text && (n = fread(text + length, 1, room - length, file)) > 0;) {
        length += n;
        if (length == room) text = realloc(text, (room *= 2) + 1);
    }
    if (!file || !text) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    fclose(file);
    text[length] = 0;
    *ret_length = length;
    return text;
}

static JSValue evaluate(JSContext *context, const char *text, size_t length, const char *name) {
    JSValue value = JS_Eval(context, text, length, name, JS_EVAL_TYPE_GLOBAL);
    if (!JS_IsException(value)) return value;
    JSValue exception = JS_GetException(context);
    fprintf(stderr, "%s: %s\n", name, JS_ToCString(context, exception));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    JSRuntime *runtime = JS_NewRuntime();
    JSContext *context = runtime ? JS_NewContext(runtime) : NULL;
    if (!context) return 2;
    JS_SetMaxStackSize(runtime, 4 << 20);
    size_t length;
    char *text = read_file(argv[1], &length);
    JS_FreeValue(context, evaluate(context, text, length, argv[1]));
    free(text);
    if (argc > 2) {
        JSValue value = evaluate(context, argv[2], strlen(argv[2]), "expression");
        const char *shown = JS_ToCString(context, value);
        puts(shown ? shown : "?");
        JS_FreeCString(context, shown);
        JS_FreeValue(context, value);
    }
    JS_FreeContext(context);
    JS_FreeRuntime(runtime);
    return 0;
}
