# Set-up: host packages, fetched sources, compilers and libraries for guests.
#
# Every target is a stage (tools/setup/stage): made once per content, kept in
# the build cache, linked below $(DEPS).  When nothing is to do, a target costs
# some 40 ms.  Commands use relative paths, so that clones share entries.

STAGE := tools/setup/stage
FETCH := tools/setup/fetch

SETUP_STAGES := zig crates quickjs-src esbuild cpython-src tzdata

.PHONY: setup-host setup-deps $(addprefix setup-,$(SETUP_STAGES))

setup-deps: $(addprefix setup-,$(SETUP_STAGES))

# $(call fetched,STAGE,MANIFEST): a stage that only fetches
define fetched
setup-$(1):
	@$$(STAGE) $(1) --input third_party/$(2).ini -- $$(FETCH) third_party/$(2).ini
endef

$(eval $(call fetched,zig,zig))
$(eval $(call fetched,crates,crates))
$(eval $(call fetched,quickjs-src,quickjs))
$(eval $(call fetched,esbuild,esbuild))
$(eval $(call fetched,cpython-src,cpython))
$(eval $(call fetched,tzdata,tzdata))

SETUP_STAGES += cpython-native
PYBUILD := guests/python/build

.PHONY: setup-cpython-native
setup-cpython-native: setup-cpython-src
	@$(STAGE) cpython-native --after cpython-src --input $(PYBUILD)/native.sh -- $(PYBUILD)/native.sh

.PHONY: setup-wasm-libs
setup-wasm-libs: setup-zig setup-crates
	@$(STAGE) wasm-libs --after zig --after crates \
	    --input $(PYBUILD)/wasm-libs.sh --input $(PYBUILD)/sqlite-init.c -- $(PYBUILD)/wasm-libs.sh

.PHONY: setup-libpython
setup-libpython: setup-zig setup-cpython-src setup-cpython-native setup-wasm-libs
	@$(STAGE) libpython --after zig --after cpython-src --after cpython-native --after wasm-libs \
	    --input $(PYBUILD)/libpython.sh --input $(PYBUILD)/config.site --input $(PYBUILD)/Setup.local --input $(PYBUILD)/netdb.c \
	    --input $(PYBUILD)/patches --input $(PYBUILD)/sysconfigdata.py -- $(PYBUILD)/libpython.sh
