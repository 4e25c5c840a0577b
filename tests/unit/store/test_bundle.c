/* Bundling with the real esbuild: what comes out, which files it depends on, what is refused and how that reads. */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "bundle/bundle_internal.h"
#include "process/landlock.h"
#include "yyjson.h"

static char esbuild[4096];

static int find_esbuild(void **state) {
    (void)state;
    const char *given = getenv("CAPSULE_TEST_ESBUILD");
    if (!realpath(given ? given : "build/deps/esbuild/esbuild", esbuild)) {
        fprintf(stderr, "no esbuild: run the tests from the top of the tree, or set CAPSULE_TEST_ESBUILD\n");
        return -1;
    }
    return 0;
}

/* scratch/p is the project, scratch/guest the guest; the test runs elsewhere on purpose. */
static int bundle_setup(void **state) {
    if (scratch_setup(state) < 0) return -1;
    make_directory("p");
    make_directory("guest");
    make_directory("tmp");
    return setenv("TMPDIR", at("tmp"), 1);
}

static int bundle_teardown(void **state) {
    int left = rmdir(at("tmp")); /* nothing may be left there */
    return scratch_teardown(state) < 0 || left < 0 ? -1 : 0;
}

#define bundle_test(name) cmocka_unit_test_setup_teardown(name, bundle_setup, bundle_teardown)

static cap_bundle make_good(const char *entry) {
    cap_bundle bundle = {0};
    capsule_error *error = NULL;
    int status = cap_bundle_make(esbuild, at("guest"), at("p"), at(entry), false, &bundle, &error);
    if (status < 0) fail_msg("%s\n%s", capsule_error_message(error), capsule_error_detail(error));
    return bundle;
}

static void assert_fails(const char *entry, capsule_code code, const char *text, const char *detail) {
    cap_bundle bundle = {0};
    capsule_error *error = NULL;
    assert_int_equal(cap_bundle_make(esbuild, at("guest"), at("p"), at(entry), false, &bundle, &error), -1);
    if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    if (detail && (!capsule_error_detail(error) || !strstr(capsule_error_detail(error), detail)))
        fail_msg("'%s' lacks '%s'", capsule_error_detail(error), detail);
    assert_int_equal(capsule_error_code(error), code);
    assert_null(strstr(capsule_error_message(error), scratch)); /* no path of the host */
    if (capsule_error_detail(error)) assert_null(strstr(capsule_error_detail(error), scratch));
    capsule_error_free(error);
    assert_null(bundle.code);
}

static cap_bundle translate_good(const char *code) {
    cap_bundle bundle = {0};
    capsule_error *error = NULL;
    int status = cap_bundle_translate(esbuild, code, strlen(code), "<a b>", &bundle, &error);
    if (status < 0) fail_msg("%s\n%s", capsule_error_message(error), capsule_error_detail(error));
    return bundle;
}

static void strings_are_translated(void **state) {
    (void)state;
    static const struct {
        const char *code, *translated; /* its end */
    } cases[] = {
        {"const x: number = 1;\nx as any", "x;\n"},
        {"import fs from 'fs'; fs.x", "import fs from \"fs\";\nfs.x;\n"},
        {"import fs from 'fs'; 1", "1;\n"},
        {"'text'", "\"text\";\n"},
        {"using x = f(); x", "using x = f();\nx;\n"},
        {"await f<number>(1)", "await f(1);\n"},
        {"1; type T = 2", "1;\n"},
        {"", ""},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_bundle bundle = translate_good(cases[i].code);
        size_t length = strlen(cases[i].translated);
        if (bundle.code_length < length || strcmp(bundle.code + bundle.code_length - length, cases[i].translated) != 0)
            fail_msg("%s: %s", cases[i].code, bundle.code);
        assert_int_equal(bundle.input_count, 0);
        assert_non_null(strstr(bundle.map, "\"sources\":[\"<a b>\"]"));
        assert_null(strstr(bundle.map, at("tmp")));
        cap_bundle_clear(&bundle);
    }
}

