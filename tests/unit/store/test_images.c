/* The image cache: what is found, what is stale, what is refused, what goes when the cache is full. */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/files.h"
#include "store/images.h"
#include "store/images_internal.h"

static cap_images *open_cache(void) {
    cap_images *images = cap_images_create(at("cache"), 0);
    assert_non_null(images);
    return images;
}

static const char record[] = "{\"file\":\"hello.py\",\"language\":\"python\",\"tasks\":[]}";

/* A clock tick later than every change made so far. */
static int64_t tick(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t changes_end = now.tv_sec * INT64_C(1000000000) + now.tv_nsec, since;
    while ((since = cap_images_begin(NULL)) <= changes_end) pause_ms(1);
    return since;
}

static cap_images_entry *publish(cap_images *images, int64_t since, const cap_images_input *inputs, size_t count,
                                 capsule_error **error) {
    cap_images_file files[] = {{.name = "image", .bytes = "IMAGE", .length = 5},
                               {.name = "bundle.js", .bytes = "code", .length = 4}};
    return cap_images_publish(images, "/p/hello.py", "build-1", record, since, inputs, count, files, 2, error);
}

static cap_images_entry *find(cap_images *images) { return cap_images_find(images, "/p/hello.py", "build-1"); }

static void assert_found(cap_images *images) {
    cap_images_entry *entry = find(images);
    assert_non_null(entry);
    cap_images_entry_free(entry);
}

static void publish_good(cap_images *images, const cap_images_input *inputs, size_t count) {
    capsule_error *error = NULL;
    cap_images_entry *entry = publish(images, tick(), inputs, count, &error);
    assert_string_equal(capsule_error_message(error), "");
    assert_non_null(entry);
    cap_images_entry_free(entry);
}

static void test_round_trip(void **state) {
    (void)state;
    cap_images *images = open_cache();
    assert_null(cap_images_problem(images));
    assert_null(find(images));
    make_directory("app");
    put("app/hello.py", "print(1)");
    cap_images_input inputs[] = {{at("app/hello.py"), true}, {at("app/json.py"), false}, {at("app"), true}};
    publish_good(images, inputs, 3);
    cap_images_entry *entry = find(images);
    assert_non_null(entry);
    assert_string_equal(cap_images_entry_record(entry), record);
    int fd = cap_images_entry_open_image(entry);
    char text[16] = "";
    assert_int_equal(read(fd, text, sizeof text), 5);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    close(fd);
    size_t length = 0;
    char *code = cap_images_entry_read(entry, "bundle.js", &length);
    assert_string_equal(code, "code");
    assert_int_equal(length, 4);
    free(code);
    assert_null(cap_images_entry_read(entry, "other", &length));
    cap_images_entry_free(entry);
    assert_null(cap_images_find(images, "/p/hello.py", "build-2"));
    assert_null(cap_images_find(images, "/p/other.py", "build-1"));
    cap_images_free(images);
}

static void test_changed_content(void **state) {
    (void)state;
    cap_images *images = open_cache();
    put("hello.py", "print(1)");
    cap_images_input inputs[] = {{at("hello.py"), true}};
    publish_good(images, inputs, 1);
    put("hello.py", "print(2)"); /* same size; perhaps the same tick */
    assert_null(find(images));
    put("hello.py", "print(1)"); /* other times, same content */
    assert_found(images);
    put("hello.py", "print(11)");
    assert_null(find(images));
    unlink(at("hello.py"));
    assert_null(find(images));
    make_directory("hello.py");
    assert_null(find(images));
    cap_images_free(images);
}

static void test_same_times_other_content(void **state) {
    (void)state;
    cap_images *images = open_cache();
    put("hello.py", "print(1)");
    cap_images_input inputs[] = {{at("hello.py"), true}};
    publish_good(images, inputs, 1);
    struct stat status;
    assert_int_equal(stat(at("hello.py"), &status), 0);
    put("hello.py", "print(2)");
    struct timespec times[2] = {status.st_atim, status.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, at("hello.py"), times, 0), 0);
    assert_null(find(images)); /* ctime cannot be set back */
    cap_images_free(images);
}

