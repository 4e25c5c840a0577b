#!/bin/sh
# Lays out the engine of foreign modules: $OUT/libwasmtime.so and $OUT/include, with the conf.h that upstream's build would
# have made. The published library is built with the default features, and that is what conf.h has to say.
set -eu
source=$DEPS/wasmtime-src
mkdir "$OUT/include"
cp -R "$source/wasmtime-c-api-impl/include/." "$OUT/include/"
cp "$source/_libwasmtime.so" "$OUT/libwasmtime.so"
sed 's/^#cmakedefine/#define/' "$OUT/include/wasmtime/conf.h.in" >"$OUT/include/wasmtime/conf.h"
chmod 755 "$OUT/libwasmtime.so"
