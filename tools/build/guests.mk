# Guests: interpreter -> wasm -> C -> native module -> language image, each step a cached stage.
#
#   <language>-wasm    the reactor module                        guests/<language>/...
#   <language>-code    guest.so and initial.img                  tools/aot/
#   <language>-guest   the guest's whole directory, image too    tools/build/boot.c
#
# build/guests/<language> links to the last one.

PYTHON_VERSION := 3.13.5
JAVASCRIPT_VERSION := 0.17.0
CPU_LEVEL := $(shell tools/aot/cpu-level)

AOT_INPUTS := --after wabt --input tools/aot --input src/engine/aot/generated.h --input src/engine/aot/module_abi.h
BOOT_INPUTS := --input tools/build/boot.c --input tools/build/guest.sh --input src/engine --input src/wasi --input guests/abi

.PHONY: guests setup-python-wasm setup-python-code setup-python-guest setup-javascript-packages setup-javascript-wasm setup-javascript-code setup-javascript-guest
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

setup-python-code: setup-host setup-wabt setup-python-wasm
	@$(STAGE) python-code --after python-wasm $(AOT_INPUTS) --text $(CPU_LEVEL) -- tools/aot/compile.sh python-wasm 24 $(CPU_LEVEL)
setup-javascript-code: setup-host setup-wabt setup-javascript-wasm
	@$(STAGE) javascript-code --after javascript-wasm $(AOT_INPUTS) --text $(CPU_LEVEL) -- tools/aot/compile.sh javascript-wasm 8 $(CPU_LEVEL)

# Builds the guests again in another place and compares: from their WebAssembly on, or (for longer) from the interpreters' sources.
.PHONY: reproducible reproducible-from-source
reproducible: guests
	@tools/build/reproducible code guest
reproducible-from-source: guests
	@tools/build/reproducible wasm-libs musl-math libpython python-stdlib wasm code guest

BOOT := $(BUILD)/boot
-include $(BUILD)/obj/plain/tools/build/boot.d
$(BOOT): $(BUILD)/obj/plain/tools/build/boot.o $(BUILD)/libinternal.a
	@$(CXX) -static-libstdc++ -static-libgcc -o $@ $^ -lpthread -ldl -lm

setup-python-guest: setup-python-code setup-python-stdlib $(BOOT)
	@$(STAGE) python-guest --after python-code --after python-stdlib $(BOOT_INPUTS) --input guests/python/sdk --input guests/python/warm \
	    -- tools/build/guest.sh python $(PYTHON_VERSION)
setup-javascript-guest: setup-javascript-code setup-esbuild $(BOOT)
	@$(STAGE) javascript-guest --after javascript-code --after esbuild $(BOOT_INPUTS) --input guests/javascript/bundle --input guests/javascript/sdk \
	    -- tools/build/guest.sh javascript $(JAVASCRIPT_VERSION)
