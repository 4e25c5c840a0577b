/* The doctor's report: a whole installation is healthy, and each thing that is missing or damaged is named. */
#include "scratch.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/hash.h"
#include "doctor/doctor.h"
#include "yyjson.h"

static void put_guest(const char *directory, const char *language) {
    char path[256], hash[CAP_HASH_TEXT], tree[CAP_HASH_TEXT], text[1024];
    make_directory(directory);
    snprintf(path, sizeof path, "%s/guest.so", directory);
    put(path, "code");
    snprintf(path, sizeof path, "%s/esbuild", directory);
    put(path, "bundler");
    assert_int_equal(chmod(at(path), 0755), 0);
    snprintf(path, sizeof path, "%s/lib", directory);
    make_directory(path);
    snprintf(path, sizeof path, "%s/lib/os.py", directory);
    put(path, "pass");
    snprintf(path, sizeof path, "%s/lib", directory);
    int fd = open(at(path), O_RDONLY | O_DIRECTORY);
    uint64_t files = 0, bytes = 0;
    assert_int_equal(cap_hash_tree(fd, tree, &files, &bytes), 0);
    assert_int_equal(files, 1);
    assert_int_equal(bytes, 4);
    close(fd);
    cap_hash_bytes("code", 4, hash);
    snprintf(text, sizeof text,
             "{\"format\":1,\"language\":\"%s\",\"version\":\"1.2\",\"cpu\":\"x86-64\",\"files\":{\"guest.so\":{\"bytes\":4,"
             "\"blake3\":\"%s\"}},\"trees\":{\"lib\":{\"files\":1,\"bytes\":4,\"blake3\":\"%s\"}}}",
             language, hash, tree);
    snprintf(path, sizeof path, "%s/guest.json", directory);
    put(path, text);
}

static int doctor_setup(void **state) {
    if (scratch_setup(state) < 0) return -1;
    make_directory("guests");
    put_guest("guests/python-1.2", "python");
    put_guest("guests/javascript-1.2", "javascript");
    return 0;
}

#define doctor_test(name) cmocka_unit_test_setup_teardown(name, doctor_setup, scratch_teardown)

/* Reports, checks the form of every finding, and that of the one named: "level: text". */
static bool report(const char *guests, const char *check, const char *level, const char *text) {
    cap_images *images = cap_images_create(at("cache"), 0);
    char *json = NULL;
    bool healthy = false, found = false;
    assert_int_equal(cap_doctor_report(guests, images, &json, &healthy, NULL), 0);
    cap_images_free(images);
    yyjson_doc *document = yyjson_read(json, strlen(json), 0);
    assert_non_null(document);
    yyjson_val *item;
    size_t index, end;
    yyjson_arr_foreach(yyjson_doc_get_root(document), index, end, item) {
        const char *name = yyjson_get_str(yyjson_obj_get(item, "check"));
        const char *is = yyjson_get_str(yyjson_obj_get(item, "level"));
        const char *says = yyjson_get_str(yyjson_obj_get(item, "text"));
        assert_true(name && is && says);
        assert_in_range(strlen(name), 2, 18);
        assert_int_equal(yyjson_get_bool(yyjson_obj_get(item, "ok")), strcmp(is, "ok") == 0);
        assert_int_equal(yyjson_is_null(yyjson_obj_get(item, "cost")), strcmp(is, "ok") == 0);
        if (!check || strcmp(name, check) != 0) continue;
        found = true;
        if (strcmp(is, level) != 0 || !strstr(says, text)) fail_msg("%s is '%s: %s', not '%s: %s'", name, is, says, level, text);
    }
    if (check && !found) fail_msg("no finding about %s", check);
    yyjson_doc_free(document);
    free(json);
    return healthy;
}

static void test_whole(void **state) {
    (void)state;
    assert_true(report(at("guests"), "guest python", "ok", "version 1.2"));
    assert_true(report(at("guests"), "guest javascript", "ok", "every hash matches"));
    assert_true(report(at("guests"), "bundler", "ok", "esbuild"));
    assert_true(report(at("guests"), "image cache", "ok", "0 entries"));
    assert_false(exists("cache")); /* looking makes nothing */
}

