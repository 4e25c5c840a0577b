/* The parts of packages that need no pip: forms of requirements, what may be installed, and what pip's words mean. */
#include "../store/scratch.h"

#include "base/cleanup.h"
#include "packages/packages_internal.h"

/* ---- Requirements ---- */

static void test_normal_forms(void **state) {
    (void)state;
    static const char *const forms[][2] = {
        {"one", "one"},
        {" One.Two-3_4 ", "One.Two-3_4"},
        {"one [ a , b.c ] >= 1.0 , != 1.5 , < 2!3.*", "one[a,b.c]>=1.0,!=1.5,<2!3.*"},
        {"one (~=1.0)", "one~=1.0"},
        {"one===1.0+local-1", "one===1.0+local-1"},
        {"one;python_version  <\t'3.14' and (os_name == \"posix\")", "one;python_version < '3.14' and (os_name == \"posix\")"},
        {"one==1 ; extra == 'x'   --hash=sha256:00aF  --hash sha512:12", "one==1;extra == 'x' --hash=sha256:00aF --hash=sha512:12"},
        {"one==1 --hash=sha384:0", "one==1 --hash=sha384:0"},
    };
    for (size_t i = 0; i < CAP_COUNT(forms); i++) {
        cap_autobuffer cap_buffer out;
        capsule_error *error = NULL;
        cap_buffer_init(&out, 4096);
        if (cap_requirement_judge(forms[i][0], strlen(forms[i][0]), &out, &error) < 0)
            fail_msg("%s: %s", forms[i][0], capsule_error_message(error));
        assert_string_equal(out.data, forms[i][1]);
    }
}

static void test_other_forms(void **state) {
    (void)state;
    static const char *const others[] = {
        "", " ", "-", "one-", "_one", "one[]", "one[a", "one[a,]", "one]", "one==", "one=>1", "one==1,", "one(==1", "one==1)", "one 1",
        "one;", "one; os_name == `a`", "one; a\\b", "one --hash", "one --hash=", "one --hash=sha256:", "one --hash=sha1:00",
        "one --hash=sha256:xyz", "one==1 -r x", "one #", "one\n-e .", "one@x", "one @ x", "\xc3\xa9", "one;\xc3\xa9",
    };
    for (size_t i = 0; i < CAP_COUNT(others); i++) {
        cap_autobuffer cap_buffer out;
        capsule_error *error = NULL;
        cap_buffer_init(&out, 4096);
        if (cap_requirement_judge(others[i], strlen(others[i]), &out, &error) == 0) fail_msg("'%s' was accepted", others[i]);
        assert_int_equal(capsule_error_code(error), CAPSULE_BUILD);
        capsule_error_free(error);
    }
    cap_autobuffer cap_buffer out;
    cap_buffer_init(&out, 4096);
    assert_int_equal(cap_requirement_judge("one\0two", 7, &out, NULL), -1);
    assert_int_equal(cap_requirement_judge("one;\0", 5, &out, NULL), -1);
}

/* ---- What was installed ---- */

static int check(const char *expected) {
    capsule_error *error = NULL;
    int site = open(at("site"), O_RDONLY | O_DIRECTORY);
    int status = cap_packages_check(site, &error);
    close(site);
    if (status < 0 && !expected) fail_msg("%s", capsule_error_message(error));
    if (status < 0 && !strstr(capsule_error_message(error), expected)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), expected);
    if (status < 0) assert_int_equal(capsule_error_code(error), CAPSULE_BUILD);
    capsule_error_free(error);
    return status;
}

static void make_file(const char *name, off_t length) {
    int fd = open(at(name), O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, length), 0);
    close(fd);
}

static void test_bytes(void **state) {
    (void)state;
    make_directory("site");
    make_file("site/a", 1);
    make_file("site/b", (off_t)CAP_PACKAGES_BYTES_MAX - 1);
    assert_int_equal(check(NULL), 0);
    make_file("site/a", 2);
    assert_int_equal(check("more than 256 MB"), -1);
}

static void test_files(void **state) {
    (void)state;
    char name[64];
    make_directory("site");
    make_directory("site/one");
    for (unsigned i = 1; i < CAP_PACKAGES_FILES_MAX; i++) {
        snprintf(name, sizeof name, "site/one/%u", i);
        make_file(name, 0);
    }
    assert_int_equal(check(NULL), 0);
    make_file("site/one/last", 0);
    assert_int_equal(check("more than 20000 files"), -1);
}

static void test_depth(void **state) {
    (void)state;
    char name[256] = "site";
    make_directory(name);
    for (unsigned i = 0; i < CAP_PACKAGES_DEPTH_MAX; i++) make_directory(strcat(name, "/d"));
    assert_int_equal(check(NULL), 0);
    make_directory(strcat(name, "/d"));
    assert_int_equal(check("more than 24 directories below each other"), -1);
}

static void test_count(void **state) {
    (void)state;
    char name[64];
    make_directory("site");
    for (unsigned i = 0; i < CAP_PACKAGES_COUNT_MAX; i++) {
        snprintf(name, sizeof name, "site/p%u-1.0.dist-info", i);
        make_directory(name);
    }
    assert_int_equal(check(NULL), 0);
    make_directory("site/last-1.0.dist-info");
    assert_int_equal(check("257 packages, at most 256 are accepted"), -1);
}