/* A young file is judged by content at first; once it is old, the entry is brought up to date. */
static void test_young_then_settled(void **state) {
    (void)state;
    cap_images *images = open_cache();
    put("hello.py", "print(1)");
    cap_images_input inputs[] = {{at("hello.py"), true}};
    publish_good(images, inputs, 1);
    cap_images_entry *entry = find(images);
    assert_false(entry->entry.inputs[0].settled);
    cap_images_entry_free(entry);
    pause_ms(2100);
    entry = find(images);
    assert_true(entry->entry.inputs[0].settled);
    cap_images_entry_free(entry);
    entry = find(images); /* read back from disk */
    assert_true(entry->entry.inputs[0].settled);
    cap_images_entry_free(entry);
    put("hello.py", "print(2)");
    assert_null(find(images));
    cap_images_free(images);
}

static void test_negative_lookup(void **state) {
    (void)state;
    cap_images *images = open_cache();
    put("hello.py", "import json");
    make_directory("other");
    cap_images_input inputs[] = {{at("hello.py"), true}, {at("other/json.py"), false}, {at("none/json.py"), false}};
    publish_good(images, inputs, 3);
    assert_found(images);
    put("other/json.py", "");
    assert_null(find(images));
    unlink(at("other/json.py"));
    assert_found(images);
    make_directory("none");
    assert_found(images);
    assert_int_equal(symlink("../hello.py", at("none/json.py")), 0);
    assert_null(find(images));
    cap_images_free(images);
}

static void test_listing(void **state) {
    (void)state;
    cap_images *images = open_cache();
    make_directory("app");
    put("app/hello.py", "import json");
    cap_images_input inputs[] = {{at("app"), true}, {at("app/hello.py"), true}};
    publish_good(images, inputs, 2);
    put("app/output.txt", "no module"); /* changes the directory's times, not what a search sees */
    put("app/.hidden.py", "");
    make_directory("app/__pycache__");
    make_directory("app/.capsule");
    assert_found(images);
    put("app/json.py", "");
    assert_null(find(images));
    unlink(at("app/json.py"));
    assert_found(images);
    make_directory("app/json");
    assert_null(find(images));
    rmdir(at("app/json"));
    assert_int_equal(symlink("a", at("app/package")), 0);
    assert_null(find(images));
    publish_good(images, inputs, 2);
    unlink(at("app/package"));
    assert_int_equal(symlink("b", at("app/package")), 0);
    assert_null(find(images)); /* the same names, but a link leads elsewhere */
    cap_images_free(images);
}

static void assert_refused(cap_images *images, int64_t since, const cap_images_input *inputs, size_t count,
                           const char *text) {
    capsule_error *error = NULL;
    assert_null(publish(images, since, inputs, count, &error));
    if (!strstr(capsule_error_message(error), text)) fail_msg("'%s' lacks '%s'", capsule_error_message(error), text);
    capsule_error_free(error);
    assert_null(find(images));
}

static void test_refused_inputs(void **state) {
    (void)state;
    cap_images *images = open_cache();
    cap_images_input missing[] = {{at("hello.py"), true}};
    assert_refused(images, tick(), missing, 1, "hello.py");
    int64_t before = tick();
    put("hello.py", "print(1)");
    assert_refused(images, before, missing, 1, "changed during the import");
    cap_images_input appeared[] = {{at("hello.py"), false}};
    assert_refused(images, tick(), appeared, 1, "appeared during the import");
    cap_images_input relative[] = {{"hello.py", true}};
    assert_refused(images, tick(), relative, 1, "not an absolute path");
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    cap_images_input fifo[] = {{at("fifo"), true}};
    assert_refused(images, tick(), fifo, 1, "fifo");
    cap_images_input strange[] = {{at("hello.py"), true}, {"/none/\xff.py", false}};
    assert_refused(images, tick(), strange, 2, "not UTF-8");
    cap_images_free(images);
}

