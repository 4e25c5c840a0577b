/* The second engine, and the two of them in one process. */
#include "unit/engine/support.h"

#include <stdlib.h>
#include <string.h>

#include "engine/jit/jit_internal.h"
#include "wasi/wasi.h"

#define LIMITS ((cap_jit_limits){.ram = 16u << 20, .fuel = 1000000})

static const char *library(void) {
    const char *given = getenv("CAPSULE_TEST_ENGINE");
    return given ? given : "build/engine/libwasmtime.so";
}

static cap_jit *make_jit(bool fuel) {
    capsule_error *error = NULL;
    cap_jit *jit = NULL;
    if (cap_jit_create(library(), &(cap_jit_settings){.fuel = fuel}, &jit, &error) < 0) fail_msg("%s", capsule_error_message(error));
    return jit;
}

/* (module
 *    (import "test" "note" (func $note (param i32) (result i32)))
 *    (import "test" "nap" (func $nap (param i32) (result i32)))
 *    (memory 1 2)
 *    (func (export "peek") (result i32) (i32.load (i32.const 65536)))
 *    (func (export "loop") (loop (br 0)))
 *    (func (export "nap_long") (result i32) (call $nap (i32.const 0x7fffffff)))
 *    (func (export "next") (result i32) (i32.add (call $note (i32.const 5)) (i32.const 1)))) */
static const unsigned char module_bytes[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0d, 0x03, 0x60, 0x00, 0x00, 0x60, 0x00, 0x01, 0x7f,
    0x60, 0x01, 0x7f, 0x01, 0x7f, 0x02, 0x18, 0x02, 0x04, 0x74, 0x65, 0x73, 0x74, 0x04, 0x6e, 0x6f, 0x74, 0x65,
    0x00, 0x02, 0x04, 0x74, 0x65, 0x73, 0x74, 0x03, 0x6e, 0x61, 0x70, 0x00, 0x02, 0x03, 0x05, 0x04, 0x01, 0x00,
    0x01, 0x01, 0x05, 0x04, 0x01, 0x01, 0x01, 0x02, 0x07, 0x21, 0x04, 0x04, 0x70, 0x65, 0x65, 0x6b, 0x00, 0x02,
    0x04, 0x6c, 0x6f, 0x6f, 0x70, 0x00, 0x03, 0x08, 0x6e, 0x61, 0x70, 0x5f, 0x6c, 0x6f, 0x6e, 0x67, 0x00, 0x04,
    0x04, 0x6e, 0x65, 0x78, 0x74, 0x00, 0x05, 0x0a, 0x28, 0x04, 0x09, 0x00, 0x41, 0x80, 0x80, 0x04, 0x28, 0x02,
    0x00, 0x0b, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b, 0x0a, 0x00, 0x41, 0xff, 0xff, 0xff, 0xff, 0x07,
    0x10, 0x01, 0x0b, 0x09, 0x00, 0x41, 0x05, 0x10, 0x00, 0x41, 0x01, 0x6a, 0x0b,
};

static uint32_t note(cap_host *host, uint32_t value) {
    ((notes *)host->owner)->last = (int32_t)value;
    assert_int_equal(host->memory->size, CAP_WASM_PAGE);
    return value;
}

static uint32_t nap(cap_host *host, uint32_t ms) {
    (void)ms;
    cap_host_stop(host, CAP_STOP_TIMEOUT, 0); /* as if the deadline came meanwhile */
    return 0;
}

static const cap_host_function functions[] = {
    {"test", "note", "i>i", (void (*)(void))note},
    {"test", "nap", "i>i", (void (*)(void))nap},
    {0},
};
static const cap_host_function *const tables[] = {functions, NULL};

static cap_jit_module *compile(cap_jit *jit) {
    capsule_error *error = NULL;
    cap_jit_module *module = NULL;
    if (cap_jit_module_compile(jit, module_bytes, sizeof module_bytes, &module, &error) < 0 || cap_jit_module_bind(module, tables, &error) < 0)
        fail_msg("%s", capsule_error_message(error));
    return module;
}

/* ---- Calls on a guest thread ---- */

