/* Many writers at once, and sudden ends. */
#include "trace_support.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>


static void *write_many(void *argument) {
    cap_trace *trace = argument;
    static atomic_uint next;
    for (int i = 0; i < 100; i++) {
        char id[32];
        cap_trace_row row = make_row(numbered_id(id, atomic_fetch_add(&next, 1)));
        if (cap_trace_write(trace, &row, 1, NULL) < 0) return trace;
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) assert_int_equal(pthread_create(&threads[i], NULL, write_many, trace), 0);
    for (int i = 0; i < 8; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(count_listed(), 800);
    assert_true(trace->commits < 800); /* grouped */
    cap_trace_free(trace);
}

static void test_processes(void **state) {
    (void)state;
    pid_t children[6];
    for (unsigned i = 0; i < 6; i++) {
        if ((children[i] = fork()) != 0) continue;
        for (unsigned j = 0; j < 25; j++) write_once(i * 1000 + j);
        _exit(0);
    }
    for (int i = 0; i < 6; i++) assert_int_equal(wait_for(children[i]), 0);
    assert_int_equal(count_listed(), 150);
    assert_null(file_like("trace.db.corrupt-"));
    assert_sql("PRAGMA integrity_check", "ok");
}

static void test_fork(void **state) {
    (void)state;
    cap_trace *trace = cap_trace_create(scratch, &keep_all);
    write_number(trace, 1);
    pid_t child = fork();
    if (child == 0) {
        write_number(trace, 2);
        _exit(0);
    }
    assert_int_equal(wait_for(child), 0);
    write_number(trace, 3);
    assert_int_equal(count_listed(), 3);
    cap_trace_free(trace);
}

/* Every row that was acknowledged is there after kill -9, and the database is whole. */
static void test_kill(void **state) {
    (void)state;
    unsigned total = 0;
    for (int round = 0; round < 25; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            cap_trace *trace = cap_trace_create(scratch, &keep_all);
            trace->bounds.checkpoint_frames = 16;
            for (unsigned i = total;; i++) {
                write_number(trace, i);
                if (write(ends[1], &i, sizeof i) != sizeof i) _exit(1);
            }
        }
        close(ends[1]);
        unsigned last;
        assert_int_equal(read(ends[0], &last, sizeof last), sizeof last); /* however slow this machine is */
        total = last + 1;
        pause_ms(1 + round * 3);
        kill(child, SIGKILL);
        wait_for(child);
        while (read(ends[0], &last, sizeof last) == sizeof last) total = last + 1;
        close(ends[0]);
        char expected[32];
        snprintf(expected, sizeof expected, "%u", total);
        char question[128];
        snprintf(question, sizeof question, "SELECT count(*) FROM runs WHERE substr(id,17)+0 < %u", total);
        if (total > 0) assert_sql(question, expected);
        assert_null(file_like("trace.db.corrupt-"));
    }
    assert_true(total > 0);
    assert_sql("PRAGMA integrity_check", "ok");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(test_threads),
        scratch_test(test_processes),
        scratch_test(test_fork),
        scratch_test(test_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