static void test_missing(void **state) {
    (void)state;
    assert_false(report(NULL, "guest python", "error", "none is installed"));
    assert_false(report(at("none"), "guest javascript", "error", "none is installed in"));
    unlink(at("guests/python-1.2/guest.so"));
    assert_false(report(at("guests"), "guest python", "error", "guest.so is missing"));
    unlink(at("guests/javascript-1.2/esbuild"));
    assert_false(report(at("guests"), "bundler", "error", "esbuild is missing"));
    unlink(at("guests/python-1.2/guest.json"));
    assert_false(report(at("guests"), "guest python", "error", "guest.json is missing"));
    put("guests/python-1.2/guest.json", "{}");
    assert_false(report(at("guests"), "guest python", "error", "does not describe"));
}

static void test_damaged(void **state) {
    (void)state;
    put("guests/python-1.2/guest.so", "c0de");
    assert_false(report(at("guests"), "guest python", "error", "guest.so does not match its hash"));
    put("guests/python-1.2/guest.so", "code and more");
    assert_false(report(at("guests"), "guest python", "error", "guest.so has another size"));
    put("guests/python-1.2/guest.so", "code");
    put("guests/python-1.2/lib/new.py", "");
    assert_false(report(at("guests"), "guest python", "error", "lib does not match its hash"));
    unlink(at("guests/python-1.2/lib/new.py"));
    assert_int_equal(chmod(at("guests/python-1.2"), 0777), 0);
    assert_false(report(at("guests"), "guest python", "error", "can be written by others"));
    assert_int_equal(chmod(at("guests/python-1.2"), 0755), 0);
    assert_true(report(at("guests"), NULL, NULL, NULL));
}

static void test_newest(void **state) {
    (void)state;
    put_guest("guests/python-1.10", "python");
    report(at("guests"), "guest python", "ok", "python-1.10");
}

static void test_cache(void **state) {
    (void)state;
    make_directory("cache");
    assert_int_equal(chmod(at("cache"), 0777), 0);
    assert_true(report(at("guests"), "image cache", "warning", "not used: "));
    assert_int_equal(chmod(at("cache"), 0700), 0);
    cap_images *images = cap_images_create(at("cache"), 0);
    cap_images_file file = {.name = "image", .bytes = "x", .length = 1};
    cap_images_entry_free(cap_images_publish(images, "/p", "b", "{}", cap_images_begin(NULL), NULL, 0, &file, 1, NULL));
    cap_images_free(images);
    assert_true(report(at("guests"), "image cache", "ok", "1 entries"));
}

static void test_tree_hash(void **state) {
    (void)state;
    char first[CAP_HASH_TEXT], second[CAP_HASH_TEXT];
    make_directory("tree");
    make_directory("tree/a");
    put("tree/a/x", "1");
    put("tree/b", "2");
    int fd = open(at("tree"), O_RDONLY | O_DIRECTORY);
    assert_int_equal(cap_hash_tree(fd, first, NULL, NULL), 0);
    age("tree/b", 100);
    assert_int_equal(cap_hash_tree(fd, second, NULL, NULL), 0);
    assert_string_equal(first, second);
    assert_int_equal(rename(at("tree/a/x"), at("tree/x")), 0); /* the same names and contents, elsewhere */
    assert_int_equal(cap_hash_tree(fd, second, NULL, NULL), 0);
    assert_string_not_equal(first, second);
    assert_int_equal(mkfifo(at("tree/fifo"), 0600), 0);
    assert_int_equal(cap_hash_tree(fd, second, NULL, NULL), -1);
    close(fd);
}

#if defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* A process that may not reserve the addresses of one sandbox. Sanitizers need more than that themselves. */
static void test_address_space(void **state) {
    (void)state;
    if (SANITIZED) skip();
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {UINT64_C(1) << 30, UINT64_C(1) << 30};
        setrlimit(RLIMIT_AS, &limit);
        cap_images *images = cap_images_create(at("cache"), 0);
        char *json = NULL;
        bool healthy = true;
        cap_doctor_report(at("guests"), images, &json, &healthy, NULL);
        _exit(!healthy && strstr(json, "8 GiB cannot be reserved: limit of 1024 MB") ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        doctor_test(test_whole), doctor_test(test_missing),   doctor_test(test_damaged),       doctor_test(test_newest),
        doctor_test(test_cache), doctor_test(test_tree_hash), doctor_test(test_address_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
