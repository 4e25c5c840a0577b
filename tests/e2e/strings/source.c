/* capsule_program_load_source as somebody who has the header alone would use it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capsule.h>

static capsule_runtime *runtime;
static int failures;

static void expect(int holds, const char *what) {
    if (holds) return;
    failures++;
    fprintf(stderr, "not so: %s\n", what);
}

/* Loads `code`; NULL, with the code and text of its error, when that fails. */
static capsule_program *load(const char *code, size_t length, const capsule_source_options *source, capsule_code *ret_code, char *ret_text) {
    capsule_program *program = NULL;
    capsule_error *error = NULL;
    *ret_code = CAPSULE_OK;
    if (capsule_program_load_source(runtime, code, length, source, NULL, &program, &error) < 0) {
        *ret_code = capsule_error_code(error);
        snprintf(ret_text, 300, "%s", capsule_error_message(error));
        expect(program == NULL, "outputs of a failing call are untouched");
    }
    capsule_error_free(error);
    return program;
}

static void expect_value(const char *code, const char *language, const char *keywords, const char *value) {
    capsule_source_options source = CAPSULE_SOURCE_OPTIONS_INIT;
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    capsule_result *result = NULL;
    capsule_code failure;
    char text[300] = "";
    source.language = language;
    options.keywords = keywords;
    capsule_program *program = load(code, strlen(code), &source, &failure, text);
    for (int i = 0; program && i < 2; i++) { /* a program runs any number of times */
        if (capsule_program_call(program, &options, &result, NULL) == 0 && strcmp(capsule_result_value(result), value) != 0)
            fprintf(stderr, "%s: %s instead of %s\n", code, capsule_result_envelope(result), value), failures++;
        capsule_result_free(result);
        result = NULL;
    }
    if (!program) fprintf(stderr, "%s: %s\n", code, text), failures++;
    capsule_program_free(program);
}

static void expect_refusal(const char *code, size_t length, const capsule_source_options *source, capsule_code wanted, const char *part) {
    capsule_code failure;
    char text[300] = "";
    capsule_program *program = load(code, length, source, &failure, text);
    if (failure != wanted || !strstr(text, part)) fprintf(stderr, "%d \"%s\" instead of %d \"%s\"\n", failure, text, wanted, part), failures++;
    capsule_program_free(program);
}

static void refusals(void) {
    capsule_source_options source = CAPSULE_SOURCE_OPTIONS_INIT;
    char *longest = malloc(CAPSULE_SOURCE_MAX + 1);
    memset(longest, '#', CAPSULE_SOURCE_MAX + 1);
    expect_refusal(longest, CAPSULE_SOURCE_MAX, NULL, CAPSULE_OK, "");
    expect_refusal(longest, CAPSULE_SOURCE_MAX + 1, NULL, CAPSULE_USAGE, "<string> is larger than 4194304 bytes");
    expect_refusal("a\0b", 3, NULL, CAPSULE_USAGE, "NUL character (byte 2)");
    expect_refusal("\xff", 1, NULL, CAPSULE_USAGE, "not valid UTF-8 (byte 1)");
    static const char *const names[] = {"", "a/b", "..", "a\nb", "0123456789012345678901234567890123456789012345678901234567890123x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        source.name = names[i];
        expect_refusal("1", 1, &source, CAPSULE_USAGE, "cannot be called");
    }
    source.name = "0123456789012345678901234567890123456789012345678901234567890123";
    expect_refusal("1", 1, &source, CAPSULE_OK, "");
    source = (capsule_source_options)CAPSULE_SOURCE_OPTIONS_INIT;
    source.language = "ruby";
    expect_refusal("1", 1, &source, CAPSULE_USAGE, "unknown language");
    source.language = "ts";
    expect_refusal("let x: = 1", 10, &source, CAPSULE_BUILD, "<string>:1:8: ");
    source.ram = "lots";
    expect_refusal("1", 1, &source, CAPSULE_CONFIG, "ram");
    free(longest);
}

/* What a caller knows of such a program. */
static void properties(void) {
    capsule_source_options source = CAPSULE_SOURCE_OPTIONS_INIT;
    capsule_code failure;
    char text[300] = "";
    capsule_error *error = NULL;
    const char *const environment[] = {"A=1", "B", NULL};
    source.name = "my cell";
    source.ram = "64MB";
    source.environment = environment;
    capsule_program *program = load("1/0", 3, &source, &failure, text);
    expect(program != NULL, text);
    expect(strcmp(capsule_program_language(program), "python") == 0, "the language is Python unless told");
    expect(strcmp(capsule_program_default_task(program), "main") == 0, "the task is main");
    expect(strstr(capsule_program_describe(program), "\"ram\":67108864") != NULL, "the description has what was given");
    expect(strstr(capsule_program_describe(program), "\"env_variables\":[\"A\",\"B\"]") != NULL, "names of variables, not values");
    expect(!capsule_program_current(program), "a string is never current");
    expect(capsule_program_export(program, "x.wasm", &error) < 0 && capsule_error_code(error) == CAPSULE_USAGE, "no artifact of a string");
    capsule_error_free(error);
    capsule_result *result = NULL;
    if (capsule_program_call(program, NULL, &result, NULL) == 0) {
        expect(strcmp(capsule_result_error_type(result), "task_error") == 0, "a failure is a result");
        expect(strstr(capsule_result_traceback(result), "File \"my cell\", line 1") != NULL, "tracebacks use the name");
    }
    capsule_result_free(result);
    capsule_program_free(program);
}

int main(void) {
    capsule_error *error = NULL;
    if (capsule_runtime_create(NULL, &runtime, &error) < 0) {
        fprintf(stderr, "%s\n", capsule_error_message(error));
        return 2;
    }
    expect_value("1 + 1", NULL, NULL, "2");
    expect_value("x = 1", "py", NULL, "null");
    expect_value("a * b", "python", "{\"a\":6,\"b\":7}", "42");
    expect_value("a.b", "js", "{\"a\":{\"b\":[null]}}", "[null]");
    expect_value("(a as number) + 1", "typescript", "{\"a\":1}", "2");
    refusals();
    properties();
    capsule_runtime_free(runtime);
    return failures ? 1 : 0;
}