static void test_kinds(void **state) {
    (void)state;
    static const char *const natives[] = {"_x.so", "_x.cpython-313.SO", "libx.so.6", "x.pyd", "x.dylib", "x.dll"};
    make_directory("site");
    make_directory("site/one");
    make_directory("site/one-1.5.dist-info");
    make_directory("site/bin");
    make_file("site/bin/tool", 0);
    for (size_t i = 0; i < CAP_COUNT(natives); i++) {
        char path[128], text[256];
        snprintf(path, sizeof path, "site/one/%s", natives[i]);
        snprintf(text, sizeof text, "other/%s,,\none/%s,sha256=x,0\n", natives[i], natives[i]);
        put("site/one-1.5.dist-info/RECORD", text);
        make_file(path, 0);
        snprintf(text, sizeof text, "package one 1.5 contains native code (one/%s)", natives[i]);
        assert_int_equal(check(text), -1);
        put("site/one-1.5.dist-info/RECORD", "");
        assert_int_equal(check("the packages contain native code"), -1);
        unlink(at(path));
    }
    make_file("site/one/so.py", 0);
    make_file("site/one/x.sound", 0);
    assert_int_equal(check(NULL), 0);
    assert_false(exists("site/bin"));
    make_directory("site/bin");
    make_file("site/bin/__init__.py", 0);
    assert_int_equal(check(NULL), 0);
    assert_true(exists("site/bin"));
    assert_int_equal(symlink("/etc/passwd", at("site/one/link")), 0);
    assert_int_equal(check("neither file nor directory (one/link)"), -1);
    unlink(at("site/one/link"));
    assert_int_equal(mkfifo(at("site/one/pipe"), 0600), 0);
    assert_int_equal(check("neither file nor directory (one/pipe)"), -1);
}

/* ---- pip's words ---- */

#define MISSING(name) "ERROR: Could not find a version that satisfies the requirement " name " (from versions: none)\n" \
                      "ERROR: No matching distribution found for " name "\n"
#define NATIVE(file) "T   Skipping link: none of the wheel's tags (x) are compatible (y): https://h/p/" file "#sha256=0 (from https://h/) (z)\n"
#define SOURCE(file) "T   Skipping link: No sources permitted for p: https://h/p/" file " (from https://h/)\n"

static void test_failures(void **state) {
    (void)state;
    static const struct {
        const char *report, *log, *message;
    } cases[] = {
        {MISSING("a-b==1.0"), SOURCE("a-b-1.0.tar.gz") NATIVE("A.B-1.0-cp3-x.whl") NATIVE("a_b-2.0-cp3-x.whl"), "package a-b 1.0 has no pure-Python wheel, only native code (such as A.B-1.0-cp3-x.whl)"},
        {MISSING("a>=1"), NATIVE("a-9.0-cp3-x.whl") NATIVE("a-10.0-cp3-x.whl") NATIVE("a-2.0-cp3-x.whl") NATIVE("ab-11-cp3-x.whl"), "package a 10.0 has"},
        {MISSING("a"), SOURCE("a-1.0.tar.gz") SOURCE("a-1.1.zip"), "package a 1.1 is published as source only"},
        {MISSING("a==3"), SOURCE("a-1.0.tar.gz"), "package a: there is nothing that fits a==3"},
        {MISSING("a"), "", "package a: there is nothing that fits a"},
        {MISSING("a"), "WARNING: Retrying after connection broken by 'NewConnectionError'", "the package index cannot be reached"},
        {"ERROR: Cannot install x\nERROR: ResolutionImpossible: for help\n", "", "pip: Cannot install x"},
        {"ERROR: Package 'a' requires a different Python: 3.13.5 not in '>=4'\n", "", "package a is not for the sandbox's Python: not in '>=4'"},
        {"", "", "pip failed and did not say why"},
        {"nothing known", "", "pip: nothing known"},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        capsule_error *error = NULL;
        const cap_pip_failure failure = {cases[i].report, cases[i].log};
        assert_int_equal(cap_pip_explain(&failure, &error), -1);
        assert_int_equal(capsule_error_code(error), CAPSULE_BUILD);
        if (!strstr(capsule_error_message(error), cases[i].message))
            fail_msg("'%s' lacks '%s'", capsule_error_message(error), cases[i].message);
        capsule_error_free(error);
    }
}

static void test_conflicts(void **state) {
    (void)state;
    capsule_error *error = NULL;
    const char *report = "ERROR: Cannot install a\nERROR: ResolutionImpossible: for help\n";
    const char *log = NATIVE("c-2.0-cp3-x.whl") SOURCE("b-1.0.tar.gz") "T Given no hashes to check 3 links for project 'b': discarding\n"
                      "T Given no hashes to check 0 links for project 'c': discarding\n"
                      "T The conflict is caused by:\nT     a 1.0 depends on b>9\nT     a 1.0 depends on C>=1\n";
    cap_pip_failure failure = {report, log};
    assert_int_equal(cap_pip_explain(&failure, &error), -1);
    assert_non_null(strstr(capsule_error_message(error), "a 1.0 needs C: package C 2.0 has no pure-Python wheel"));
    failure.log = SOURCE("b-1.0.tar.gz") "T Given no hashes to check 3 links for project 'b': discarding\n"
                  "T The conflict is caused by:\nT     a 1.0 depends on b>9\n";
    assert_int_equal(cap_pip_explain(&failure, &error), -1);
    assert_string_equal(capsule_error_message(error), "pip: Cannot install a");
    capsule_error_free(error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_forms), cmocka_unit_test(test_other_forms), scratch_test(test_bytes),
        scratch_test(test_files),            scratch_test(test_depth),           scratch_test(test_count),
        scratch_test(test_kinds),            cmocka_unit_test(test_failures),    cmocka_unit_test(test_conflicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