typedef struct jit_call {
    cap_jit_instance *instance;
    const char *name; /* NULL: the start alone */
    cap_jit_outcome outcome;
} jit_call;

static void run(void *argument) {
    jit_call *self = argument;
    capsule_error *error = NULL;
    int status = self->name ? cap_jit_instance_call(self->instance, self->name, &self->outcome, &error)
                            : cap_jit_instance_start(self->instance, &self->outcome, &error);
    if (status < 0) fail_msg("%s", capsule_error_message(error));
}

static cap_jit_outcome call_jit(cap_jit_instance *instance, const char *name) {
    jit_call self = {.instance = instance, .name = name};
    on_guest_thread(run, &self);
    free(self.outcome.trace);
    self.outcome.trace = NULL;
    return self.outcome;
}

static cap_jit_instance *start(const cap_jit_module *module, notes *owner) {
    capsule_error *error = NULL;
    cap_jit_instance *instance = NULL;
    if (cap_jit_instance_create(module, &LIMITS, &instance, &error) < 0) fail_msg("%s", capsule_error_message(error));
    cap_jit_instance_host(instance)->owner = owner;
    assert_int_equal(call_jit(instance, NULL).trap, CAP_TRAP_NONE);
    return instance;
}

/* ---- Tests ---- */

static void calls_and_answers(void **state) {
    (void)state;
    notes seen = {0};
    cap_jit *jit = make_jit(false);
    cap_jit_module *module = compile(jit);
    cap_jit_instance *instance = start(module, &seen);
    cap_jit_outcome outcome = call_jit(instance, "next");
    assert_int_equal(outcome.trap, CAP_TRAP_NONE);
    assert_int_equal(outcome.value_count, 1);
    assert_int_equal(outcome.values[0].of.i32, 6);
    assert_int_equal(seen.last, 5);
    cap_jit_instance_free(instance);
    cap_jit_module_free(module);
    cap_jit_free(jit);
}

static void a_stop_asked_for_by_the_host_traps(void **state) {
    (void)state;
    notes seen = {0};
    cap_jit *jit = make_jit(false);
    cap_jit_module *module = compile(jit);
    cap_jit_instance *instance = start(module, &seen);
    cap_jit_outcome outcome = call_jit(instance, "nap_long");
    assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
    assert_int_equal(outcome.stop, CAP_STOP_TIMEOUT);
    outcome = call_jit(instance, "next"); /* it stays stopped */
    assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
    assert_int_equal(seen.last, 0);
    cap_jit_instance_free(instance);
    cap_jit_module_free(module);
    cap_jit_free(jit);
}

static void *stop_soon(void *instance) {
    struct timespec moment = {.tv_nsec = 50000000};
    nanosleep(&moment, NULL);
    cap_jit_instance_stop(instance, CAP_STOP_CANCELLED, 0);
    return NULL;
}

static void a_loop_without_memory_is_stopped(void **state) {
    (void)state;
    cap_jit *jit = make_jit(false);
    cap_jit_module *module = compile(jit);
    cap_jit_instance *instance = start(module, NULL);
    pthread_t stopper;
    assert_int_equal(pthread_create(&stopper, NULL, stop_soon, instance), 0);
    cap_jit_outcome outcome = call_jit(instance, "loop");
    pthread_join(stopper, NULL);
    assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
    assert_int_equal(outcome.stop, CAP_STOP_CANCELLED);
    cap_jit_instance_free(instance);
    cap_jit_module_free(module);
    cap_jit_free(jit);
}

static void fuel_ends_a_loop(void **state) {
    (void)state;
    cap_jit *jit = make_jit(true);
    cap_jit_module *module = compile(jit);
    cap_jit_instance *instance = start(module, NULL);
    cap_jit_outcome outcome = call_jit(instance, "loop");
    assert_int_equal(outcome.trap, CAP_TRAP_STOPPED);
    assert_int_equal(outcome.stop, CAP_STOP_COMPUTE);
    assert_int_equal(cap_jit_instance_fuel(instance), LIMITS.fuel + 1);
    cap_jit_instance_free(instance);
    cap_jit_module_free(module);
    cap_jit_free(jit);
}

