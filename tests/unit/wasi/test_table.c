/* The table of host functions: complete, unique, well-formed. */
#include "support.h"

#include <string.h>

static size_t count(void) {
    size_t n = 0;
    while (cap_wasi_functions[n].module) n++;
    return n;
}

static void has_all_46_functions(void **state) {
    (void)state;
    assert_int_equal(count(), 46);
}

static void names_are_unique_and_in_one_module(void **state) {
    (void)state;
    for (size_t i = 0; i < count(); i++) {
        assert_string_equal(cap_wasi_functions[i].module, "wasi_snapshot_preview1");
        assert_non_null(cap_wasi_functions[i].function);
        for (size_t j = 0; j < i; j++) assert_string_not_equal(cap_wasi_functions[i].name, cap_wasi_functions[j].name);
    }
}

static void signatures_are_well_formed(void **state) {
    (void)state;
    for (size_t i = 0; i < count(); i++) {
        const char *signature = cap_wasi_functions[i].signature;
        size_t parameters = strspn(signature, "iI");
        assert_int_equal(signature[parameters], '>');
        bool exits = strcmp(cap_wasi_functions[i].name, "proc_exit") == 0;
        assert_string_equal(signature + parameters + 1, exits ? "" : "i");
    }
}

static const cap_host_function *find(const char *name) {
    for (const cap_host_function *f = cap_wasi_functions; f->module; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

/* Those that differ from what one would guess. */
static void signatures_match_the_specification(void **state) {
    (void)state;
    assert_string_equal(find("path_open")->signature, "iiiiiIIii>i");
    assert_string_equal(find("fd_seek")->signature, "iIii>i");
    assert_string_equal(find("fd_readdir")->signature, "iiiIi>i");
    assert_string_equal(find("clock_time_get")->signature, "iIi>i");
    assert_string_equal(find("path_link")->signature, "iiiiiii>i");
    assert_string_equal(find("sched_yield")->signature, ">i");
    assert_string_equal(find("sock_recv")->signature, "iiiiii>i");
    assert_ptr_equal(find("fd_read")->function, (void (*)(void))cap_wasi_fd_read);
    assert_null(find("thread_spawn"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_all_46_functions),
        cmocka_unit_test(names_are_unique_and_in_one_module),
        cmocka_unit_test(signatures_are_well_formed),
        cmocka_unit_test(signatures_match_the_specification),
    };
    return cmocka_run_group_tests_name("wasi.table", tests, NULL, NULL);
}
