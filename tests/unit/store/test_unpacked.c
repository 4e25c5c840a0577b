/* Unpacked artifacts: made once, repaired when they are not what they were, bounded like everything in the cache. */
#include "scratch.h"

#include <sys/wait.h>

#include "store/files.h"
#include "store/trees.h"
#include "store/unpacked.h"

#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const cap_unpacked_file files[] = {
    {"main.py", "import package", 14}, {"package/__init__.py", "", 0}, {"package/deep/down/data.py", "a\0b", 3}};

static char *open_good(cap_images *images, const char *key) {
    char *path = NULL;
    bool temporary = true;
    capsule_error *error = NULL;
    int status = cap_unpacked_open(images, key, files, 3, &path, &temporary, &error);
    assert_string_equal(capsule_error_message(error), "");
    assert_int_equal(status, 0);
    assert_false(temporary);
    return path;
}

static void assert_content(const char *directory) {
    for (size_t i = 0; i < 3; i++) {
        char *path = cap_path_join(directory, files[i].path);
        size_t length = 0;
        char *data = cap_file_read(AT_FDCWD, path, false, 1000, &length);
        assert_non_null(data);
        assert_int_equal(length, files[i].length);
        assert_memory_equal(data, files[i].data, length);
        free(data);
        free(path);
    }
}

static void test_made_once(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 0);
    char *first = open_good(images, KEY_A);
    assert_string_equal(first, at("cache/artifacts/" KEY_A));
    assert_content(first);
    struct stat before, after;
    assert_int_equal(stat(at("cache/artifacts/" KEY_A "/main.py"), &before), 0);
    age("cache/artifacts/" KEY_A, 5000);
    char *second = open_good(images, KEY_A);
    assert_string_equal(first, second);
    assert_int_equal(stat(at("cache/artifacts/" KEY_A "/main.py"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(stat(second, &after), 0);
    assert_true(time(NULL) - after.st_mtime < 1000); /* its last use was written down */
    free(first);
    free(second);
    cap_images_free(images);
}

static void test_repaired(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 0);
    free(open_good(images, KEY_A));
    put("cache/artifacts/" KEY_A "/main.py", "import packag3");
    char *path = open_good(images, KEY_A);
    assert_content(path);
    free(path);
    unlink(at("cache/artifacts/" KEY_A "/package/deep/down/data.py"));
    assert_int_equal(symlink("/etc/passwd", at("cache/artifacts/" KEY_A "/package/deep/down/data.py")), 0);
    path = open_good(images, KEY_A);
    assert_content(path);
    free(path);
    cap_tree_remove(AT_FDCWD, at("cache/artifacts/" KEY_A));
    put("cache/artifacts/" KEY_A, "a file in the way");
    path = open_good(images, KEY_A);
    assert_content(path);
    free(path);
    cap_images_free(images);
}

static void test_without_cache(void **state) {
    (void)state;
    make_directory("cache");
    make_directory("tmp");
    chmod(at("cache"), 0777);
    setenv("TMPDIR", at("tmp"), 1);
    cap_images *images = cap_images_create(at("cache"), 0);
    char *path = NULL;
    bool temporary = false;
    assert_int_equal(cap_unpacked_open(images, KEY_A, files, 3, &path, &temporary, NULL), 0);
    assert_true(temporary);
    assert_content(path);
    cap_unpacked_remove(path);
    free(path);
    assert_int_equal(rmdir(at("tmp")), 0);
    capsule_error *error = NULL;
    assert_int_equal(cap_unpacked_open(images, KEY_A, files, 3, &path, &temporary, &error), -1);
    assert_non_null(strstr(capsule_error_message(error), "can be written by others")); /* both reasons */
    capsule_error_free(error);
    unsetenv("TMPDIR");
    cap_images_free(images);
}

static void test_eviction(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 100 << 10);
    free(open_good(images, KEY_A));
    free(open_good(images, KEY_B));
    age("cache/artifacts/" KEY_B, 7200);
    char block[60 << 10] = "";
    cap_images_file file = {.name = "image", .bytes = block, .length = sizeof block};
    cap_images_entry_free(cap_images_publish(images, "/p1", "b", "{}", cap_images_begin(NULL), NULL, 0, &file, 1, NULL));
    cap_images_entry_free(cap_images_publish(images, "/p2", "b", "{}", cap_images_begin(NULL), NULL, 0, &file, 1, NULL));
    assert_true(exists("cache/artifacts/" KEY_A)); /* just used: perhaps in use */
    assert_false(exists("cache/artifacts/" KEY_B));
    make_directory("cache/artifacts/tmp-dead");
    make_directory("cache/artifacts/tmp-dead/package");
    uint64_t removed = 0;
    assert_int_equal(cap_images_prune(images, 0, &removed, NULL), 0);
    assert_true(removed > 0);
    assert_false(exists("cache/artifacts/" KEY_A));
    assert_false(exists("cache/artifacts/tmp-dead"));
    cap_images_free(images);
}

static void test_many_processes(void **state) {
    (void)state;
    pid_t children[6];
    for (int i = 0; i < 6; i++)
        if ((children[i] = fork()) == 0) {
            cap_images *images = cap_images_create(at("cache"), 0);
            for (int j = 0; j < 30; j++) {
                char *path = NULL;
                bool temporary = false; /* when it was pruned in the very moment it was found */
                if (cap_unpacked_open(images, KEY_A, files, 3, &path, &temporary, NULL) < 0) _exit(1);
                if (temporary) cap_unpacked_remove(path);
                free(path);
                if (i == 0 && j % 10 == 5) cap_images_prune(images, 0, NULL, NULL);
            }
            cap_images_free(images);
            _exit(0);
        }
    for (int i = 0; i < 6; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    cap_images *images = cap_images_create(at("cache"), 0);
    char *path = open_good(images, KEY_A);
    assert_content(path);
    free(path);
    cap_images_free(images);
}

static void test_trees(void **state) {
    (void)state;
    make_directory("tree");
    make_directory("tree/a");
    make_directory("outside");
    put("outside/precious", "x");
    put("tree/a/file", "x");
    assert_int_equal(symlink(at("outside"), at("tree/a/link")), 0);
    assert_int_equal(symlink(at("outside"), at("link")), 0);
    assert_true(cap_tree_allocated(AT_FDCWD, at("tree")) >= 4096);
    assert_int_equal(cap_tree_remove(AT_FDCWD, at("tree")), 0);
    assert_int_equal(cap_tree_remove(AT_FDCWD, at("link")), 0);
    assert_true(exists("outside/precious"));
    assert_false(exists("tree"));
    assert_int_equal(cap_tree_remove(AT_FDCWD, at("tree")), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_made_once), scratch_test(test_repaired),       scratch_test(test_without_cache),
        scratch_test(test_eviction),  scratch_test(test_many_processes), scratch_test(test_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
