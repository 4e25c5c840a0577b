/* Artifacts: what is written reads back, is valid WebAssembly, and nothing that was changed is accepted. */
#include "scratch.h"

#include <dirent.h>
#include <sys/wait.h>

#include "store/files.h"
#include "task/artifact.h"

static cap_artifact_file files[] = {
    {.path = (char *)"hello.py", .data = (char *)"print(1)\n", .length = 9},
    {.path = (char *)"package/__init__.py", .data = (char *)"", .length = 0},
    {.path = (char *)"package/data.py", .data = (char *)"a\0b", .length = 3},
};

static cap_artifact make_artifact(void) {
    return (cap_artifact){.language = (char *)"python",
                          .guest_version = (char *)"3.13.5",
                          .name = (char *)"hello.py",
                          .entry = (char *)"hello.py",
                          .tasks = (char *)"{\"tasks\":[{\"name\":\"main\",\"options\":{\"ram\":\"64MB\"}}]}",
                          .files = files,
                          .file_count = 3};
}

static void assert_error(int status, capsule_error *error, capsule_code code, const char *text) {
    assert_int_equal(status, -1);
    if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    assert_int_equal(capsule_error_code(error), code);
    capsule_error_free(error);
}

static char *encode(size_t *ret_length) {
    cap_artifact artifact = make_artifact();
    char *bytes = NULL;
    capsule_error *error = NULL;
    int status = cap_artifact_encode(&artifact, &bytes, ret_length, &error);
    assert_string_equal(capsule_error_message(error), "");
    assert_int_equal(status, 0);
    return bytes;
}

static void test_round_trip(void **state) {
    (void)state;
    cap_artifact artifact = make_artifact(), *read = NULL;
    put("hello.wasm", "what was there");
    assert_int_equal(cap_artifact_write(&artifact, at("hello.wasm"), NULL), 0);
    assert_int_equal(cap_artifact_read(at("hello.wasm"), "x.wasm", &read, NULL), 0);
    assert_non_null(read);
    assert_string_equal(read->language, "python");
    assert_string_equal(read->guest_version, "3.13.5");
    assert_string_equal(read->runtime_version, CAPSULE_VERSION);
    assert_string_equal(read->tasks, artifact.tasks);
    assert_int_equal(read->file_count, 3);
    assert_string_equal(read->files[2].path, "package/data.py");
    assert_int_equal(read->files[2].length, 3);
    assert_memory_equal(read->files[2].data, "a\0b", 4);
    cap_artifact_free(read);
    cap_artifact_free(NULL);
}

static void test_valid_module(void **state) {
    (void)state;
    cap_artifact artifact = make_artifact();
    assert_int_equal(cap_artifact_write(&artifact, at("hello.wasm"), NULL), 0);
    pid_t child = fork();
    if (child == 0) {
        execlp("wasm-validate", "wasm-validate", at("hello.wasm"), (char *)NULL);
        _exit(77);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) skip();
    assert_int_equal(status, 0);
}

static size_t count_files(void) {
    size_t count = 0;
    DIR *stream = opendir(scratch);
    while (readdir(stream)) count++;
    closedir(stream);
    return count - 2;
}

static void test_unwritable(void **state) {
    (void)state;
    cap_artifact artifact = make_artifact();
    capsule_error *error = NULL;
    int status = cap_artifact_write(&artifact, at("none/hello.wasm"), &error);
    assert_error(status, error, CAPSULE_IO, "No such file");
    make_directory("taken");
    error = NULL;
    status = cap_artifact_write(&artifact, at("taken"), &error);
    assert_error(status, error, CAPSULE_IO, "taken");
    assert_int_equal(count_files(), 1);
}

