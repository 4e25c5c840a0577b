#!/bin/sh
# Provides $OUT/bin/wasm2c of exactly the version whose output the build knows:
# a copy of the system's when it is that version, else built from source.
set -eu

version=1.0.32

mkdir "$OUT/bin"
if [ "$(wasm2c --version 2>/dev/null)" = $version ]; then
    cp "$(command -v wasm2c)" "$OUT/bin/wasm2c"
    exit
fi
OUT=$WORK/source tools/setup/fetch third_party/wabt.ini
mkdir "$WORK/build"
cd "$WORK/build"
cmake ../source -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTS=OFF -DBUILD_LIBWASM=OFF -DUSE_INTERNAL_SHA256=ON
make -j"$JOBS" wasm2c
cp wasm2c "$OUT/bin/wasm2c"
found=$("$OUT/bin/wasm2c" --version)
if [ "$found" != $version ]; then
    echo "wasm2c: expected version $version, the built one says $found" >&2
    exit 1
fi
