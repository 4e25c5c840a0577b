#!/bin/sh
# Builds the C libraries that the guest's standard library wraps, as static
# wasm32-wasi archives: $OUT/lib/lib{z,bz2,lzma,sqlite3}.a and $OUT/include.
set -eu

here=guests/python/build
crates=$DEPS/crates
flags="-target wasm32-wasi -O2 -g0 -DNDEBUG -fno-sanitize=all -Wno-date-time"

# archive NAME FLAGS SOURCE...: compiles the sources into $OUT/lib/libNAME.a
archive() {
    name=$1
    extra=$2
    shift 2
    mkdir -p "$WORK/$name"
    echo "compiling lib$name: $# files"
    # shellcheck disable=SC2016
    printf '%s\n' "$@" | xargs -P "$JOBS" -n 1 sh -c '
        "$1/zig/zig" cc $2 -c "$4" -o "$3/$(basename "$4" .c).o"
    ' compile "$DEPS" "$flags $extra" "$WORK/$name"
    "$DEPS/zig/zig" ar rcsD "$OUT/lib/lib$name.a" "$WORK/$name"/*.o
}

mkdir -p "$OUT/lib" "$OUT/include"

zlib=$crates/libz-sys/src/zlib
archive z "-DHAVE_UNISTD_H -DHAVE_STDARG_H" "$zlib"/*.c
cp "$zlib/zlib.h" "$zlib/zconf.h" "$OUT/include/"

bzip2=$crates/bzip2-sys/bzip2-1.0.8
archive bz2 "-D_FILE_OFFSET_BITS=64" \
    $(printf "$bzip2/%s.c " blocksort huffman crctable randtable compress decompress bzlib)
cp "$bzip2/bzlib.h" "$OUT/include/"

# All coders and match finders of a default build; no threads and no run-time
# choice by CPU.
xz=$crates/liblzma-sys/xz/src
lzma_flags="-std=c11 -DHAVE_STDINT_H -DHAVE_STDBOOL_H -DHAVE_STRING_H -DHAVE_INTTYPES_H -DSIZEOF_SIZE_T=4"
for coder in LZMA1 LZMA2 ARM ARM64 ARMTHUMB DELTA IA64 POWERPC RISCV SPARC X86; do
    lzma_flags="$lzma_flags -DHAVE_DECODER_$coder -DHAVE_ENCODER_$coder"
done
for feature in MF_BT2 MF_BT3 MF_BT4 MF_HC3 MF_HC4 CHECK_CRC32 CHECK_CRC64 CHECK_SHA256 LZIP_DECODER; do
    lzma_flags="$lzma_flags -DHAVE_$feature"
done
for folder in api common lzma lz check simple delta rangecoder; do
    lzma_flags="$lzma_flags -I$xz/liblzma/$folder"
done
archive lzma "$lzma_flags -I$xz/common -DTUKLIB_SYMBOL_PREFIX=lzma_" \
    $(printf '%s\n' "$xz"/liblzma/common/*.c "$xz"/liblzma/lzma/*.c "$xz"/liblzma/lz/*.c \
        "$xz"/liblzma/check/*.c "$xz"/liblzma/delta/*.c "$xz"/liblzma/rangecoder/*.c \
        "$xz"/liblzma/simple/*.c |
        grep -v -e '_mt\.c$' -e 'tablegen\.c$' -e '_small\.c$' -e 'hardware_' -e 'consts_gen\.c$')
cp -R "$xz/liblzma/api/lzma.h" "$xz/liblzma/api/lzma" "$OUT/include/"

# WASI has no shared memory and no byte-range locks: SQLite turns to lock
# directories there (its dot-file method), and a write-ahead log works in
# exclusive mode only.  Temporary tables stay in memory: there is no /tmp.
sqlite=$crates/libsqlite3-sys/sqlite3
sqlite_flags="-DSQLITE_THREADSAFE=0 -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_TEMP_STORE=2 -DSQLITE_OMIT_DEPRECATED
    -DHAVE_USLEEP=1 -DHAVE_LOCALTIME_R=1 -DHAVE_GMTIME_R=1 -DSQLITE_EXTRA_INIT=capsule_sqlite_init
    -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_FTS3 -DSQLITE_ENABLE_FTS3_PARENTHESIS -DSQLITE_ENABLE_FTS4
    -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_GEOPOLY -DSQLITE_ENABLE_COLUMN_METADATA
    -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_STMTVTAB -DSQLITE_ENABLE_BYTECODE_VTAB -DSQLITE_ENABLE_STAT4"
archive sqlite3 "$sqlite_flags -I$sqlite" "$sqlite/sqlite3.c" "$here/sqlite-init.c"
cp "$sqlite/sqlite3.h" "$sqlite/sqlite3ext.h" "$OUT/include/"
