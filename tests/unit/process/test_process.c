/* A tool of the host: its limits hold, and nothing of it outlives the call. */
#include "../store/scratch.h"

#include <signal.h>

#include "base/cleanup.h"
#include "process/process.h"

static char *environment[] = {(char *)"ONLY=this", NULL};

/* A shell that runs `script` in the scratch directory. */
static cap_process shell(char *arguments[4], const char *script) {
    arguments[0] = (char *)"sh", arguments[1] = (char *)"-c", arguments[2] = (char *)(uintptr_t)script, arguments[3] = NULL;
    return (cap_process){.what = "the tool", .program = "/bin/sh", .arguments = arguments, .environment = environment,
                         .directory = scratch, .ruleset = -1, .timeout_ms = 20000, .file_bytes = 4096,
                         .data_bytes = UINT64_C(1) << 30, .report_bytes = 16};
}

static cap_process_outcome run(const cap_process *process) {
    cap_process_outcome outcome;
    capsule_error *error = NULL;
    if (cap_process_run(process, &outcome, &error) < 0) fail_msg("%s", capsule_error_message(error));
    return outcome;
}

static void test_outcomes(void **state) {
    (void)state;
    char *arguments[4];
    cap_process process = shell(arguments, "pwd >out; env | grep -c ONLY=this >>out; echo 0123456789abcdefX >&2; exit 3");
    cap_process_outcome outcome = run(&process);
    assert_int_equal(outcome.exit_code, 3);
    assert_false(outcome.timed_out || outcome.refused);
    assert_int_equal(outcome.report.length, 16); /* cut */
    assert_string_equal(outcome.report.data, "0123456789abcdef");
    cap_buffer_free(&outcome.report);
    char text[256], expected[256];
    FILE *file = fopen(at("out"), "r");
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = 0;
    fclose(file);
    snprintf(expected, sizeof expected, "%s\n1\n", scratch);
    assert_string_equal(text, expected);
    process = shell(arguments, "kill -9 $$");
    outcome = run(&process);
    assert_int_equal(outcome.exit_code, -1);
    cap_buffer_free(&outcome.report);
    process = shell(arguments, "head -c 4096 /dev/zero >fits && ! head -c 4097 /dev/zero >more");
    outcome = run(&process);
    assert_int_equal(outcome.exit_code, 0);
    cap_buffer_free(&outcome.report);
    struct stat status;
    assert_int_equal(stat(at("more"), &status), 0);
    assert_int_equal(status.st_size, 4096);
}

static pid_t noted(const char *name) {
    long pid = 0;
    FILE *file = fopen(at(name), "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &pid), 1);
    fclose(file);
    return (pid_t)pid;
}

/* What it started goes with it, even when that holds its standard error open. */
static void assert_gone(pid_t pid) {
    for (int i = 0; i < 500 && kill(pid, 0) == 0; i++) {
        char path[64], line[256] = "";
        snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
        FILE *file = fopen(path, "r");
        if (file && fgets(line, sizeof line, file) && strstr(line, ") Z ")) {
            fclose(file);
            return; /* killed; nobody has asked for it yet */
        }
        if (file) fclose(file);
        pause_ms(10);
    }
    assert_int_equal(kill(pid, 0), -1);
}

static void test_timeout(void **state) {
    (void)state;
    char *arguments[4];
    cap_process process = shell(arguments, "sleep 600 & echo $! >pid; wait");
    process.timeout_ms = 1500;
    cap_process_outcome outcome = run(&process);
    assert_true(outcome.timed_out);
    assert_false(outcome.refused);
    cap_buffer_free(&outcome.report);
    assert_gone(noted("pid"));
}

static bool until(void *context) { return access(context, F_OK) < 0; }

static void test_watch(void **state) {
    (void)state;
    char *arguments[4];
    cap_process process = shell(arguments, "echo $$ >pid; while :; do echo x >&2; sleep 0.05; : >stop; done");
    process.watch = until;
    process.watch_context = (void *)(uintptr_t)at("stop");
    cap_process_outcome outcome = run(&process);
    assert_true(outcome.refused);
    assert_false(outcome.timed_out);
    cap_buffer_free(&outcome.report);
    assert_gone(noted("pid"));
}

static void test_no_start(void **state) {
    (void)state;
    char *arguments[4];
    cap_process_outcome outcome;
    capsule_error *error = NULL;
    cap_process process = shell(arguments, "");
    process.program = "/nowhere/tool";
    assert_int_equal(cap_process_run(&process, &outcome, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_UNSUPPORTED);
    put("text", "neither script nor program");
    assert_int_equal(chmod(at("text"), 0755), 0);
    process.program = at("text");
    assert_int_equal(cap_process_run(&process, &outcome, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_UNSUPPORTED);
    assert_non_null(strstr(capsule_error_message(error), "the tool cannot be started"));
    capsule_error_free(error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_outcomes),
        scratch_test(test_timeout),
        scratch_test(test_watch),
        scratch_test(test_no_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
