# Tests. Each unit test is one program: tests/unit/<area>/test_*.c, with support.c of the same folder when there is one.

UNIT_TESTS := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(OUT)/tests
UNIT_PROGRAMS := $(UNIT_TESTS:tests/unit/%.c=$(UNIT_BIN)/%)
UNIT_CPPFLAGS = $(CPPFLAGS) -Itests

# What a unit test links: the library (and all of the CLI but its main, for its own tests); but the WASI tests bring their own engine and so get WASI and base alone.
WASI_ONLY := $(filter $(OBJ)/src/wasi/% $(OBJ)/src/base/%,$(LIB_OBJECTS))

$(OBJ)/tests/%.o: tests/%.c | $(HOSTLIBS)
	@mkdir -p $(@D)
	@echo '  CC  $@'
	@$(CC) $(UNIT_CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -c $< -o $@
-include $(wildcard $(OBJ)/tests/*/*.d $(OBJ)/tests/*/*/*.d $(OBJ)/fuzz/*.d)

define unit_program
$(UNIT_BIN)/$(1)/$(2): $(OBJ)/tests/unit/$(1)/$(2).o $(patsubst %.c,$(OBJ)/%.o,$(wildcard tests/unit/$(1)/support.c)) \
        $(if $(filter cli,$(1)),$(filter-out %/main.o,$(CLI_OBJECTS))) $(if $(filter wasi,$(1)),$(WASI_ONLY),$(INTERNAL))
	@mkdir -p $$(@D)
	@$(CXX) $(FLAGS_$(VARIANT)) -o $$@ $$^ -lcmocka $$(LDLIBS)
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_program,$(notdir $(patsubst %/,%,$(dir $(t)))),$(basename $(notdir $(t))))))

# Programs that make the host run out of memory.
$(UNIT_BIN)/wasi/test_memfs_memory: LDLIBS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup

.PHONY: unit-programs test test-unit test-unit-asan test-e2e test-e2e-asan test-bindings setup-pytest
unit-programs: $(UNIT_PROGRAMS)

setup-pytest:
	@$(STAGE) pytest --input tests/requirements.txt -- sh -c 'pip_flags=; python3 -m pip install -q --disable-pip-version-check --no-deps --require-hashes --target "$$OUT" -r tests/requirements.txt'

PYTEST = PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$(CURDIR)/$(DEPS)/pytest python3 -m pytest -q -p no:cacheprovider

test-unit: unit-programs test-guests engine
	@tests/run-unit $(UNIT_BIN)
test-unit-asan:
	@$(MAKE) --no-print-directory VARIANT=asan test-unit

test-setup: setup-pytest
	@$(PYTEST) tests/setup tests/aot tests/bench
test-e2e: all library setup-pytest test-modules
	@CAPSULE_BIN=$(CURDIR)/$(BUILD)/capsule $(PYTEST) tests/e2e tests/guests
test-e2e-asan: all setup-pytest test-modules
	@$(MAKE) --no-print-directory VARIANT=asan cli
	@CAPSULE_BIN=$(CURDIR)/$(BUILD)/asan/capsule CAPSULE_GUESTS=$(CURDIR)/$(BUILD)/guests $(PYTEST) tests/e2e tests/guests

# The host packages, against the real command; no network.
test-bindings: all setup-pytest
	@CAPSULE_BIN=$(CURDIR)/$(BUILD)/capsule $(PYTEST) tests/bindings/python
	@CAPSULE_BIN=$(CURDIR)/$(BUILD)/capsule node --test tests/bindings/node/package.test.mjs tests/bindings/node/run.test.mjs

# The corpus against the records of the reference; and with the reference itself, whose builds take minutes each:
# differential-record runs what is not recorded, differential runs everything and holds the records against it.
# CAPSULE_REFERENCE_MODULES: a node_modules folder with @capsule-run/sdk 0.8.10; programs in JavaScript are left out without.
# CORPUS: only some folders of tests/differential/programs. DIFFERENTIAL_MINUTES: begin no further project after so many; both
# go on where they were interrupted. The whole takes half an hour on idle cores.
CORPUS ?=
DIFFERENTIAL = CAPSULE_BIN=$(CURDIR)/$(BUILD)/capsule CAPSULE_REFERENCE_PATH=$(CURDIR)/$(DEPS)/reference python3 tests/differential/run.py
.PHONY: test-differential differential differential-record
test-differential: all setup-pytest
	@CAPSULE_BIN=$(CURDIR)/$(BUILD)/capsule $(PYTEST) tests/differential
differential-record: setup-reference
	@$(DIFFERENTIAL) record $(CORPUS)
differential: all setup-reference
	@$(DIFFERENTIAL) check $(CORPUS)
	@$(DIFFERENTIAL) compare $(CORPUS)

test: all
	@$(MAKE) --no-print-directory test-setup test-unit fuzz-corpora inject-sample
	@$(MAKE) --no-print-directory VARIANT=asan test-unit fuzz-corpora cli
	@$(MAKE) --no-print-directory -j2 test-e2e test-e2e-asan test-bindings test-differential

# The engine's own little guest.
WEIGHTS_test := 1,1,1
.PHONY: test-guests
test-guests: setup-zig setup-wabt setup-host
	@$(STAGE) test-wasm --after zig --input tests/unit/engine/guest.c -- sh -c '"$$DEPS/zig/zig" cc -target wasm32-wasi -O2 -mexec-model=reactor \
	    -fno-sanitize=all -fno-stack-check tests/unit/engine/guest.c -o "$$OUT/guest.wasm" -Wl,--export=__stack_pointer \
	    -Wl,--export=capsule_meter -Wl,-z,stack-size=1048576 -Wl,--strip-all'
	@$(STAGE) test-c --after test-wasm $(TRANSLATE_INPUTS) -- $(call translate,test-wasm,1,$(WEIGHTS_test))
	@$(STAGE) test-code --after test-c $(COMPILE_INPUTS) -- sh -c 'cp "$$DEPS/test-c/initial.img" "$$OUT/" && \
	    exec tools/aot/compile.sh "$$DEPS/test-c" $(CPU_LEVEL) "$$OUT/guest.so"'

# Programs of other origin, for `exec`.
.PHONY: test-modules
MODULE_PROGRAMS := $(wildcard tests/e2e/modules/programs/*.c)
test-modules: setup-zig
	@$(STAGE) test-modules --after zig $(addprefix --input ,$(MODULE_PROGRAMS)) -- sh -c 'cd tests/e2e/modules/programs && \
	    "$$DEPS/zig/zig" cc -target wasm32-wasi -O2 probe.c -o "$$OUT/probe.wasm" && \
	    "$$DEPS/zig/zig" cc -target wasm32-wasi -O2 -mexec-model=reactor reactor.c -o "$$OUT/reactor.wasm"'

# The public WASI test suite: make conformance SUITE=DIR, where DIR is a checkout of WebAssembly/wasi-testsuite with the
# compiled tests. Its runner wants a newer Python than the system may have.
SUITE ?= $(WASI_TESTSUITE)
.PHONY: conformance setup-conformance
setup-conformance: setup-cpython-native
	@$(STAGE) conformance --input tests/conformance/requirements.txt -- sh -c 'python3 -m pip install -q --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: --python-version 3.13 --target "$$OUT" -r tests/conformance/requirements.txt'
conformance: all setup-conformance
	@PYTHONPATH=$(CURDIR)/$(DEPS)/conformance PYTHONDONTWRITEBYTECODE=1 CAPSULE_BIN=$(CURDIR)/$(BUILD)/capsule \
	    tests/conformance/run $(CURDIR)/$(DEPS)/cpython-native/bin/python3.13 "$(SUITE)"

# CPython's own test suite inside sandboxes, and the page that tells about it. MODULES: only some of tests/long/cpython/modules.txt.
MODULES ?=
CPYTHON_TESTS = python3 tests/long/cpython/run.py --capsule $(OUT)/capsule --page docs/python-tests.md
.PHONY: test-cpython table-cpython
test-cpython: all setup-cpython-src
	@$(CPYTHON_TESTS) $(MODULES)
table-cpython: all setup-cpython-src
	@$(CPYTHON_TESTS) --write

# Failure injection (tests/inject/inject.c): a standard run per language, and every allocation or system call of it fails
# once. A sample in `make test`, every site in `make test-long`, allocations only where the allocator is ours.
INJECT_PROGRAMS := tests/inject/hello.py tests/inject/hello.js
.PHONY: inject inject-sample
$(OBJ)/tests/inject/cli_main.o: $(OBJ)/src/cli/main.o
	@mkdir -p $(@D)
	@objcopy --redefine-sym main=cli_main $< $@
$(OUT)/inject: $(patsubst %.c,$(OBJ)/%.o,$(wildcard tests/inject/*.c)) $(OBJ)/tests/inject/cli_main.o \
        $(filter-out %/main.o,$(CLI_OBJECTS)) $(INTERNAL)
	@echo '  LD  $@'
	@$(CXX) $(FLAGS_$(VARIANT)) -static-libstdc++ -o $@ $^ $(LDLIBS)
# $(1): more flags, of a sample.
define inject_all
	@for program in $(INJECT_PROGRAMS); do for cli in '' --cli; do for cold in '' --cold; do for calls in '' --calls; do \
	    ASAN_OPTIONS=detect_leaks=0 $(OUT)/inject $$cli $$cold $$calls $(1) $$program || exit 1; done; done; done; done
endef
inject: all $(OUT)/inject
	$(call inject_all,)
inject-sample: all $(OUT)/inject
	$(call inject_all,--sample --seconds 2)

# Soak, race and fuzz runs. SECONDS: of each fuzz target; RUNS: of each soak and stops program; CALLS: of the guest among
# swapping names.
RUNS ?= 3000
.PHONY: test-long soak races test-race
$(OUT)/soak $(OUT)/stops $(OUT)/leftovers: $(OUT)/%: $(OBJ)/tests/long/%.o $(INTERNAL)
	@$(CXX) $(FLAGS_$(VARIANT)) $(if $(filter tsan,$(VARIANT)),,-static-libstdc++) -o $@ $^ $(LDLIBS)
soak: all $(OUT)/soak
	@for program in tests/long/soak.py tests/long/soak.ts; do echo "soak $$program"; $(OUT)/soak $$program $(RUNS) || exit 1; done
# TURNS: runs that leave 100 MB behind.
TURNS ?= 1000
.PHONY: leftovers
leftovers: all $(OUT)/leftovers
	@for program in tests/long/leftovers.py tests/long/leftovers.js; do $(OUT)/leftovers $$program $(TURNS) || exit 1; done
# Names that swap under a guest's feet.
CALLS ?= 1000000
$(OUT)/races: $(OBJ)/tests/long/races.o $(OBJ)/tests/unit/wasi/support.o $(WASI_ONLY)
	@$(CXX) $(FLAGS_$(VARIANT)) -o $@ $^ -lcmocka $(LDLIBS)
races: $(OUT)/races
	@$(OUT)/races $(CALLS)
# Of the end-to-end tests, those in which many threads of one process meet.
RACE_TESTS := tests/e2e/cli/test_signals.py tests/e2e/cli/test_stalled_reader.py tests/guests/python/test_python_subtasks.py \
    tests/guests/javascript/test_javascript_tasks.py
RACE_UNIT_TESTS := test_slots test_stops test_tracking test_callers
test-race: all test-guests setup-pytest
	@$(MAKE) --no-print-directory VARIANT=tsan $(RACE_UNIT_TESTS:%=$(BUILD)/tsan/tests/engine/%) $(BUILD)/tsan/stops \
	    $(BUILD)/tsan/capsule
	@for test in $(RACE_UNIT_TESTS); do TSAN_OPTIONS=halt_on_error=1 $(BUILD)/tsan/tests/engine/$$test || exit 1; done
	@for program in tests/long/stops.py tests/long/stops.js; do echo "stops $$program"; \
	    TSAN_OPTIONS=halt_on_error=1 CAPSULE_GUESTS=$(BUILD)/guests $(BUILD)/tsan/stops $$program $(RUNS) || exit 1; done
	@TSAN_OPTIONS=halt_on_error=1 CAPSULE_BIN=$(CURDIR)/$(BUILD)/tsan/capsule CAPSULE_GUESTS=$(CURDIR)/$(BUILD)/guests $(PYTEST) $(RACE_TESTS)
test-long: test
	@$(MAKE) --no-print-directory reproducible
	@$(MAKE) --no-print-directory conformance
	@$(MAKE) --no-print-directory soak leftovers test-race races inject
	@$(MAKE) --no-print-directory VARIANT=asan inject
	@CAPSULE_TWIN_SEEDS=1000 $(BUILD)/tests/wasi/test_twins
	@CAPSULE_BIN=$(CURDIR)/$(BUILD)/capsule CAPSULE_TRACE_KILLS=200 $(PYTEST) tests/e2e/store/test_store_trace_kill.py
	@$(MAKE) --no-print-directory test-cpython
	@$(MAKE) --no-print-directory fuzz SECONDS=60
