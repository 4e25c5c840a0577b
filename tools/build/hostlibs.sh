#!/bin/sh
# Builds the host's C libraries (SQLite, yyjson, BLAKE3) into one static archive: $OUT/libhost.a and $OUT/include.
set -eu
crates=$DEPS/crates
flags="-O2 -fPIC -fvisibility=hidden -g0 -w"
mkdir -p "$OUT/include"
cp "$crates/libsqlite3-sys/sqlite3/sqlite3.h" "$crates/yyjson-sys/yyjson/src/yyjson.h" "$crates/blake3/c/blake3.h" "$OUT/include"
echo "[1/3] SQLite"
gcc $flags $(grep -v '^#' src/store/sqlite.flags) -c "$crates/libsqlite3-sys/sqlite3/sqlite3.c" -o "$WORK/sqlite3.o"
echo "[2/3] yyjson"
gcc $flags -c "$crates/yyjson-sys/yyjson/src/yyjson.c" -o "$WORK/yyjson.o"
echo "[3/3] BLAKE3"
sources="blake3 blake3_dispatch blake3_portable"
case $(uname -m) in
x86_64)
    for level in sse2 sse41 avx2 avx512; do
        gcc $flags -c "$crates/blake3/c/blake3_${level}_x86-64_unix.S" -o "$WORK/blake3_$level.o"
    done ;;
aarch64) sources="$sources blake3_neon" ;;
*) flags="$flags -DBLAKE3_NO_SSE2 -DBLAKE3_NO_SSE41 -DBLAKE3_NO_AVX2 -DBLAKE3_NO_AVX512" ;;
esac
for source in $sources; do gcc $flags -c "$crates/blake3/c/$source.c" -o "$WORK/$source.o"; done
ar rcs "$OUT/libhost.a" "$WORK"/*.o