/* A stop of one instance is an epoch for all of the engine; the others go on. */
static void a_stop_ends_one_instance_alone(void **state) {
    (void)state;
    notes seen = {0};
    cap_jit *jit = make_jit(false);
    cap_jit_module *module = compile(jit);
    cap_jit_instance *stopped = start(module, &seen), *other = start(module, &seen);
    cap_jit_instance_stop(stopped, CAP_STOP_CANCELLED, 0);
    assert_int_equal(call_jit(stopped, "next").trap, CAP_TRAP_STOPPED);
    assert_int_equal(call_jit(other, "next").trap, CAP_TRAP_NONE);
    cap_jit_instance_free(stopped);
    cap_jit_instance_free(other);
    cap_jit_module_free(module);
    cap_jit_free(jit);
}

static void code_is_kept_and_taken_back(void **state) {
    (void)state;
    capsule_error *error = NULL;
    notes seen = {0};
    char *code = NULL;
    size_t length = 0;
    cap_jit *jit = make_jit(false), *other = make_jit(true);
    cap_jit_module *module = compile(jit), *again = NULL;
    assert_int_equal(cap_jit_module_serialize(module, &code, &length, &error), 0);
    assert_int_equal(cap_jit_module_deserialize(jit, code, length, &again, &error), 0);
    assert_int_equal(cap_jit_module_bind(again, tables, &error), 0);
    cap_jit_instance *instance = start(again, &seen);
    assert_int_equal(call_jit(instance, "next").values[0].of.i32, 6);
    cap_jit_instance_free(instance);
    cap_jit_module_free(again);
    /* Other settings, and bytes that are no code at all. */
    assert_int_equal(cap_jit_module_deserialize(other, code, length, &again, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_CORRUPT);
    memset(code, 0xcc, length);
    assert_int_equal(cap_jit_module_deserialize(jit, code, length, &again, &error), -1);
    assert_int_equal(cap_jit_module_deserialize(jit, code, 0, &again, &error), -1);
    assert_int_equal(capsule_error_code(error), CAPSULE_CORRUPT);
    capsule_error_free(error);
    free(code);
    cap_jit_module_free(module);
    cap_jit_free(jit);
    cap_jit_free(other);
}

static void every_wasi_function_can_be_called(void **state) {
    (void)state;
    for (const cap_host_function *function = cap_wasi_functions; function->module; function++)
        if (!cap_jit_shape_find(function->signature)) fail_msg("%s has signature %s", function->name, function->signature);
}

/* Both engines turn faults into traps by signal handlers of their own, whichever was installed first. */
static void both_engines_trap_in_one_process(void **state) {
    (void)state;
    notes seen = {0};
    cap_slot *slot = make_slot();
    cap_jit *jit = make_jit(false);
    cap_jit_module *module = compile(jit);
    const uint32_t outside = 0xe0000000u;
    for (int i = 0; i < 3; i++) {
        cap_jit_instance *instance = start(module, &seen);
        assert_int_equal(call_jit(instance, "peek").trap, CAP_TRAP_MEMORY);
        cap_jit_instance_free(instance);
        assert_int_equal(call(slot, "peek", NO_LIMITS, 1, outside).trap, CAP_TRAP_MEMORY);
        reload(slot, UINT64_C(16) << 20);
        assert_int_equal(call(slot, "spin", within_ms(20), 0).stop, CAP_STOP_TIMEOUT);
        reload(slot, UINT64_C(16) << 20);
    }
    cap_jit_module_free(module);
    cap_jit_free(jit);
    cap_slot_free(slot);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_engines_trap_in_one_process),
        cmocka_unit_test(calls_and_answers),
        cmocka_unit_test(a_stop_asked_for_by_the_host_traps),
        cmocka_unit_test(a_loop_without_memory_is_stopped),
        cmocka_unit_test(fuel_ends_a_loop),
        cmocka_unit_test(a_stop_ends_one_instance_alone),
        cmocka_unit_test(code_is_kept_and_taken_back),
        cmocka_unit_test(every_wasi_function_can_be_called),
    };
    return cmocka_run_group_tests_name("engine.jit", tests, engine_setup, engine_teardown);
}
