# Guests: interpreter -> wasm -> C -> native module -> language image, each step a cached stage.
#
#   <language>-wasm          the reactor module                        guests/<language>/...
#   <language>-c             that as C, and initial.img                tools/aot/translate.py
#   <language>-instrumented  guest.so that counts what it runs         tools/aot/compile.sh
#   <language>-profile       what it counted in a training             tools/build/profile.sh, guests/<language>/train
#   <language>-code          guest.so                                  tools/aot/compile.sh
#   <language>-guest         the guest's whole directory, image too    tools/build/boot.c
#
# build/guests/<language> links to the last one.

PYTHON_VERSION := 3.13.5
JAVASCRIPT_VERSION := 0.17.0
CPU_LEVEL := $(shell tools/aot/cpu-level)

TRANSLATE_INPUTS := --after wabt $(addprefix --input tools/aot/,translate.py dispatch.py floats.py wasmfile.py)
COMPILE_INPUTS := --input tools/aot/compile.sh --input src/engine/aot/generated.h --input src/engine/aot/module_abi.h --text $(CPU_LEVEL)
BOOT_INPUTS := --input tools/build/boot.c --input tools/build/guest.sh --input src/engine --input src/wasi --input guests/abi
# The command runs the training; but of its own code only this can make a difference to what a deterministic guest does.
TRAIN_INPUTS := --input tools/build/profile.sh $(BOOT_INPUTS) --input src/task --input src/bundle

# translate MODULE-STAGE PIECES WEIGHTS; compile STAGE [PROFILE]: commands of stages.
translate = sh -c 'WASM2C="$$DEPS/wabt/bin/wasm2c" exec python3 tools/aot/translate.py "$$DEPS/$(1)/guest.wasm" "$$OUT" $(2) --weights=$(3)'
compile = sh -c 'exec tools/aot/compile.sh "$$DEPS/$(1)" $(CPU_LEVEL) "$$OUT/guest.so" $(2)'

.PHONY: guests setup-python-wasm setup-python-guest setup-javascript-packages setup-javascript-wasm setup-javascript-guest
guests: setup-python-guest setup-javascript-guest
	@mkdir -p $(BUILD)/guests
	@ln -sfn ../deps/python-guest $(BUILD)/guests/python-$(PYTHON_VERSION)
	@ln -sfn ../deps/javascript-guest $(BUILD)/guests/javascript-$(JAVASCRIPT_VERSION)

setup-python-wasm: setup-libpython setup-wasm-libs setup-musl-math setup-dlmalloc
	@$(STAGE) python-wasm --after libpython --after wasm-libs --after musl-math --after dlmalloc --after zig --input guests/abi \
	    $(addprefix --input ,$(sort $(wildcard guests/python/*.c guests/python/*.h))) --input guests/python/libc --input guests/python/build/link.sh \
	    -- sh -c 'guests/python/build/link.sh "$$OUT/guest.wasm" $(sort $(wildcard guests/python/*.c))'

# The npm packages that the prelude bundles, exactly as locked.
setup-javascript-packages:
	@$(STAGE) javascript-packages $(addprefix --input guests/javascript/,package.json package-lock.json packages.sh) -- guests/javascript/packages.sh

setup-javascript-wasm: setup-quickjs-src setup-ada setup-cpython-src setup-musl-math setup-dlmalloc setup-zig setup-esbuild setup-javascript-packages
	@$(STAGE) javascript-wasm $(addprefix --after ,quickjs-src ada cpython-src musl-math dlmalloc zig esbuild javascript-packages) \
	    --input guests/abi $(addprefix --input guests/javascript/,build.sh patches tools prelude sdk) \
	    $(addprefix --input ,$(sort $(wildcard guests/javascript/*.c guests/javascript/*.h))) \
	    -- sh -c 'guests/javascript/build.sh "$$OUT/guest.wasm"'

# PROFILE=no leaves the training out, for who changes guests often: half the time to build, and code that takes a third longer.
PROFILE ?= yes
UNTRAINED := $(filter no,$(PROFILE))
$(if $(filter-out yes no,$(PROFILE)),$(error PROFILE is $(PROFILE); yes and no are accepted))

# What the counter adds (tools/aot/translate.py): for a loop's turn, an instruction of the interpreted program and a call in
# it. Four units to one (src/policy/policy.h), after what the reference's interpreters take for the same (docs/compute.md).
WEIGHTS_python := 8,8,8
WEIGHTS_javascript := 3,16,368

# From a module to native code: LANGUAGE, number of pieces of C, version.
define native_code
.PHONY: setup-$(1)-c setup-$(1)-instrumented setup-$(1)-profile setup-$(1)-code
setup-$(1)-c: setup-wabt setup-$(1)-wasm
	@$$(STAGE) $(1)-c --after $(1)-wasm $$(TRANSLATE_INPUTS) -- $$(call translate,$(1)-wasm,$(2),$$(WEIGHTS_$(1)))
setup-$(1)-instrumented: setup-host setup-$(1)-c
	@$$(STAGE) $(1)-instrumented --after $(1)-c $$(COMPILE_INPUTS) -- $$(call compile,$(1)-c,instrument)
setup-$(1)-profile: setup-$(1)-instrumented $$(BOOT) $$(BUILD)/capsule
	@$$(STAGE) $(1)-profile --after $(1)-c --after $(1)-instrumented $$(TRAIN_INPUTS) $$(LAYOUT_$(1)) --input guests/$(1)/train \
	    -- sh -c 'exec tools/build/profile.sh $(1) $(3) guests/$(1)/train/*.*'
setup-$(1)-code: setup-host $(if $(UNTRAINED),setup-$(1)-c,setup-$(1)-profile)
	@$$(STAGE) $(1)-code --after $(1)-c $(if $(UNTRAINED),,--after $(1)-profile) $$(COMPILE_INPUTS) \
	    -- $$(call compile,$(1)-c,$(if $(UNTRAINED),,"$$$$DEPS/$(1)-profile/guest.profdata"))
setup-$(1)-guest: setup-$(1)-code $$(BOOT)
	@$$(STAGE) $(1)-guest --after $(1)-c --after $(1)-code $$(BOOT_INPUTS) $$(LAYOUT_$(1)) \
	    -- sh -c 'exec tools/build/guest.sh $(1) $(3) "$$$$DEPS/$(1)-code"'
endef
LAYOUT_python := --after python-stdlib --input guests/python/sdk --input guests/python/warm
LAYOUT_javascript := --after esbuild --input guests/javascript/bundle --input guests/javascript/sdk
setup-python-profile setup-python-guest: setup-python-stdlib
setup-javascript-profile setup-javascript-guest: setup-esbuild

# Builds the guests again in another place and compares: from their WebAssembly on, or (for longer) from the interpreters' sources.
.PHONY: reproducible reproducible-from-source
reproducible: guests
	@tools/build/reproducible c instrumented profile code guest
reproducible-from-source: guests
	@tools/build/reproducible wasm-libs musl-math libpython python-stdlib wasm c instrumented profile code guest

BOOT := $(BUILD)/boot
-include $(BUILD)/obj/plain/tools/build/boot.d
$(BOOT): $(BUILD)/obj/plain/tools/build/boot.o $(BUILD)/libinternal.a
	@$(CXX) -static-libstdc++ -static-libgcc -o $@ $^ -lpthread -ldl -lm

$(eval $(call native_code,python,24,$(PYTHON_VERSION)))
$(eval $(call native_code,javascript,8,$(JAVASCRIPT_VERSION)))