/* A program that was written a moment ago can be kept at once. */
static void test_just_written(void **state) {
    (void)state;
    cap_images *images = open_cache();
    for (int i = 0; i < 20; i++) {
        make_directory("app");
        put("app/helper.py", "x");
        put("app/hello.py", "import helper");
        int64_t since = cap_images_begin(at("app/hello.py"));
        cap_images_input inputs[] = {{at("app/hello.py"), true}, {at("app/helper.py"), true}, {at("app"), true}};
        capsule_error *error = NULL;
        cap_images_entry *entry = publish(images, since, inputs, 3, &error);
        assert_string_equal(capsule_error_message(error), "");
        cap_images_entry_free(entry);
        unlink(at("app/helper.py"));
        unlink(at("app/hello.py"));
        assert_int_equal(rmdir(at("app")), 0);
    }
    cap_images_free(images);
}

static void test_repeated_inputs(void **state) {
    (void)state;
    cap_images *images = open_cache();
    put("hello.py", "print(1)");
    cap_images_input inputs[] = {{at("hello.py"), true}, {at("no.py"), false}, {at("hello.py"), true}, {at("no.py"), false}};
    publish_good(images, inputs, 4);
    cap_images_entry *entry = find(images);
    assert_int_equal(entry->entry.input_count, 2);
    cap_images_entry_free(entry);
    cap_images_prune(images, 0, NULL, NULL);
    inputs[2].found = false; /* it was there, and it was not */
    assert_refused(images, tick(), inputs, 4, "changed during the import");
    cap_images_free(images);
}

/* No temporary directory stays, whatever failed. */
static void assert_no_leftovers(void) {
    DIR *stream = opendir(at("cache/programs"));
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        if (strncmp(entry->d_name, "tmp-", 4) == 0) fail_msg("left behind: %s", entry->d_name);
    closedir(stream);
}

static int fail_to_write(void *context, int fd) {
    (void)context;
    assert_int_equal(write(fd, "half", 4), 4);
    errno = ENOSPC;
    return -1;
}

static void test_failing_writer(void **state) {
    (void)state;
    cap_images *images = open_cache();
    capsule_error *error = NULL;
    cap_images_file file = {.name = "image", .write = fail_to_write};
    assert_null(cap_images_publish(images, "/p/hello.py", "build-1", record, tick(), NULL, 0, &file, 1, &error));
    assert_non_null(strstr(capsule_error_message(error), "No space left"));
    capsule_error_free(error);
    error = NULL;
    file = (cap_images_file){.name = "../escape", .bytes = "", .length = 0};
    assert_null(cap_images_publish(images, "/p/hello.py", "build-1", record, tick(), NULL, 0, &file, 1, &error));
    assert_int_equal(capsule_error_code(error), CAPSULE_FAULT);
    capsule_error_free(error);
    assert_no_leftovers();
    cap_images_free(images);
}

