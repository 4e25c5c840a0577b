/* Directories of packages in the cache: made once, whole or made again, and nobody waits for ever. */
#include "scratch.h"

#include <sys/file.h>

#include "base/cleanup.h"
#include "store/distributions.h"
#include "store/resolved.h"
#include "store/unpacked.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int made; /* how often */

static int make(void *context, const char *directory, int site, capsule_error **error) {
    made++;
    if (context) return cap_error_set(error, CAPSULE_BUILD, "%s", (const char *)context);
    assert_int_equal(strncmp(directory, scratch, strlen(scratch)), 0);
    int fd = openat(site, "one.py", O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "X = 1\n", 6), 6);
    close(fd);
    assert_int_equal(mkdirat(site, "one-1.0.dist-info", 0700), 0);
    return 0;
}

static int open_key(cap_images *images, void *context, cap_resolved *ret, capsule_error **error) {
    return cap_resolved_open(images, KEY, 200, make, context, ret, error);
}

static void clear(cap_resolved *resolved) {
    if (resolved->temporary) cap_unpacked_remove(resolved->temporary);
    free(resolved->site);
    free(resolved->temporary);
}

static void test_made_once(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 0);
    cap_resolved first, second;
    made = 0;
    assert_int_equal(open_key(images, NULL, &first, NULL), 0);
    assert_int_equal(open_key(images, NULL, &second, NULL), 0);
    assert_int_equal(made, 1);
    assert_string_equal(first.site, second.site);
    assert_string_equal(first.tree, second.tree);
    assert_null(first.temporary);
    assert_string_equal(first.site, at("cache/packages/" KEY "/site"));
    assert_false(exists("cache/packages/" KEY ".lock"));
    clear(&first);
    clear(&second);
    cap_images_free(images);
}

static void test_damage(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 0);
    cap_resolved resolved;
    made = 0;
    assert_int_equal(open_key(images, NULL, &resolved, NULL), 0);
    clear(&resolved);
    put("cache/packages/" KEY "/tree", "cut");
    assert_int_equal(open_key(images, NULL, &resolved, NULL), 0);
    clear(&resolved);
    assert_int_equal(made, 2);
    unlink(at("cache/packages/" KEY "/tree"));
    assert_int_equal(open_key(images, NULL, &resolved, NULL), 0);
    clear(&resolved);
    assert_int_equal(made, 3);
    cap_images_free(images);
}

static void test_failure_leaves_nothing(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 0);
    cap_resolved resolved;
    capsule_error *error = NULL;
    assert_int_equal(open_key(images, (void *)(uintptr_t) "no luck", &resolved, &error), -1);
    assert_string_equal(capsule_error_message(error), "no luck");
    capsule_error_free(error);
    assert_int_equal(rmdir(at("cache/packages")), 0);
    cap_images_free(images);
}

static void test_waiting_ends(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 0);
    cap_resolved resolved;
    capsule_error *error = NULL;
    make_directory("cache");
    make_directory("cache/packages");
    put("cache/packages/" KEY ".lock", "");
    int lock = open(at("cache/packages/" KEY ".lock"), O_RDWR);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(open_key(images, NULL, &resolved, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_BUILD);
    assert_non_null(strstr(capsule_error_message(error), "another process has been resolving the same packages"));
    capsule_error_free(error);
    close(lock); /* whoever held it is gone, and left the file */
    assert_int_equal(open_key(images, NULL, &resolved, NULL), 0);
    clear(&resolved);
    assert_false(exists("cache/packages/" KEY ".lock"));
    cap_images_free(images);
}

static void test_without_cache(void **state) {
    (void)state;
    make_directory("open");
    make_directory("tmp");
    assert_int_equal(chmod(at("open"), 0777), 0);
    assert_int_equal(setenv("TMPDIR", at("tmp"), 1), 0);
    cap_images *images = cap_images_create(at("open"), 0);
    cap_resolved resolved;
    assert_int_equal(open_key(images, NULL, &resolved, NULL), 0);
    assert_int_equal(strncmp(resolved.site, at("tmp/"), strlen(at("tmp/"))), 0);
    clear(&resolved);
    assert_int_equal(open_key(images, (void *)(uintptr_t) "no luck", &resolved, NULL), -1);
    assert_int_equal(rmdir(at("tmp")), 0);
    cap_images_free(images);
}

/* Packages are evicted and pruned like everything else; used lately they are spared when space is needed. */
static void test_listed_and_swept(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 0);
    cap_resolved resolved;
    char *json = NULL;
    uint64_t removed = 0;
    assert_int_equal(open_key(images, NULL, &resolved, NULL), 0);
    clear(&resolved);
    assert_int_equal(cap_images_list(images, &json, NULL), 0);
    assert_non_null(strstr(json, "\"key\":\"" KEY "\",\"kind\":\"packages\",\"file\":\"one 1.0\",\"language\":\"python\""));
    free(json);
    assert_int_equal(cap_images_prune(images, 0, &removed, NULL), 0);
    assert_true(removed > 4096);
    assert_false(exists("cache/packages/" KEY));
    cap_images_free(images);
    images = cap_images_create(at("cache"), 1);
    assert_int_equal(open_key(images, NULL, &resolved, NULL), 0);
    assert_true(exists("cache/packages/" KEY "/site/one.py"));
    clear(&resolved);
    cap_images_free(images);
}

static void test_distributions(void **state) {
    (void)state;
    static const char *const names[] = {"a-b-1.0.dist-info", "Z_z-2!1+x.dist-info", "none.dist-info", "-1.dist-info", "a-1.egg-info", "\xff-1.dist-info"};
    make_directory("site");
    for (size_t i = 0; i < CAP_COUNT(names); i++) {
        char path[64];
        snprintf(path, sizeof path, "site/%s", names[i]);
        make_directory(path);
    }
    int site = open(at("site"), O_RDONLY | O_DIRECTORY);
    cap_distributions all;
    assert_int_equal(cap_distributions_list(site, SIZE_MAX, &all), 0);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.items[0].name, "Z_z");
    assert_string_equal(all.items[0].version, "2!1+x");
    assert_string_equal(all.items[1].name, "a-b");
    assert_string_equal(all.items[1].version, "1.0");
    cap_distributions_clear(&all);
    assert_int_equal(cap_distributions_list(site, 1, &all), 0);
    assert_int_equal(all.count, 1);
    cap_distributions_clear(&all);
    close(site);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_made_once),     scratch_test(test_damage),        scratch_test(test_failure_leaves_nothing),
        scratch_test(test_waiting_ends),  scratch_test(test_without_cache), scratch_test(test_listed_and_swept),
        scratch_test(test_distributions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