/* One changed artifact each: refused when it is made, in words that name what is wrong. */
static void test_rules(void **state) {
    (void)state;
    char *bytes = NULL;
    size_t length = 0;
    static const struct {
        const char *path, *text;
    } paths[] = {{"/etc/passwd", "not a normal"}, {"../up.py", "not a normal"}, {"a/../b.py", "not a normal"},
                 {"a//b.py", "not a normal"},     {"./a.py", "not a normal"},   {"a/", "not a normal"},
                 {"", "length"},                  {"a\nb", "character"},        {"a\\b", "character"},
                 {"\xff", "not UTF-8"},           {"hello.py", "clashes"},      {"package", "clashes"},
                 {"package/data.py/x", "clashes"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cap_artifact_file changed[4];
        memcpy(changed, files, sizeof files);
        changed[3] = (cap_artifact_file){.path = (char *)paths[i].path, .data = (char *)"", .length = 0};
        cap_artifact artifact = make_artifact();
        artifact.files = changed;
        artifact.file_count = 4;
        capsule_error *error = NULL;
        int status = cap_artifact_encode(&artifact, &bytes, &length, &error);
        assert_error(status, error, CAPSULE_USAGE, paths[i].text);
    }
    cap_artifact artifact = make_artifact();
    artifact.entry = (char *)"other.py";
    capsule_error *error = NULL;
    int status = cap_artifact_encode(&artifact, &bytes, &length, &error);
    assert_error(status, error, CAPSULE_USAGE, "'other.py' is missing");
    artifact = make_artifact();
    artifact.language = (char *)"cobol";
    error = NULL;
    status = cap_artifact_encode(&artifact, &bytes, &length, &error);
    assert_error(status, error, CAPSULE_BUILD, "'cobol'");
    artifact = make_artifact();
    artifact.tasks = NULL;
    error = NULL;
    status = cap_artifact_encode(&artifact, &bytes, &length, &error);
    assert_error(status, error, CAPSULE_USAGE, "list of tasks");
}

static void test_every_truncation(void **state) {
    (void)state;
    size_t length = 0;
    char *bytes = encode(&length);
    for (size_t i = 0; i < length; i++) {
        char *cut = malloc(i + 1); /* of exactly that size, so that reading beyond is seen */
        memcpy(cut, bytes, i);
        cap_artifact *read = NULL;
        int status = cap_artifact_parse(cut, i, "cut", &read, NULL);
        if (i == 8) /* an empty module is a foreign one */
            assert_int_equal(status, 0);
        else
            assert_int_equal(status, -1);
        assert_null(read);
        free(cut);
    }
    free(bytes);
}

static void test_every_flipped_bit(void **state) {
    (void)state;
    size_t length = 0;
    char *bytes = encode(&length);
    for (size_t i = 0; i < length * 8; i++) {
        bytes[i / 8] ^= (char)(1 << i % 8);
        cap_artifact *read = NULL;
        int status = cap_artifact_parse(bytes, length, "changed", &read, NULL);
        assert_true(status < 0 || read == NULL); /* a changed section name makes a foreign module of it */
        bytes[i / 8] ^= (char)(1 << i % 8);
    }
    free(bytes);
}

static void assert_refused(const char *bytes, size_t length, capsule_code code, const char *text) {
    capsule_error *error = NULL;
    cap_artifact *read = NULL;
    int status = cap_artifact_parse(bytes, length, "x.wasm", &read, &error);
    assert_error(status, error, code, text);
    assert_null(read);
}

static void test_other_files(void **state) {
    (void)state;
    cap_artifact *read = (cap_artifact *)1;
    assert_int_equal(cap_artifact_parse("\0asm\1\0\0\0\1\4\1\x60\0\0", 14, "foreign", &read, NULL), 0);
    assert_null(read);
    assert_refused("", 0, CAPSULE_CORRUPT, "x.wasm: not a WebAssembly module");
    assert_refused("print('hello')", 14, CAPSULE_CORRUPT, "not a WebAssembly module");
    assert_refused("\0asm\x0d\0\1\0", 8, CAPSULE_BUILD, "component");
    assert_refused("\0asm\1\0\0\0\1\xff\xff\xff\xff\x7f", 14, CAPSULE_CORRUPT, "cut short");
    assert_refused("\0asm\1\0\0\0\0\x08\7capsule", 18, CAPSULE_CORRUPT, "does not begin");
    size_t length = 0;
    char *bytes = encode(&length), *twice = malloc(2 * length);
    memcpy(twice, bytes, length);
    memcpy(twice + length, bytes + 8, length - 8);
    assert_refused(twice, 2 * length - 8, CAPSULE_CORRUPT, "more than one program");
    memcpy(twice + length, "\1\4\1\x60\0\0", 6);
    assert_refused(twice, length + 6, CAPSULE_CORRUPT, "code besides");
    free(twice);
    char *magic = memmem(bytes, length, "CPSL", 4);
    assert_non_null(magic);
    magic[4] = 9;
    assert_refused(bytes, length, CAPSULE_BUILD, "format 9");
    free(bytes);
}

static void test_unreadable(void **state) {
    (void)state;
    cap_artifact *read = NULL;
    capsule_error *error = NULL;
    int status = cap_artifact_read(at("none.wasm"), "x.wasm", &read, &error);
    assert_error(status, error, CAPSULE_NOT_FOUND, "cannot read x.wasm: No such");
    error = NULL;
    status = cap_artifact_read(scratch, "x.wasm", &read, &error);
    assert_error(status, error, CAPSULE_CORRUPT, "is a directory");
    assert_int_equal(mkfifo(at("fifo.wasm"), 0600), 0);
    error = NULL;
    status = cap_artifact_read(at("fifo.wasm"), "x.wasm", &read, &error);
    assert_error(status, error, CAPSULE_CORRUPT, "not a regular file");
    put("large.wasm", "");
    assert_int_equal(truncate(at("large.wasm"), (off_t)CAP_ARTIFACT_BYTES_MAX + 1), 0);
    error = NULL;
    status = cap_artifact_read(at("large.wasm"), "x.wasm", &read, &error);
    assert_error(status, error, CAPSULE_CORRUPT, "larger than");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_round_trip),       scratch_test(test_valid_module),      scratch_test(test_unwritable),
        scratch_test(test_rules),            scratch_test(test_every_truncation),  scratch_test(test_every_flipped_bit),
        scratch_test(test_other_files),      scratch_test(test_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