/* A limit on file sizes is an error here, not the end of the process. */
static void test_file_size_limit(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        cap_images *images = open_cache();
        struct rlimit limit = {100, 100};
        setrlimit(RLIMIT_FSIZE, &limit);
        cap_images_file file = {.name = "image", .length = 200, .write = fail_to_write};
        capsule_error *error = NULL;
        bool kept = cap_images_publish(images, "/p", "b", "{}", tick(), NULL, 0, &file, 1, &error);
        _exit(kept || !strstr(capsule_error_message(error), "File too large") ? 1 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_no_leftovers();
}

static void test_replaced_entry(void **state) {
    (void)state;
    cap_images *images = open_cache();
    publish_good(images, NULL, 0);
    cap_images_entry *old = find(images);
    cap_images_file file = {.name = "image", .bytes = "SECOND", .length = 6};
    cap_images_entry *fresh =
        cap_images_publish(images, "/p/hello.py", "build-1", "{}", tick(), NULL, 0, &file, 1, NULL);
    assert_non_null(fresh);
    char *text = cap_images_entry_read(old, "image", NULL); /* what was found stays readable */
    assert_string_equal(text, "IMAGE");
    free(text);
    text = cap_images_entry_read(fresh, "image", NULL);
    assert_string_equal(text, "SECOND");
    free(text);
    assert_no_leftovers();
    cap_images_entry_free(old);
    cap_images_entry_free(fresh);
    cap_images_free(images);
}

/* Path of the only entry's file. */
static const char *in_entry(const char *file) {
    char key[CAP_IMAGES_KEY_TEXT], name[256];
    cap_images_key("/p/hello.py", "build-1", key);
    snprintf(name, sizeof name, "cache/programs/%s/%s", key, file);
    return at(name);
}

static void test_damaged_entries(void **state) {
    (void)state;
    cap_images *images = open_cache();
    publish_good(images, NULL, 0);
    assert_int_equal(truncate(in_entry("image"), 3), 0);
    assert_null(find(images));
    publish_good(images, NULL, 0);
    assert_int_equal(truncate(in_entry("entry.json"), 40), 0);
    assert_null(find(images));
    publish_good(images, NULL, 0);
    unlink(in_entry("entry.json"));
    assert_int_equal(symlink("/etc/passwd", in_entry("entry.json")), 0);
    assert_null(find(images));
    publish_good(images, NULL, 0);
    unlink(in_entry("image"));
    assert_null(find(images));
    publish_good(images, NULL, 0);
    assert_found(images);
    cap_images_health health;
    int fd = open(in_entry("image"), O_WRONLY);
    assert_int_equal(pwrite(fd, "X", 1, 0), 1);
    close(fd);
    assert_int_equal(cap_images_check(images, false, &health, NULL), 0);
    assert_int_equal(health.entries, 1);
    assert_int_equal(cap_images_check(images, true, &health, NULL), 0);
    assert_int_equal(health.damaged, 1);
    assert_null(find(images));
    cap_images_free(images);
}

/* Every truncation and many single-byte changes of entry.json: a miss or a hit, never a crash. */
static void test_mangled_description(void **state) {
    (void)state;
    cap_images *images = open_cache();
    put("hello.py", "print(1)");
    cap_images_input inputs[] = {{at("hello.py"), true}, {at("json.py"), false}};
    publish_good(images, inputs, 2);
    size_t length = 0;
    char *text = cap_file_read(AT_FDCWD, in_entry("entry.json"), false, 1 << 20, &length);
    assert_non_null(text);
    for (size_t i = 0; i < length; i++) {
        char kept = text[i];
        text[i] = (char)(kept ^ (1 << i % 8));
        int fd = open(in_entry("entry.json"), O_WRONLY | O_TRUNC);
        assert_int_equal(write(fd, text, i % 3 ? length : i), (ssize_t)(i % 3 ? length : i));
        close(fd);
        text[i] = kept;
        cap_images_entry_free(find(images));
    }
    free(text);
    cap_images_free(images);
}

/* After another boot the files are compared with their hashes once. */
static void test_other_boot(void **state) {
    (void)state;
    cap_images *images = open_cache();
    publish_good(images, NULL, 0);
    cap_images_entry *entry = find(images);
    strcpy(entry->entry.boot, "earlier");
    assert_int_equal(cap_entry_write(entry->dir, &entry->entry, NULL), 0);
    cap_images_entry_free(entry);
    entry = find(images);
    assert_string_equal(entry->entry.boot, cap_boot_id());
    strcpy(entry->entry.boot, "earlier");
    assert_int_equal(cap_entry_write(entry->dir, &entry->entry, NULL), 0);
    cap_images_entry_free(entry);
    int fd = open(in_entry("image"), O_WRONLY);
    assert_int_equal(pwrite(fd, "\0\0", 2, 0), 2); /* as if blocks never reached the disk */
    close(fd);
    assert_null(find(images));
    cap_images_free(images);
}

static int write_large(void *context, int fd) {
    char block[4096];
    memset(block, *(const char *)context, sizeof block);
    for (int i = 0; i < 64; i++)
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block) return -1;
    return ftruncate(fd, 64 << 20); /* a long hole: only blocks count */
}

static void publish_numbered(cap_images *images, int number, bool expected) {
    char name[32], content = (char)('a' + number);
    snprintf(name, sizeof name, "/p/%d.py", number);
    cap_images_file file = {.name = "image", .write = write_large, .context = &content};
    cap_images_entry *entry = cap_images_publish(images, name, "b", "{}", cap_images_begin(NULL), NULL, 0, &file, 1, NULL);
    assert_int_equal(entry != NULL, expected);
    cap_images_entry_free(entry);
}

static void set_last_use(int number, int seconds) {
    char key[CAP_IMAGES_KEY_TEXT], name[32], path[256];
    snprintf(name, sizeof name, "/p/%d.py", number);
    cap_images_key(name, "b", key);
    snprintf(path, sizeof path, "cache/programs/%s/entry.json", key);
    age(path, seconds);
}

