/* Runs one task of a program through the library: embed FILE TASK JSON_ARGUMENTS
 *
 *     cc embed.c $(pkg-config --cflags --libs capsule) -o embed && ./embed hello.py greet '["Ada"]'
 */
#include <stdio.h>

#include <capsule.h>

static int print_output(void *context, int stream, const void *bytes, size_t length) {
    (void)context;
    return fwrite(bytes, 1, length, stream == 2 ? stderr : stdout) == length ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: embed FILE TASK JSON_ARGUMENTS\n");
        return 2;
    }
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    options.task = argv[2];
    options.arguments = argv[3];
    options.output = print_output;

    int status = 2;
    if (capsule_runtime_create(NULL, &runtime, &error) == 0 &&
        capsule_program_load(runtime, argv[1], NULL, &program, &error) == 0 &&
        capsule_program_call(program, &options, &result, &error) == 0) {
        status = capsule_result_success(result) ? 0 : 1;
        if (status == 0)
            printf("result: %s\n", capsule_result_value(result));
        else
            fprintf(stderr, "%s: %s\n", capsule_result_error_type(result), capsule_result_error_message(result));
    } else {
        fprintf(stderr, "embed: %s\n", capsule_error_message(error));
    }
    capsule_result_free(result);
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    capsule_error_free(error);
    return status;
}
