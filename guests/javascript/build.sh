#!/bin/sh
# Builds the JavaScript guest: build.sh OUT.wasm
#
# Sources and tools come from $DEPS (default build/deps), where the set-up put them: zig, quickjs-src, esbuild.
# Objects and generated files go to $WORK (default: OUT.wasm.d beside the output). The engine's objects are used
# again while its sources and patches stay the same; everything else is made anew.
set -eu

out=${1:?usage: build.sh OUT.wasm}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
DEPS=${DEPS:-$root/build/deps}
WORK=${WORK:-$out.d}
mkdir -p "$WORK" "$(dirname "$out")"
WORK=$(cd "$WORK" && pwd)

zig=$DEPS/zig/zig
common="-O2 -DNDEBUG -fno-sanitize=all -fno-strict-aliasing"
wasm="cc -target wasm32-wasi -mexec-model=reactor $common"
engine="quickjs libregexp libunicode dtoa"
# The shadow stack: with the native stack of 64 MiB behind it, this one ends first (see patches/README.md).
stack_size=1048576

say() { echo "[$1/5] $2"; }

engine_key() { cat "$0" "$DEPS"/quickjs-src/*.[ch] "$here/tools/compile.c" && find "$here/patches" -name "*.patch" -exec cat {} +; } | sha256sum; }

say 1 "QuickJS"
if [ "$(cat "$WORK/engine.key" 2>/dev/null)" != "$(engine_key)" ]; then
    rm -rf "$WORK/quickjs" "$WORK/engine.key"
    cp -R "$DEPS/quickjs-src" "$WORK/quickjs"
    chmod -R u+w "$WORK/quickjs"
    for patch in "$here"/patches/*.patch; do
        if [ -e "$patch" ]; then patch -s -p1 -d "$WORK/quickjs" <"$patch"; fi
    done
    native=""
    for unit in $engine; do
        # shellcheck disable=SC2086
        "$zig" $wasm -w -D_GNU_SOURCE -c "$WORK/quickjs/$unit.c" -o "$WORK/$unit.o"
        native="$native $WORK/quickjs/$unit.c"
    done
    say 2 "bytecode compiler"
    # shellcheck disable=SC2086
    "$zig" cc -O1 -DNDEBUG -fno-sanitize=all -w -D_GNU_SOURCE -I "$WORK/quickjs" "$here/tools/compile.c" $native \
        -lm -lpthread -o "$WORK/compile"
    engine_key >"$WORK/engine.key"
fi

say 3 "prelude"
"$DEPS/esbuild/esbuild" "$here/prelude/main.js" --bundle --format=iife --platform=neutral --minify-whitespace \
    --minify-syntax --target=es2024 --log-level=warning --outfile="$WORK/prelude.js"
"$WORK/compile" "$WORK/prelude.js" "$WORK/prelude.c"

say 4 "guest"
objects=""
for unit in $engine; do objects="$objects $WORK/$unit.o"; done
for source in "$here"/*.c "$WORK/prelude.c"; do
    object=$WORK/guest-$(basename "$source" .c).o
    # shellcheck disable=SC2086
    "$zig" $wasm -std=c17 -Wall -Wextra -I "$WORK/quickjs" -I "$here" -c "$source" -o "$object"
    objects="$objects $object"
done

say 5 "link"
# The linker puts the stack first, below all data, so that its overflow cannot reach data silently.
# shellcheck disable=SC2086
"$zig" $wasm $objects -o "$out" -Wl,-z,stack-size=$stack_size \
    -Wl,--export=__stack_pointer -Wl,--export=capsule_meter -Wl,--strip-all
