/* What the subtasks of a tree may keep in the host's memory while nobody reads their envelopes. The tasks do not exist,
 * so that none of them runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "task/tree.h"
#include "wasi/abi.h"

static char language[] = "python", file_name[] = "main.py", task_name[] = "main", declared[] = "{}";
static cap_guest guest = {.language = language};
static cap_policy policy;
static cap_task main_task = {.name = task_name, .declared = declared, .policy = &policy};
static capsule_program program = {.references = 1, .name = file_name, .guest = &guest};
static cap_tree tree;

static int setup(void **state) {
    tree = (cap_tree){.program = &program, .output_limit = 4096, .result_limit = 4096, .subtask_limit = 10};
    pthread_mutex_init(&tree.lock, NULL);
    *state = cap_node_create(&tree, NULL, &main_task, NULL, 0);
    return *state ? 0 : -1;
}

static int teardown(void **state) {
    cap_node *parent = *state;
    for (size_t i = 0; i < parent->child_count; i++)
        if (parent->children[i]) cap_subtask_close(parent, (uint32_t)i);
    uint64_t held = tree.held_bytes;
    cap_node_free(parent);
    pthread_mutex_destroy(&tree.lock);
    return held == 0 ? 0 : -1;
}

static cap_node *start(cap_node *parent, const char *arguments) {
    int32_t handle = cap_subtask_start(parent, NULL, "none", 4, arguments, strlen(arguments));
    assert_true(handle >= 0);
    int32_t ignored;
    return cap_subtask_finished(parent, (uint32_t)handle, &ignored);
}

static void arguments_are_counted(void **state) {
    /* Longer than the envelope of a task that does not exist. */
    char arguments[4096], text[3000], request[4096];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    snprintf(arguments, sizeof arguments, "{\"args\":[\"%s\"]}", text);
    snprintf(request, sizeof request, "{\"task\":\"none\",\"argv\":[],\"args\":[\"%s\"],\"kwargs\":{}}", text);
    tree.held_limit = strlen(request);
    cap_node *child = start(*state, arguments);
    assert_string_equal(child->verdict.error_type, "task_error"); /* at the limit: there is no such task */
    assert_null(child->request);
    cap_subtask_close(*state, 0);
    assert_int_equal(tree.held_bytes, 0);
    tree.held_limit--;
    child = start(*state, arguments);
    assert_string_equal(child->verdict.error_type, "subtasks_exceeded");
    assert_string_equal(child->verdict.limit, "subtask_bytes");
    assert_non_null(strstr(child->envelope, "\"limit\":\"subtask_bytes\""));
}

static void envelopes_are_counted_until_they_are_read(void **state) {
    tree.held_limit = CAP_SUBTASK_BYTES_MAX;
    cap_node *child = start(*state, "{}");
    uint64_t one = tree.held_bytes;
    assert_int_equal(one, strlen(child->envelope));
    child = start(*state, "{}");
    assert_int_equal(tree.held_bytes, one + strlen(child->envelope));
    cap_subtask_close(*state, 0);
    assert_int_equal(tree.held_bytes, strlen(child->envelope));
    tree.held_limit = tree.held_bytes + 100; /* enough for arguments, not for an envelope */
    child = start(*state, "{}");
    assert_string_equal(child->verdict.limit, "subtask_bytes");
    assert_int_equal(child->held_bytes, 0);
}

static int32_t wait_for_any(cap_node *parent) { return cap_subtask_wait(parent, NULL, NULL, 0, 0); }

static void each_finished_one_is_told_of_once(void **state) {
    cap_node *parent = *state;
    tree.held_limit = CAP_SUBTASK_BYTES_MAX;
    assert_int_equal(wait_for_any(parent), -WASI_EINVAL); /* nothing to wait for */
    for (int i = 0; i < 4; i++) start(parent, "{}");
    assert_int_equal(wait_for_any(parent), 0);
    cap_subtask_close(parent, 1); /* read before it was told of */
    assert_int_equal(wait_for_any(parent), 2);
    cap_subtask_close(parent, 0); /* told of before it is read */
    assert_int_equal(wait_for_any(parent), 3);
    assert_int_equal(wait_for_any(parent), -WASI_EINVAL);
    start(parent, "{}"); /* a handle used again */
    assert_int_equal(wait_for_any(parent), 1);
    assert_int_equal(cap_subtask_cancel(parent, 1), 0); /* finished: nothing happens */
    assert_int_equal(cap_subtask_cancel(parent, 0), -WASI_EBADF);
    assert_int_equal(cap_subtask_cancel(parent, 4), -WASI_EBADF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arguments_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(envelopes_are_counted_until_they_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(each_finished_one_is_told_of_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
