#!/bin/sh
# Builds the JavaScript guest: build.sh OUT.wasm
#
# Sources and tools come from $DEPS (default build/deps), where the set-up put them: zig, quickjs-src, ada,
# cpython-src (for its HACL* digests), musl-math, dlmalloc, esbuild, javascript-packages. Objects and generated files go to
# $WORK (default: OUT.wasm.d beside the output). Objects of other projects' sources are used again while these, the patches
# and this script stay the same, the guest's own while they are newer than their sources.
set -eu

out=${1:?usage: build.sh OUT.wasm}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
DEPS=${DEPS:-$root/build/deps}
WORK=${WORK:-$out.d}
mkdir -p "$WORK" "$(dirname "$out")"
WORK=$(cd "$WORK" && pwd)

zig=$DEPS/zig/zig
packages=$DEPS/javascript-packages/node_modules
hacl=$DEPS/cpython-src/Modules/_hacl
# Names of source files in the objects (__FILE__) say nothing of where they lay.
common="-O2 -DNDEBUG -fno-sanitize=all -fno-strict-aliasing -ffp-contract=off -ffile-prefix-map=$DEPS/= -ffile-prefix-map=$WORK/="
wasm="cc -target wasm32-wasi -mexec-model=reactor $common"
engine="quickjs libregexp libunicode dtoa"
digests="Hacl_Hash_MD5 Hacl_Hash_SHA1 Hacl_Hash_SHA2 Hacl_Hash_SHA3"
# The shadow stack: some 9,000 plain calls deep. The native stack of 64 MiB behind it ends later.
stack_size=3145728

say() { echo "[$1/6] $2"; }

foreign_key() {
    cat "$0" "$here"/patches/*.patch "$here/tools/compile.c" "$DEPS"/quickjs-src/*.[ch] "$DEPS/ada/ada.cpp" \
        "$hacl"/*.[ch] | sha256sum
}

build_engine() {
    # quickjs-src is a link into a cache that others use: only the copy may be patched.
    rm -rf "$WORK/quickjs"
    mkdir "$WORK/quickjs"
    cp "$DEPS"/quickjs-src/*.[ch] "$WORK/quickjs/"
    chmod u+w "$WORK"/quickjs/*
    for patch in "$here"/patches/*.patch; do patch -s -p1 -d "$WORK/quickjs" <"$patch"; done
    for unit in $engine; do
        # shellcheck disable=SC2086
        "$zig" $wasm -w -D_GNU_SOURCE -c "$WORK/quickjs/$unit.c" -o "$WORK/$unit.o"
    done
}

build_compiler() {
    sources=""
    for unit in $engine; do sources="$sources $WORK/quickjs/$unit.c"; done
    # shellcheck disable=SC2086
    "$zig" cc -O1 -DNDEBUG -fno-sanitize=all -w -D_GNU_SOURCE -I "$WORK/quickjs" "$here/tools/compile.c" $sources \
        -lm -lpthread -o "$WORK/compile"
}

build_libraries() {
    # shellcheck disable=SC2086
    "$zig" c++ -target wasm32-wasi $common -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics \
        -c "$DEPS/ada/ada.cpp" -o "$WORK/ada.o"
    for unit in $digests; do
        # shellcheck disable=SC2086
        "$zig" $wasm -w -I "$hacl/include" -I "$hacl" -c "$hacl/$unit.c" -o "$WORK/$unit.o"
    done
}

if [ "$(cat "$WORK/foreign.key" 2>/dev/null)" != "$(foreign_key)" ]; then
    rm -f "$WORK/foreign.key"
    say 1 "QuickJS"
    build_engine
    say 2 "bytecode compiler"
    build_compiler
    say 3 "URL parser and digests"
    build_libraries
    foreign_key >"$WORK/foreign.key"
fi

say 4 "prelude"
# The bundle names its CommonJS modules by their paths from the working directory: in a tree of its own these are the same
# wherever this is built.
tree=$WORK/tree
rm -rf "$tree"
mkdir "$tree"
cp -R "$here/prelude" "$here/sdk" "$tree/"
cp -R "$packages" "$tree/node_modules"
python3 "$here/tools/adapt-inspect.py" "$packages/node-inspect-extracted/dist/inspect.js" "$tree/inspect.js"
(
    cd "$tree"
    "$DEPS/esbuild/esbuild" prelude/main.js --bundle --format=iife --platform=neutral \
        --main-fields=module,main --minify-whitespace --minify-syntax --target=es2024 --log-level=warning --drop:console \
        --outfile="$WORK/prelude.js" \
        --alias:capsule-inspect="$tree/inspect.js" --alias:capsule-inspect-types="$tree/prelude/inspect-types.js" \
        --alias:capsule-inspect-internals="$tree/prelude/inspect-internals.js" \
        --alias:events-package="$tree/node_modules/events/events.js" --alias:events="$tree/prelude/shims/events.cjs" \
        --alias:buffer="$tree/prelude/shims/buffer.cjs" --alias:safe-buffer="$tree/prelude/shims/buffer.cjs" \
        --alias:process="$tree/prelude/shims/process.cjs" --alias:util="$tree/prelude/shims/util.cjs" \
        --alias:abort-controller="$tree/prelude/shims/abort-controller.cjs" --alias:is-nan="$tree/prelude/shims/is-nan.cjs" \
        --alias:object-is="$tree/prelude/shims/object-is" --alias:object.assign="$tree/prelude/shims/object.assign" \
        --alias:call-bind="$tree/prelude/shims/call-bind" --alias:node:path="$tree/prelude/node/path.js" \
        --alias:node:querystring="$tree/node_modules/unenv/dist/runtime/node/querystring.mjs"
)
# PRELUDE_DEBUG=1 keeps line tables, so that errors of the prelude itself show where they come from.
"$WORK/compile" ${PRELUDE_DEBUG:+-g} "$WORK/prelude.js" "$WORK/prelude.c"

say 5 "guest"
objects=""
for unit in $engine $digests ada; do objects="$objects $WORK/$unit.o"; done
for source in "$here"/*.c "$WORK/prelude.c"; do
    object=$WORK/guest-$(basename "$source" .c).o
    objects="$objects $object"
    if [ "$source" -ot "$object" ] && [ "$here/guest.h" -ot "$object" ]; then continue; fi
    # shellcheck disable=SC2086
    "$zig" $wasm -std=c17 -Wall -Wextra -I "$WORK/quickjs" -I "$here" -isystem "$hacl/include" -isystem "$hacl" \
        -isystem "$DEPS/ada" -isystem "$DEPS/dlmalloc" -c "$source" -o "$object"
done

say 6 "link"
# The linker puts the stack first, below all data, so that its overflow cannot reach data silently.
# shellcheck disable=SC2086
"$zig" c++ -target wasm32-wasi -mexec-model=reactor $common $objects "$DEPS/musl-math/libmath.a" -o "$out" -Wl,-z,stack-size=$stack_size \
    -Wl,--export=__stack_pointer -Wl,--export=capsule_meter -Wl,--strip-all
