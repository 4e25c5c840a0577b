# Fuzz targets. A target is fuzz/fuzz_NAME.c with its corpus in fuzz/corpus/NAME. Those of the WASI host bring their own
# engine and are linked with WASI and base alone; that of artifacts takes their reader and the host's libraries.
#
#   make fuzz SECONDS=600      each target for so long under libFuzzer, with ASan and UBSan (needs clang)
#   make fuzz-corpora          every corpus once, without a fuzzer, under VARIANT
#   make fuzz-minimise         replaces each corpus by a small one that covers the same

FUZZ_TARGETS := wasi_calls paths memfs artifact
FUZZ_CC ?= $(shell command -v clang-19 || command -v clang)
FUZZ_SOURCES := $(wildcard src/wasi/*.c) src/base/utf8.c
FUZZ_FLAGS := -std=c17 -g -O1 -D_GNU_SOURCE= -Iinclude -Isrc -Ifuzz -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_BIN := $(BUILD)/fuzz
FUZZ_OBJECTS := $(filter $(OBJ)/src/wasi/% $(OBJ)/src/base/%,$(LIB_OBJECTS))
SECONDS ?= 60

$(FUZZ_BIN)/%: fuzz/fuzz_%.c fuzz/wasi_scratch.h $(FUZZ_SOURCES) $(wildcard src/wasi/*.h src/base/*.h src/engine/host.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) $< $(FUZZ_SOURCES) -o $@

$(OBJ)/fuzz/%.o: fuzz/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Ifuzz $(CFLAGS) -Wno-missing-prototypes -MMD -MP -c $< -o $@

$(OUT)/fuzz-corpus/%: $(OBJ)/fuzz/fuzz_%.o $(OBJ)/fuzz/driver.o $(FUZZ_OBJECTS)
	@mkdir -p $(@D)
	$(CXX) $(FLAGS_$(VARIANT)) -o $@ $^ $(LDLIBS)

FUZZ_ARTIFACT := $(wildcard src/base/*.c) src/store/files.c src/store/safe_directory.c src/task/artifact.c src/task/artifact_parse.c
$(FUZZ_BIN)/artifact: fuzz/fuzz_artifact.c $(FUZZ_ARTIFACT) $(wildcard src/task/artifact*.h) | $(HOSTLIBS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -isystem $(DEPS)/hostlibs/include $< $(FUZZ_ARTIFACT) $(HOSTLIBS) -lm -o $@

$(OUT)/fuzz-corpus/artifact: $(OBJ)/fuzz/fuzz_artifact.o $(OBJ)/fuzz/driver.o $(INTERNAL)
	@mkdir -p $(@D)
	$(CXX) $(FLAGS_$(VARIANT)) -o $@ $^ $(LDLIBS)

.PHONY: fuzz fuzz-corpora fuzz-minimise
.SECONDARY: $(FUZZ_TARGETS:%=$(OBJ)/fuzz/fuzz_%.o) $(OBJ)/fuzz/driver.o
fuzz: $(FUZZ_TARGETS:%=$(FUZZ_BIN)/%)
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p $(FUZZ_BIN)/found/$$target && \
	    $(FUZZ_BIN)/$$target -max_total_time=$(SECONDS) -max_len=512 -print_final_stats=1 -artifact_prefix=$(FUZZ_BIN)/$$target- \
	        $(FUZZ_BIN)/found/$$target fuzz/corpus/$$target || exit 1; done

fuzz-corpora: $(FUZZ_TARGETS:%=$(OUT)/fuzz-corpus/%)
	@for target in $(FUZZ_TARGETS); do $(OUT)/fuzz-corpus/$$target fuzz/corpus/$$target || exit 1; done

fuzz-minimise: $(FUZZ_TARGETS:%=$(FUZZ_BIN)/%)
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p $(FUZZ_BIN)/least/$$target $(FUZZ_BIN)/found/$$target fuzz/corpus/$$target && rm -f $(FUZZ_BIN)/least/$$target/* && \
	    $(FUZZ_BIN)/$$target -set_cover_merge=1 -use_counters=0 $(FUZZ_BIN)/least/$$target fuzz/corpus/$$target $(FUZZ_BIN)/found/$$target && \
	    rm -f fuzz/corpus/$$target/* && cp $(FUZZ_BIN)/least/$$target/* fuzz/corpus/$$target/ || exit 1; done
