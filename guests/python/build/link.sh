#!/bin/sh
# link.sh OUT.wasm ARGUMENT...: compiles and links a Python guest.
#
# The arguments are the guest's C files and any flags they need.  The result is
# a WASI reactor that holds the interpreter; it exports what the C files mark
# with export_name, its memory and __stack_pointer.  Names of functions are
# kept when KEEP_NAMES=1 (for profiles and readable generated code).
#
# The stack lies at the bottom of linear memory (zig asks its linker for that):
# an overflow wraps to the last addresses below 4 GiB, which no sandbox maps,
# and traps instead of writing over data.
set -eu

out=$1
shift
deps=${DEPS:-build/deps}
libpython=$deps/libpython
stack_bytes=4194304

# What stands in for functions of the C library comes first, in this order: the linker takes the library's own for a name
# that something asks for before ours was seen.
stand_ins="guests/abi/strings.c $(printf 'guests/python/libc/%s.c ' files directory waiting)"

strip="-g0 -Wl,--strip-all"
[ "${KEEP_NAMES:-0}" = 1 ] && strip=-gline-tables-only

# shellcheck disable=SC2046,SC2086
exec "$deps/zig/zig" cc -target wasm32-wasi -mexec-model=reactor -std=c17 -O2 -fno-sanitize=all \
    -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_PROCESS_CLOCKS \
    -I"$libpython/include/python3.13" -I"$deps/wasm-libs/include" -Iguests/abi -Iguests/python -I"$deps/dlmalloc" $stand_ins "$@" \
    "$deps/musl-math/libmath.a" \
    $(sed "s|^lib/|$libpython/lib/|" "$libpython/link-inputs") \
    -lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks -lwasi-emulated-mman -lm \
    -Wl,--export=__stack_pointer -Wl,-z,stack-size=$stack_bytes $strip \
    -o "$out"