static void strings_that_are_wrong(void **state) {
    (void)state;
    static const struct {
        const char *code, *message;
    } cases[] = {
        {"let x\nlet y: = 1", "<a b>:2:8: Unexpected \"=\""},
        {"return 1", "<a b>:1:1: Top-level return cannot be used inside an ECMAScript module"},
        {"f(", "<a b>:1:3: Unexpected end of file"},
        {"let '\xc3\xa9': = 1", "<a b>:1:5: "},
    };
    for (size_t i = 0; i < CAP_COUNT(cases); i++) {
        cap_bundle bundle = {0};
        capsule_error *error = NULL;
        assert_int_equal(cap_bundle_translate(esbuild, cases[i].code, strlen(cases[i].code), "<a b>", &bundle, &error), -1);
        assert_int_equal(capsule_error_code(error), CAPSULE_BUILD);
        if (strncmp(capsule_error_message(error), cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("%s: %s", cases[i].code, capsule_error_message(error));
        const char *detail = capsule_error_detail(error);
        assert_non_null(strstr(detail, "<a b>:"));
        assert_null(strstr(detail, ".mts"));
        assert_null(strstr(detail, at("tmp")));
        capsule_error_free(error);
    }
}

static bool depends_on(const cap_bundle *bundle, const char *name) {
    for (size_t i = 0; i < bundle->input_count; i++)
        if (strcmp(bundle->inputs[i], at(name)) == 0) return true;
    return false;
}

static void put_package(const char *directory, const char *text) {
    char path[256];
    make_directory(directory);
    snprintf(path, sizeof path, "%s/package.json", directory);
    put(path, "{\"main\":\"index.js\"}");
    snprintf(path, sizeof path, "%s/index.js", directory);
    put(path, text);
}

static void test_program(void **state) {
    (void)state;
    make_directory("p/src");
    make_directory("p/node_modules");
    make_directory("p/node_modules/@me");
    put_package("p/node_modules/left", "module.exports = 'left package'");
    put_package("p/node_modules/@me/right", "export default 'right package'");
    put("p/package.json", "{}");
    put("p/src/b.ts", "export const b = (x: number): number => x + 1; export const unused = 7;");
    put("p/src/data.json", "{\"n\": 41}");
    put("p/src/main.ts", "import {b} from './b';\nimport left from 'left';\nimport right from '@me/right';\n"
                         "import data from './data.json';\nimport {task} from '@capsule-run/sdk';\n"
                         "export const main = task({name: 'main'}, async (): Promise<number> => b(data.n) + left + right);\n"
                         "await 0;\n");
    cap_bundle bundle = make_good("p/src/main.ts");
    assert_non_null(strstr(bundle.code, "left package"));
    assert_non_null(strstr(bundle.code, "right package"));
    assert_non_null(strstr(bundle.code, "from \"@capsule-run/sdk\""));
    assert_null(strstr(bundle.code, "number")); /* types are gone */
    assert_null(strstr(bundle.code, scratch));
    assert_int_equal(strlen(bundle.code), bundle.code_length);
    const char *inputs[] = {"p", "p/src", "p/src/main.ts", "p/src/b.ts", "p/src/data.json", "p/package.json",
                            "p/node_modules", "p/node_modules/@me", "p/node_modules/left", "p/node_modules/left/index.js",
                            "p/node_modules/left/package.json", "p/node_modules/@me/right/index.js"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (!depends_on(&bundle, inputs[i])) fail_msg("does not depend on %s", inputs[i]);
    for (size_t i = 0; i < bundle.input_count; i++)
        if (access(bundle.inputs[i], F_OK) < 0) fail_msg("depends on %s, which is not there", bundle.inputs[i]);
    cap_bundle_clear(&bundle);
    cap_bundle_clear(&bundle);
}

static void test_source_map(void **state) {
    (void)state;
    make_directory("p/src");
    put("p/lib.js", "export const lib = () => { throw new Error('x') }");
    put("p/src/main.ts", "import {lib} from '../lib.js';\nlib();");
    cap_bundle bundle = make_good("p/src/main.ts");
    yyjson_doc *document = yyjson_read(bundle.map, bundle.map_length, 0);
    yyjson_val *sources = yyjson_obj_get(yyjson_doc_get_root(document), "sources");
    assert_int_equal(yyjson_arr_size(sources), 2);
    assert_string_equal(yyjson_get_str(yyjson_arr_get(sources, 0)), "lib.js");
    assert_string_equal(yyjson_get_str(yyjson_arr_get(sources, 1)), "src/main.ts");
    /* The sources go along: tracebacks show their lines. */
    yyjson_val *contents = yyjson_obj_get(yyjson_doc_get_root(document), "sourcesContent");
    assert_int_equal(yyjson_arr_size(contents), 2);
    assert_string_equal(yyjson_get_str(yyjson_arr_get(contents, 1)), "import {lib} from '../lib.js';\nlib();");
    yyjson_doc_free(document);
    cap_bundle_clear(&bundle);
}

static void test_errors(void **state) {
    (void)state;
    put("p/a.ts", "const x = 1;\nlet z z = 1;\n");
    assert_fails("p/a.ts", CAPSULE_BUILD, "a.ts:2:7: Expected \";\" but found \"z\"", "let z z = 1;");
    put("p/a.ts", "const \xc3\xa9\xc3\xa9 = 1, z z = 1;\n"); /* columns are characters */
    assert_fails("p/a.ts", CAPSULE_BUILD, "a.ts:1:17: Expected \";\" but found \"z\"", "z z");
    make_directory("p/src");
    put("p/src/a.ts", "import './b';\nimport 'nope';\nimport './none.js';");
    put("p/src/b.ts", "}");
    assert_fails("p/src/a.ts", CAPSULE_BUILD, "src/", "Could not resolve \"nope\"");
    assert_fails("p/src/a.ts", CAPSULE_BUILD, "(and 2 more)", NULL);
    put("p/src/b.ts", "");
    put("p/src/a.ts", "import 'nope';");
    assert_fails("p/src/a.ts", CAPSULE_BUILD, "src/a.ts:1:8: Could not resolve \"nope\"", "    src/a.ts:1:8:\n");
    put("p/src/a.ts", "import x from './b'; export default x;");
    put("p/src/b.ts", "export const y = 1");
    assert_fails("p/src/a.ts", CAPSULE_BUILD, "src/a.ts:1:8: No matching export in \"src/b.ts\" for import \"default\"", NULL);
    put("p/odd.bin", "\x7f""ELF");
    put("p/src/a.ts", "import '../odd.bin'");
    assert_fails("p/src/a.ts", CAPSULE_BUILD, "src/a.ts:1:8: No loader is configured", NULL);
    cap_bundle bundle = {0};
    capsule_error *error = NULL;
    assert_int_equal(cap_bundle_make(esbuild, at("guest"), at("p"), at("p/missing.ts"), false, &bundle, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_NOT_FOUND);
    capsule_error_free(error);
}

static void assert_outside(const char *text) {
    assert_fails("p/main.ts", CAPSULE_BUILD, text, NULL);
}

static void test_outside(void **state) {
    (void)state;
    put("secret.json", "{\"password\": 1}");
    put("p/main.ts", "import x from '../secret.json'; console.log(x);");
    assert_outside("outside the project");
    char text[512];
    snprintf(text, sizeof text, "import x from '%s'; console.log(x);", at("secret.json"));
    put("p/main.ts", text);
    cap_bundle bundle = {0}; /* the program itself names the path, so it may appear */
    capsule_error *error = NULL;
    assert_int_equal(cap_bundle_make(esbuild, at("guest"), at("p"), at("p/main.ts"), false, &bundle, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_BUILD);
    capsule_error_free(error);
    assert_int_equal(symlink("../secret.json", at("p/link.json")), 0);
    put("p/main.ts", "import x from './link.json'; console.log(x);");
    assert_outside("outside the project");
    make_directory("elsewhere");
    put_package("elsewhere/pack", "module.exports = 1");
    make_directory("p/node_modules");
    assert_int_equal(symlink("../../elsewhere/pack", at("p/node_modules/pack")), 0);
    put("p/main.ts", "import x from 'pack'; console.log(x);");
    assert_outside("pack");
}

/* What the check of the metafile refuses when the kernel has nothing to hold the bundler with. */
static void assert_metafile(const char *name, const char *text) {
    cap_bundle_places places = {0};
    cap_bundle_list inputs = {0};
    capsule_error *error = NULL;
    char json[1024];
    assert_int_equal(cap_bundle_find_places(at("guest"), at("p"), at("p/main.ts"), false, &places, NULL), 0);
    snprintf(json, sizeof json, "{\"inputs\":{\"main.ts\":{},\"%s\":{}}}", name);
    put("meta.json", json);
    int status = cap_bundle_collect_inputs(&places, at("meta.json"), &inputs, &error);
    if (text) {
        assert_int_equal(status, -1);
        if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    } else {
        assert_string_equal(capsule_error_message(error), "");
    }
    capsule_error_free(error);
    cap_bundle_list_clear(&inputs);
    cap_bundle_places_clear(&places);
}

static void test_metafile(void **state) {
    (void)state;
    put("secret.json", "{}");
    put("p/main.ts", "");
    put("p/a#b.ts", "");
    assert_int_equal(symlink("../secret.json", at("p/link.json")), 0);
    assert_metafile("../secret.json", "'../secret.json' is imported, but lies outside");
    assert_metafile("link.json", "'link.json' is imported, but lies outside");
    assert_metafile("/etc/passwd", "'/etc/passwd' is imported, but lies outside");
    assert_metafile("../secret.json?x", "outside");
    assert_metafile("none.ts", "cannot be found");
    assert_metafile("main.ts\\u0000.ts", "outside");
    assert_metafile("#x/../main.ts#y", "cannot be found"); /* without its fragment: the project itself */
    assert_metafile("?", "cannot be found");
    assert_metafile("main.ts?query#x", NULL);
    assert_metafile("a#b.ts", NULL);
    assert_metafile("<data:text/javascript,1>", NULL);
    assert_metafile("(disabled):../secret.json", NULL);
}

static void test_symlink_farm(void **state) {
    (void)state;
    make_directory("p/node_modules");
    make_directory("p/node_modules/.pnpm");
    make_directory("p/node_modules/.pnpm/pack@1");
    make_directory("p/node_modules/.pnpm/pack@1/node_modules");
    put_package("p/node_modules/.pnpm/pack@1/node_modules/pack", "module.exports = require('dep')");
    put_package("p/node_modules/.pnpm/pack@1/node_modules/dep", "module.exports = 'deep'");
    assert_int_equal(symlink(".pnpm/pack@1/node_modules/pack", at("p/node_modules/pack")), 0);
    put("p/main.ts", "import x from 'pack'; console.log(x);");
    cap_bundle bundle = make_good("p/main.ts");
    assert_non_null(strstr(bundle.code, "deep"));
    assert_true(depends_on(&bundle, "p/node_modules"));
    assert_true(depends_on(&bundle, "p/node_modules/.pnpm/pack@1/node_modules/dep/index.js"));
    cap_bundle_clear(&bundle);
}

/* The project is a folder of a package: its node_modules count, its other files do not. */
static void test_sub_folder(void **state) {
    (void)state;
    put("p/package.json", "{}");
    make_directory("p/node_modules");
    put_package("p/node_modules/pack", "module.exports = 'top package'");
    put("p/other.ts", "export default 1");
    make_directory("p/tasks");
    put("p/tasks/main.ts", "import x from 'pack'; console.log(x);");
    cap_bundle bundle = {0};
    capsule_error *error = NULL;
    assert_int_equal(cap_bundle_make(esbuild, at("guest"), at("p/tasks"), at("p/tasks/main.ts"), false, &bundle, &error), 0);
    assert_non_null(strstr(bundle.code, "top package"));
    assert_true(depends_on(&bundle, "p"));
    assert_true(depends_on(&bundle, "p/package.json"));
    assert_true(depends_on(&bundle, "p/node_modules/pack/index.js"));
    assert_true(depends_on(&bundle, "p/tasks"));
    cap_bundle_clear(&bundle);
    put("p/tasks/main.ts", "import x from '../other'; console.log(x);");
    assert_int_equal(cap_bundle_make(esbuild, at("guest"), at("p/tasks"), at("p/tasks/main.ts"), false, &bundle, &error), -1);
    capsule_error_free(error);
}

/* Named from the main file, a bundle is the same wherever the project begins; otherwise it is not. */
static void test_from_entry(void **state) {
    (void)state;
    put("p/package.json", "{}");
    make_directory("p/node_modules");
    put_package("p/node_modules/pack", "module.exports = 'top package'");
    make_directory("p/tasks");
    make_directory("p/tasks/lib");
    put("p/tasks/lib/part.ts", "export const part = 1;");
    put("p/beside.ts", "export const beside = 2;");
    put("p/tasks/main.ts", "import x from 'pack'; import { part } from './lib/part'; console.log(x, part);");
    static const char *const projects[] = {"p/tasks", "p", "."};
    for (int from_entry = 0; from_entry < 2; from_entry++) {
        cap_bundle first = {0}, other = {0};
        assert_int_equal(cap_bundle_make(esbuild, at("guest"), at("p/tasks"), at("p/tasks/main.ts"), from_entry, &first, NULL), 0);
        for (size_t i = 1; i < CAP_COUNT(projects); i++) {
            char project[512]; /* at() answers one buffer after the other */
            snprintf(project, sizeof project, "%s", at(projects[i]));
            assert_int_equal(cap_bundle_make(esbuild, at("guest"), project, at("p/tasks/main.ts"), from_entry, &other, NULL), 0);
            assert_int_equal(strcmp(first.code, other.code) == 0, from_entry);
            assert_int_equal(strcmp(first.map, other.map) == 0, from_entry);
            cap_bundle_clear(&other);
        }
        cap_bundle_clear(&first);
    }
    put("p/tasks/main.ts", "import { beside } from '../beside'; console.log(beside);");
    cap_bundle bundle = {0};
    assert_int_equal(cap_bundle_make(esbuild, at("guest"), at("p"), at("p/tasks/main.ts"), true, &bundle, NULL), 0);
    assert_non_null(strstr(bundle.map, "\"../beside.ts\""));
    assert_non_null(strstr(bundle.map, "\"main.ts\""));
    cap_bundle_clear(&bundle);
}

/* A main file outside the project directory brings its own project. */
static void test_other_project(void **state) {
    (void)state;
    make_directory("q");
    make_directory("q/src");
    put("q/package.json", "{}");
    put("q/lib.ts", "export default 'from the library'");
    put("q/src/main.ts", "import x from '../lib'; console.log(x);");
    cap_bundle bundle = make_good("q/src/main.ts");
    assert_non_null(strstr(bundle.code, "from the library"));
    cap_bundle_clear(&bundle);
}

static void test_tsconfig(void **state) {
    (void)state;
    make_directory("p/src");
    make_directory("p/node_modules");
    make_directory("p/node_modules/base");
    put("p/node_modules/base/tsconfig.json", "{\"compilerOptions\":{\"paths\":{\"~/*\":[\"../../lib/*\"]}}}");
    make_directory("p/lib");
    put("p/lib/x.ts", "export default 'by alias'");
    put("p/tsconfig.json", "// a comment\n{\"extends\": \"base\",}");
    put("p/src/main.ts", "import x from '~/x'; console.log(x);");
    cap_bundle bundle = make_good("p/src/main.ts");
    assert_non_null(strstr(bundle.code, "by alias"));
    assert_true(depends_on(&bundle, "p/tsconfig.json"));
    assert_true(depends_on(&bundle, "p/node_modules/base/tsconfig.json"));
    cap_bundle_clear(&bundle);
    put("outside.json", "{}");
    put("p/tsconfig.json", "{\"extends\":[\"./ok.json\",\"../outside.json\"]}");
    put("p/ok.json", "{}");
    assert_fails("p/src/main.ts", CAPSULE_BUILD, "tsconfig.json extends '../outside.json', which lies outside", NULL);
    put("p/tsconfig.json", "{\"extends\":\"./ok.json\",\"extends\":\"/etc/passwd\"}");
    assert_fails("p/src/main.ts", CAPSULE_BUILD, "extends '/etc/passwd', which lies outside", NULL);
    put("p/tsconfig.json", "{\"extends\":\"unknown/package\"}");
    assert_fails("p/src/main.ts", CAPSULE_BUILD, "extends 'unknown/package', which is not in the project", NULL);
    put("p/tsconfig.json", "{\"extends\":\"./tsconfig.json\"}");
    assert_fails("p/src/main.ts", CAPSULE_BUILD, "extend one another", NULL);
    put("p/tsconfig.json", "{\n  \"a\": oops}");
    assert_fails("p/src/main.ts", CAPSULE_BUILD, "tsconfig.json:2:8:", NULL);
    unlink(at("p/tsconfig.json"));
    put("tsconfig.json", "{ this would not parse, but is above the project");
    put("p/src/main.ts", "console.log(1)");
    bundle = make_good("p/src/main.ts");
    cap_bundle_clear(&bundle);
}

static void test_guest_arguments(void **state) {
    (void)state;
    make_directory("guest/bundle");
    put("guest/bundle/arguments", "# how programs are bundled\n--platform=neutral\n\n--define:ANSWER=42\n"
                                  "--alias:magic={bundle}/magic.js\n--external:host:*\n");
    put("guest/bundle/magic.js", "export default 'out of the guest'");
    put("p/main.ts", "import m from 'magic'; import h from 'host:x'; console.log(m, ANSWER, h);");
    cap_bundle bundle = make_good("p/main.ts");
    assert_non_null(strstr(bundle.code, "out of the guest"));
    assert_non_null(strstr(bundle.code, "42"));
    assert_non_null(strstr(bundle.code, "\"host:x\""));
    assert_false(depends_on(&bundle, "guest/bundle/magic.js")); /* part of the guest's build, not of the program */
    cap_bundle_clear(&bundle);
}

static void test_odd_names(void **state) {
    (void)state;
    const char *names[] = {"p/--help.ts", "p/with space.ts", "p/q'uo\"te.ts", "p/a:1:2:.ts", "p/\xc3\xa9.mts", "p/$(id).js"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put(names[i], "console.log('fine')");
        cap_bundle bundle = make_good(names[i]);
        assert_non_null(strstr(bundle.code, "fine"));
        cap_bundle_clear(&bundle);
        put(names[i], "let z z");
        assert_fails(names[i], CAPSULE_BUILD, ":1:7: Expected", NULL);
    }
    put("p/empty.ts", "");
    cap_bundle bundle = make_good("p/empty.ts");
    cap_bundle_clear(&bundle);
    put("p/import.ts", "import './x.css'; import d from 'data:text/javascript,export default 5'; console.log(d)");
    put("p/x.css", "body {}");
    bundle = make_good("p/import.ts"); /* a second output is removed with the rest */
    cap_bundle_clear(&bundle);
}

static void test_missing_bundler(void **state) {
    (void)state;
    put("p/main.ts", "");
    cap_bundle bundle = {0};
    capsule_error *error = NULL;
    assert_int_equal(cap_bundle_make(at("none"), at("guest"), at("p"), at("p/main.ts"), false, &bundle, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_UNSUPPORTED);
    capsule_error_free(error);
    error = NULL;
    put("broken", "not a program");
    chmod(at("broken"), 0755);
    assert_int_equal(cap_bundle_make(at("broken"), at("guest"), at("p"), at("p/main.ts"), false, &bundle, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_UNSUPPORTED);
    capsule_error_free(error);
}

/* Stands in for esbuild: a program that does what a hostile one might. */
static void assert_stand_in(const char *script, const char *text) {
    char body[1024];
    snprintf(body, sizeof body, "#!/bin/sh\n%s\n", script);
    put("stand-in", body);
    chmod(at("stand-in"), 0755);
    cap_bundle bundle = {0};
    capsule_error *error = NULL;
    int status = cap_bundle_make(at("stand-in"), at("guest"), at("p"), at("p/main.ts"), false, &bundle, &error);
    if (text) {
        assert_int_equal(status, -1);
        if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    }
    capsule_error_free(error);
}

static void test_hostile_bundler(void **state) {
    (void)state;
    if (cap_landlock_version() > 0) skip(); /* a script needs its shell, which the ruleset does not grant */
    put("p/main.ts", "");
    assert_stand_in("i=0; while [ $i -lt 30000 ]; do echo a flood of words that nobody wants to read >&2; i=$((i+1)); done; exit 3", "exit code 3");
    assert_stand_in("kill -9 $$", "exit code -1");
    assert_stand_in("exit 0", "list of inputs");
}

/* No descriptor and no variable of ours reaches the bundler, and the host's signals are as they were. */
static void test_host_state(void **state) {
    (void)state;
    put("p/main.ts", "console.log(1)");
    setenv("NODE_PATH", "/nonexistent", 1);
    signal(SIGCHLD, SIG_IGN); /* then nobody can wait for the bundler */
    cap_bundle bundle = make_good("p/main.ts");
    cap_bundle_clear(&bundle);
    signal(SIGCHLD, SIG_DFL);
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGTERM));
    unsetenv("NODE_PATH");
}

static void test_normal_path(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"/a/b/../c//./d", "/a/c/d"}, {"/", "/"},     {"/..", "/"}, {"/../../x", "/x"},
                                           {"/a/", "/a"},                {"/a/..", "/"}, {"", "/"},    {"/...", "/..."}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *normal = cap_bundle_normal_path(cases[i][0]);
        assert_string_equal(normal, cases[i][1]);
        free(normal);
    }
}

/* From here on this process and its children live on a kernel without Landlock. */
static int take_landlock_away(void) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444, 0, 1), /* landlock_create_ruleset */
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) return -1;
    return cap_landlock_version() == 0 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        bundle_test(strings_are_translated), bundle_test(strings_that_are_wrong),
        bundle_test(test_program),       bundle_test(test_source_map),      bundle_test(test_errors),
        bundle_test(test_outside),       bundle_test(test_metafile),        bundle_test(test_symlink_farm),
        bundle_test(test_sub_folder),    bundle_test(test_from_entry),    bundle_test(test_other_project),   bundle_test(test_tsconfig),
        bundle_test(test_guest_arguments), bundle_test(test_odd_names),     bundle_test(test_missing_bundler),
        bundle_test(test_hostile_bundler), bundle_test(test_host_state),    bundle_test(test_normal_path),
    };
    int failed = cmocka_run_group_tests_name("bundle", tests, find_esbuild, NULL);
    if (cap_landlock_version() == 0) return failed;
    if (take_landlock_away() < 0) return 1;
    return failed + cmocka_run_group_tests_name("bundle without Landlock", tests, find_esbuild, NULL);
}