static bool has(cap_images *images, int number) {
    char name[32];
    snprintf(name, sizeof name, "/p/%d.py", number);
    cap_images_entry *entry = cap_images_find(images, name, "b");
    cap_images_entry_free(entry);
    return entry != NULL;
}

static void test_eviction(void **state) {
    (void)state;
    cap_images *images = cap_images_create(at("cache"), 1000 << 10); /* room for three of 260 KiB and a little */
    for (int i = 0; i < 3; i++) {
        publish_numbered(images, i, true);
        set_last_use(i, 1000 - 100 * i);
    }
    assert_true(has(images, 0)); /* used again: now the youngest */
    publish_numbered(images, 3, true);
    assert_true(has(images, 0));
    assert_false(has(images, 1));
    assert_true(has(images, 3));
    cap_images_free(images);
    images = cap_images_create(at("cache"), 100 << 10);
    publish_numbered(images, 4, false); /* larger than the whole cache */
    assert_no_leftovers();
    cap_images_free(images);
}

static void test_prune_and_list(void **state) {
    (void)state;
    cap_images *images = open_cache();
    char *json = NULL;
    assert_int_equal(cap_images_list(images, &json, NULL), 0);
    assert_string_equal(json, "[]");
    free(json);
    publish_good(images, NULL, 0);
    for (int i = 0; i < 3; i++) {
        publish_numbered(images, i, true);
        set_last_use(i, 1000 - 100 * i);
    }
    assert_int_equal(cap_images_list(images, &json, NULL), 0);
    assert_non_null(strstr(json, "\"file\":\"hello.py\",\"language\":\"python\",\"bytes\":"));
    assert_non_null(strstr(json, "\"file\":\"/p/2.py\""));
    assert_true(strstr(json, "/p/2.py") < strstr(json, "/p/0.py"));
    free(json);
    uint64_t removed = 0;
    assert_int_equal(cap_images_prune(images, 600 << 10, &removed, NULL), 0);
    assert_in_range(removed, 256 << 10, 400 << 10);
    assert_false(has(images, 0));
    assert_true(has(images, 2));
    assert_int_equal(cap_images_prune(images, 0, &removed, NULL), 0);
    assert_true(removed > 0);
    assert_null(find(images));
    cap_images_free(images);
}

static void test_leftovers(void **state) {
    (void)state;
    cap_images *images = open_cache();
    publish_good(images, NULL, 0);
    make_directory("cache/programs/tmp-dead");
    put("cache/programs/tmp-dead/image", "half");
    make_directory("cache/programs/tmp-alive");
    int alive = open(at("cache/programs/tmp-alive"), O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(alive, LOCK_EX), 0);
    make_directory("cache/programs/tmp-stuck");
    int stuck = open(at("cache/programs/tmp-stuck"), O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(stuck, LOCK_EX), 0);
    age("cache/programs/tmp-stuck", 7200);
    assert_int_equal(cap_images_prune(images, UINT64_MAX, NULL, NULL), 0);
    assert_false(exists("cache/programs/tmp-dead"));
    assert_true(exists("cache/programs/tmp-alive"));
    assert_false(exists("cache/programs/tmp-stuck"));
    close(alive);
    close(stuck);
    assert_found(images);
    cap_images_free(images);
}

static void assert_problem(const char *text) {
    cap_images *images = open_cache();
    capsule_error *error = NULL;
    const char *problem = cap_images_problem(images);
    if (!problem || !strstr(problem, text)) fail_msg("'%s' lacks '%s'", problem ? problem : "(none)", text);
    assert_null(find(images));
    assert_null(publish(images, tick(), NULL, 0, &error));
    assert_int_equal(capsule_error_code(error), CAPSULE_CONFIG);
    capsule_error_free(error);
    cap_images_free(images);
}

