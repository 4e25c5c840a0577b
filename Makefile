# Capsule. `make run` sets everything up and runs the examples; `make test` sets up and tests.
#
#   make                the CLI, build/capsule, and the library
#   make run            set-up, then the examples
#   make test           set-up, then every test           make test-long   soak, race and fuzz runs too, guests built twice
#   make reproducible   builds the guests again in another place and compares
#   make bench          us and the peers side by side; docs/performance.md
#   make differential   the compatibility corpus on us and on the reference (make test compares with records of it)
#   make install PREFIX=/usr/local                        make uninstall PREFIX=/usr/local
#   make clean          removes build/; the caches outside the tree stay

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

BUILD := build
DEPS := $(BUILD)/deps
PREFIX ?= /usr/local
CC := gcc
CXX := g++
VERSION := 0.1.0

include tools/setup/setup.mk
include tools/build/guests.mk

# ---- The library and the CLI -----------------------------------------------------------------------------------------
# VARIANT is plain, asan (ASan + UBSan) or tsan; each has its own objects and binaries.

VARIANT ?= plain
FLAGS_plain := -O2
FLAGS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
OBJ := $(BUILD)/obj/$(VARIANT)
OUT_plain := $(BUILD)
OUT_asan := $(BUILD)/asan
OUT_tsan := $(BUILD)/tsan
OUT := $(OUT_$(VARIANT))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
CPPFLAGS := -D_GNU_SOURCE= -Iinclude -Isrc -Iguests/abi -isystem $(DEPS)/hostlibs/include -isystem $(DEPS)/wasmtime/include
CFLAGS := -std=c17 -g -fPIC -fvisibility=hidden $(WARNINGS) $(FLAGS_$(VARIANT))
CXXFLAGS := -std=c++17 -g -fPIC -fvisibility=hidden -fno-rtti -fno-gnu-unique -Wall -Wextra $(FLAGS_$(VARIANT))
LDLIBS := -lpthread -ldl -lm

LIB_SOURCES := $(wildcard src/base/*.c src/engine/*.c src/engine/aot/*.c src/engine/jit/*.c src/wasi/*.c src/policy/*.c src/store/*.c src/bundle/*.c src/process/*.c src/packages/*.c src/doctor/*.c src/task/*.c)
LIB_CXX_SOURCES := $(wildcard src/policy/*.cpp)
CLI_SOURCES := $(wildcard src/cli/*.c src/cli/*/*.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(OBJ)/%.o) $(LIB_CXX_SOURCES:%.cpp=$(OBJ)/%.o)
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(OBJ)/%.o)
HOSTLIBS := $(DEPS)/hostlibs/libhost.a

.PHONY: all library cli
all: cli guests engine
cli: $(OUT)/capsule $(OUT)/libcapsule.so.0
library: $(OUT)/libcapsule.a $(OUT)/libcapsule.so.0

$(HOSTLIBS): | setup-hostlibs
.PHONY: setup-hostlibs
setup-hostlibs: setup-host setup-crates
	@$(STAGE) hostlibs --after crates --input tools/build/hostlibs.sh --input src/store/sqlite.flags -- tools/build/hostlibs.sh

# The second engine's library, where the CLI finds it: beside the guests.
WASMTIME := $(DEPS)/wasmtime/libwasmtime.so
$(WASMTIME): | setup-wasmtime
.PHONY: engine
engine: $(WASMTIME)
	@ln -sfn deps/wasmtime $(BUILD)/engine

$(OBJ)/%.o: %.c | $(HOSTLIBS) $(WASMTIME)
	@mkdir -p $(@D)
	@echo '  CC  $@'
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(OBJ)/%.o: %.cpp | $(HOSTLIBS)
	@mkdir -p $(@D)
	@echo '  CXX $@'
	@$(CXX) -U_GNU_SOURCE $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c $< -o $@
-include $(LIB_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d)

# Everything with its internal names: what the CLI, tools and unit tests link.
INTERNAL := $(OUT)/libinternal.a
$(INTERNAL): $(LIB_OBJECTS) $(HOSTLIBS)
	@mkdir -p $(@D)
	@rm -f $@
	@printf 'CREATE $@\n$(foreach o,$(LIB_OBJECTS),ADDMOD $(o)\n)ADDLIB $(HOSTLIBS)\nSAVE\nEND\n' | ar -M

# The archive for others is one object, in which all names but the public ones are local: a program may have an SQLite, a
# yyjson or a BLAKE3 of its own beside ours.
$(OUT)/libcapsule.a: $(LIB_OBJECTS) $(HOSTLIBS) src/capsule.map
	@mkdir -p $(@D)
	@echo '  LD  $@'
	@rm -f $@
	@$(LD) -r --force-group-allocation -o $(OBJ)/capsule.o $(LIB_OBJECTS) $(HOSTLIBS)
	@sed -n 's/^ *\(capsule_[a-z0-9_]*\);$$/\1/p' src/capsule.map >$(OBJ)/capsule.symbols
	@objcopy --keep-global-symbols=$(OBJ)/capsule.symbols $(OBJ)/capsule.o
	@ar rcs $@ $(OBJ)/capsule.o

$(OUT)/libcapsule.so.0: $(LIB_OBJECTS) $(HOSTLIBS) src/capsule.map
	@mkdir -p $(@D)
	@echo '  LD  $@'
	@$(CXX) -shared $(FLAGS_$(VARIANT)) -static-libstdc++ -static-libgcc -Wl,-soname,libcapsule.so.0 \
	    -Wl,--version-script=src/capsule.map -Wl,-z,defs -Wl,-z,relro,-z,now -o $@ $(LIB_OBJECTS) $(HOSTLIBS) $(LDLIBS)
	@ln -sf libcapsule.so.0 $(OUT)/libcapsule.so

$(OUT)/capsule: $(CLI_OBJECTS) $(INTERNAL)
	@echo '  LD  $@'
	@$(CXX) $(FLAGS_$(VARIANT)) -static-libstdc++ -static-libgcc -Wl,-z,relro,-z,now -o $@ $(CLI_OBJECTS) $(INTERNAL) $(LDLIBS)

# ---- Running -----------------------------------------------------------------------------------------------------------

# The examples that take less than a second; examples/README.md has all.
EXAMPLES := $(foreach name,hello agent/agent judge/judge plugins/plugins,examples/$(name).py examples/$(name).ts)

.PHONY: run
run: all
	@for example in $(EXAMPLES); do folder=$${example%/*}; \
	    echo "\$$ build/capsule run --project $$folder $$example"; \
	    $(BUILD)/capsule run --project $$folder $$example || exit 1; done

# ---- Tests -------------------------------------------------------------------------------------------------------------
# tests/unit/<area>/test_*.c are cmocka programs, tests/**/test_*.py pytest files that drive the CLI.

include tests/tests.mk
include fuzz/fuzz.mk
include bench/bench.mk

# ---- Installation ------------------------------------------------------------------------------------------------------

include tools/build/install.mk

.PHONY: clean
clean:
	rm -rf $(BUILD)
