# Fuzz targets. A target is fuzz/fuzz_NAME.c with its corpus in fuzz/corpus/NAME; figures of long runs: docs/security.md.
# Each is linked with what it needs out of one archive of all sources, built for the fuzzer. Those of the WASI host bring
# their own engine.
#
#   make fuzz SECONDS=600      each target for so long under libFuzzer, with ASan and UBSan (needs clang)
#   make fuzz EXECUTIONS=10000000   each target for so many executions
#   make fuzz-corpora          every corpus once, without a fuzzer, under VARIANT; part of `make test`
#   make fuzz-minimise         replaces each corpus by a small one that covers the same
#   FUZZ_TARGETS='paths text'  only these

FUZZ_TARGETS ?= wasi_calls paths readdir memfs artifact images policy bundle report text request
FUZZ_CC ?= $(shell command -v clang-19 || command -v clang)
FUZZ_CXX ?= $(shell command -v clang++-19 || command -v clang++)
FUZZ_FLAGS := -g -O2 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
    -fsanitize-address-use-after-return=never
FUZZ_CPPFLAGS := $(CPPFLAGS) -Ifuzz
FUZZ_BIN := $(BUILD)/fuzz
FUZZ_OBJ := $(BUILD)/obj/fuzz
FUZZ_LIB := $(FUZZ_BIN)/library.a
SECONDS ?= 60
# Freed memory is kept back for 8 MiB, many inputs' worth, instead of 256: what stays in the CPU's cache is a third faster.
FUZZ_ASAN := quarantine_size_mb=8:malloc_context_size=4

# Bytes of an input: where more only makes an execution slower. Comparisons are traced where texts are parsed, not where
# inputs are numbers that name things, as everywhere in src/wasi: that doubles the executions a second.
FUZZ_LENGTH_wasi_calls := 96
FUZZ_LENGTH_paths := 80
FUZZ_LENGTH_readdir := 160
FUZZ_LENGTH_memfs := 160
FUZZ_LENGTH = $(or $(FUZZ_LENGTH_$(1)),384)
FUZZ_COVERAGE_paths := -fno-sanitize-coverage=trace-cmp
FUZZ_COVERAGE_readdir := -fno-sanitize-coverage=trace-cmp
FUZZ_COVERAGE_memfs := -fno-sanitize-coverage=trace-cmp
FUZZ_COVERAGE_wasi_calls := -fno-sanitize-coverage=trace-cmp
$(FUZZ_OBJ)/src/wasi/%.o: FUZZ_COVERAGE := -fno-sanitize-coverage=trace-cmp
# readdir answers what the input says.
FUZZ_LINK_readdir := -Wl,--wrap=readdir,--wrap=fdopendir,--wrap=closedir,--wrap=dirfd

# What of the command's files is fuzzed.
FUZZ_CLI := $(addprefix src/cli/,filter.o worker/input.o worker/request.o)

FUZZ_LIB_OBJECTS := $(LIB_SOURCES:%.c=$(FUZZ_OBJ)/%.o) $(LIB_CXX_SOURCES:%.cpp=$(FUZZ_OBJ)/%.o) $(FUZZ_CLI:%=$(FUZZ_OBJ)/%)
$(FUZZ_OBJ)/%.o: %.c | $(HOSTLIBS)
	@mkdir -p $(@D)
	@$(FUZZ_CC) $(FUZZ_CPPFLAGS) -std=c17 $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(FUZZ_COVERAGE) -MMD -MP -c $< -o $@
$(FUZZ_OBJ)/%.o: %.cpp | $(HOSTLIBS)
	@mkdir -p $(@D)
	@$(FUZZ_CXX) -U_GNU_SOURCE $(FUZZ_CPPFLAGS) -std=c++17 $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@
$(FUZZ_OBJ)/fuzz/fuzz_%.o: fuzz/fuzz_%.c | $(HOSTLIBS)
	@mkdir -p $(@D)
	@$(FUZZ_CC) $(FUZZ_CPPFLAGS) -std=c17 -Wall -Wextra $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(FUZZ_COVERAGE_$*) -MMD -MP -c $< -o $@