static void test_unsafe_directories(void **state) {
    (void)state;
    make_directory("cache");
    assert_int_equal(chmod(at("cache"), 0777), 0);
    assert_problem("can be written by others");
    assert_int_equal(chmod(at("cache"), 01777), 0); /* sticky helps a parent only */
    assert_problem("can be written by others");
    assert_int_equal(chmod(at("cache"), 0770), 0);
    assert_problem("chmod go-w");
    assert_int_equal(chmod(at("cache"), 0700), 0);
    assert_int_equal(chmod(scratch, 0777), 0);
    assert_problem(scratch);
    assert_int_equal(chmod(scratch, 01777), 0);
    cap_images *images = open_cache();
    assert_null(cap_images_problem(images));
    cap_images_free(images);
    assert_int_equal(chmod(scratch, 0700), 0);
    rmdir(at("cache"));
    put("cache", "a file");
    assert_problem("is not a directory");
}

static void test_foreign_owner(void **state) {
    (void)state;
    if (geteuid() != 0) skip();
    make_directory("cache");
    assert_int_equal(chown(at("cache"), 12345, 12345), 0);
    assert_problem("belongs to another user (uid 12345)");
    assert_int_equal(chown(at("cache"), 0, 0), 0);
    assert_int_equal(chown(scratch, 12345, 12345), 0);
    assert_problem("uid 12345");
    assert_int_equal(chown(scratch, 0, 0), 0);
}

static void test_default_place(void **state) {
    (void)state;
    setenv("CAPSULE_CACHE", "", 1);
    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", scratch, 1);
    cap_images *images = cap_images_create(NULL, 0);
    assert_string_equal(cap_images_directory(images), at(".cache/capsule"));
    publish_good(images, NULL, 0);
    assert_true(exists(".cache/capsule/programs"));
    cap_images_free(images);
    setenv("HOME", at("nowhere"), 1);
    images = cap_images_create(NULL, 0);
    assert_non_null(strstr(cap_images_problem(images), "CAPSULE_CACHE"));
    cap_images_free(images);
    assert_false(exists("nowhere"));
}

/* Processes that publish, find and prune the same entry at once: a find sees a whole entry or none. */
static void hammer(int seed) {
    cap_images *images = open_cache();
    srand((unsigned)seed);
    for (int i = 0; i < 150; i++) {
        char body[64];
        int length = snprintf(body, sizeof body, "%d-%d", seed, i);
        cap_images_file files[] = {{.name = "image", .bytes = body, .length = (size_t)length},
                                   {.name = "bundle.js", .bytes = body, .length = (size_t)length}};
        cap_images_entry *entry = NULL;
        if (rand() % 3 == 0)
            entry = cap_images_publish(images, "/p/hello.py", "build-1", body, cap_images_begin(NULL), NULL, 0, files, 2, NULL);
        else if (rand() % 20 == 0)
            cap_images_prune(images, 0, NULL, NULL);
        else
            entry = find(images);
        if (!entry) continue;
        char *image = cap_images_entry_read(entry, "image", NULL), *code = cap_images_entry_read(entry, "bundle.js", NULL);
        if (!image || !code || strcmp(image, code) != 0 || strcmp(image, cap_images_entry_record(entry)) != 0) _exit(1);
        free(image);
        free(code);
        cap_images_entry_free(entry);
    }
    cap_images_free(images);
    _exit(0);
}

static void test_many_processes(void **state) {
    (void)state;
    pid_t children[6];
    for (int i = 0; i < 6; i++)
        if ((children[i] = fork()) == 0) hammer(i);
    for (int i = 0; i < 6; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    cap_images *images = open_cache();
    assert_int_equal(cap_images_prune(images, UINT64_MAX, NULL, NULL), 0);
    assert_no_leftovers();
    cap_images_free(images);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_round_trip),         scratch_test(test_changed_content),
        scratch_test(test_same_times_other_content), scratch_test(test_young_then_settled),
        scratch_test(test_negative_lookup),    scratch_test(test_listing),
        scratch_test(test_refused_inputs),     scratch_test(test_failing_writer),
        scratch_test(test_replaced_entry),     scratch_test(test_damaged_entries),
        scratch_test(test_mangled_description), scratch_test(test_other_boot),
        scratch_test(test_eviction),           scratch_test(test_prune_and_list),
        scratch_test(test_leftovers),          scratch_test(test_unsafe_directories),
        scratch_test(test_foreign_owner),      scratch_test(test_default_place),
        scratch_test(test_many_processes),    scratch_test(test_repeated_inputs),
        scratch_test(test_just_written), scratch_test(test_file_size_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
