# Set-up: host packages, fetched sources, compilers and libraries for guests.
#
#   setup-host     host packages, installed when that needs no question
#   setup-deps     everything below
#   setup-NAME     one stage with what it needs
#
# Every setup-NAME is a stage (tools/setup/stage): made once per content, kept
# in the build cache, linked as $(DEPS)/NAME.  With nothing to do each costs
# some 40 ms.  Commands use relative paths, so that clones share entries.

STAGE := tools/setup/stage
FETCH := tools/setup/fetch
PYBUILD := guests/python/build

# Stages that only fetch what a manifest lists; third_party/README.md tells what they are for.
FETCHED := zig crates dlmalloc quickjs-src ada esbuild cpython-src tzdata musl-src wasmtime-src
BUILT := wabt wasmtime musl-math cpython-native wasm-libs libpython python-stdlib

.PHONY: setup-host setup-deps $(FETCHED:%=setup-%) $(BUILT:%=setup-%)

setup-deps: $(FETCHED:%=setup-%) $(BUILT:%=setup-%)

setup-host:
	@tools/setup/host-packages

$(FETCHED:%=setup-%): setup-%: | setup-host
	@$(STAGE) $* --input third_party/$(*:-src=).ini -- $(FETCH) third_party/$(*:-src=).ini

# wasm2c of the version that the build knows: the system's, else built from source.
setup-wabt: setup-host
	@$(STAGE) wabt --input third_party/wabt.ini --input tools/setup/wabt.sh -- tools/setup/wabt.sh

# The engine of modules that are not ours: a shared library that only `capsule exec` of such a module loads, and headers.
setup-wasmtime: setup-wasmtime-src
	@$(STAGE) wasmtime --after wasmtime-src --input tools/setup/wasmtime.sh -- tools/setup/wasmtime.sh

# The guests' exp, log, sin and their like.
setup-musl-math: setup-zig setup-musl-src
	@$(STAGE) musl-math --after zig --after musl-src --input tools/setup/musl-math.sh -- tools/setup/musl-math.sh

# CPython for this machine: runs the cross build; benchmarks are held against it.
setup-cpython-native: setup-cpython-src
	@$(STAGE) cpython-native --after cpython-src --input $(PYBUILD)/native.sh -- $(PYBUILD)/native.sh

# zlib, bzip2, xz and SQLite for wasm32-wasi.
setup-wasm-libs: setup-zig setup-crates
	@$(STAGE) wasm-libs --after zig --after crates \
	    --input $(PYBUILD)/wasm-libs.sh --input $(PYBUILD)/sqlite-init.c -- $(PYBUILD)/wasm-libs.sh

# CPython for wasm32-wasi as static libraries; $(PYBUILD)/link.sh links a guest with them.
setup-libpython: setup-zig setup-cpython-src setup-cpython-native setup-wasm-libs
	@$(STAGE) libpython --after zig --after cpython-src --after cpython-native --after wasm-libs \
	    $(addprefix --input $(PYBUILD)/,libpython.sh config.site Setup.local netdb.c patches sysconfigdata.py) \
	    -- $(PYBUILD)/libpython.sh

# The guest's standard library, compiled, with the time zone database.
setup-python-stdlib: setup-cpython-src setup-cpython-native setup-tzdata setup-libpython
	@$(STAGE) python-stdlib --after cpython-src --after cpython-native --after tzdata --after libpython \
	    $(addprefix --input $(PYBUILD)/,stdlib.sh stdlib.py unavailable) -- $(PYBUILD)/stdlib.sh