-include $(FUZZ_LIB_OBJECTS:.o=.d) $(FUZZ_TARGETS:%=$(FUZZ_OBJ)/fuzz/fuzz_%.d) $(FUZZ_TARGETS:%=$(OBJ)/fuzz/fuzz_%.d)

$(FUZZ_LIB): $(FUZZ_LIB_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@ && ar crs $@ $^
$(FUZZ_BIN)/%: $(FUZZ_OBJ)/fuzz/fuzz_%.o $(FUZZ_LIB) $(HOSTLIBS)
	@echo '  LD  $@'
	@$(FUZZ_CXX) $(FUZZ_FLAGS) -fsanitize=fuzzer $(FUZZ_LINK_$*) -o $@ $^ $(LDLIBS)

# The same without a fuzzer.
$(OBJ)/fuzz/%.o: fuzz/%.c | $(HOSTLIBS)
	@mkdir -p $(@D)
	@echo '  CC  $@'
	@$(CC) $(FUZZ_CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -c $< -o $@
$(OUT)/fuzz-corpus/%: $(OBJ)/fuzz/fuzz_%.o $(OBJ)/fuzz/driver.o $(FUZZ_CLI:%=$(OBJ)/%) $(INTERNAL)
	@mkdir -p $(@D)
	@$(CXX) $(FLAGS_$(VARIANT)) $(FUZZ_LINK_$*) -o $@ $^ $(LDLIBS)

.PHONY: fuzz fuzz-corpora fuzz-minimise
.SECONDARY: $(FUZZ_TARGETS:%=$(OBJ)/fuzz/fuzz_%.o) $(OBJ)/fuzz/driver.o $(FUZZ_TARGETS:%=$(FUZZ_OBJ)/fuzz/fuzz_%.o)
define fuzz_one
	@echo 'fuzz $(1)'; mkdir -p $(FUZZ_BIN)/found/$(1); ASAN_OPTIONS=$(FUZZ_ASAN) $(FUZZ_BIN)/$(1) $(if $(EXECUTIONS),-runs=$(EXECUTIONS),-max_total_time=$(SECONDS)) \
	    -max_len=$(call FUZZ_LENGTH,$(1)) -timeout=20 -print_final_stats=1 -verbosity=1 -artifact_prefix=$(FUZZ_BIN)/$(1)- \
	    $(FUZZ_BIN)/found/$(1) fuzz/corpus/$(1) 2> $(FUZZ_BIN)/$(1).log; status=$$?; \
	    grep -E '^(stat::number|stat::average|SUMMARY)|DONE' $(FUZZ_BIN)/$(1).log; exit $$status

endef
fuzz: $(FUZZ_TARGETS:%=$(FUZZ_BIN)/%)
	$(foreach t,$(FUZZ_TARGETS),$(call fuzz_one,$(t)))

fuzz-corpora: $(FUZZ_TARGETS:%=$(OUT)/fuzz-corpus/%)
	@for target in $(FUZZ_TARGETS); do $(OUT)/fuzz-corpus/$$target fuzz/corpus/$$target || exit 1; done

fuzz-minimise: $(FUZZ_TARGETS:%=$(FUZZ_BIN)/%)
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p $(FUZZ_BIN)/least/$$target $(FUZZ_BIN)/found/$$target fuzz/corpus/$$target && rm -f $(FUZZ_BIN)/least/$$target/* && \
	    $(FUZZ_BIN)/$$target -set_cover_merge=1 -use_counters=0 $(FUZZ_BIN)/least/$$target fuzz/corpus/$$target $(FUZZ_BIN)/found/$$target && \
	    rm -f fuzz/corpus/$$target/* && cp $(FUZZ_BIN)/least/$$target/* fuzz/corpus/$$target/ || exit 1; done
