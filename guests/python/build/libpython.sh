#!/bin/sh
# Cross-builds CPython as static libraries for wasm32-wasi.
#
#   $OUT/lib/*.a              the interpreter and everything it links
#   $OUT/link-inputs          those, in link order, one argument a line
#   $OUT/include/python3.13   headers and pyconfig.h
#   $OUT/sysconfig/*.py       build variables for the guest's sysconfig module
#   $OUT/builtin-modules      names of the modules inside, one a line
#
# Everything is named by relative path or through PATH, so that nothing of the
# machine it was built on gets into the result.
set -eu

here=$PWD/guests/python/build
steps=$PWD/tools/setup/make-steps

mkdir "$WORK/bin"
for tool in cc ar ranlib; do
    target=
    [ $tool = cc ] && target='-target wasm32-wasi'
    printf '#!/bin/sh\nexec "%s/zig/zig" %s %s "$@"\n' "$DEPS" $tool "$target" >"$WORK/bin/wasi-$tool"
done
chmod +x "$WORK"/bin/*
PATH=$WORK/bin:$PATH

mkdir "$WORK/src"
cd "$WORK/src"
for part in "$DEPS"/cpython-src/*; do
    case ${part##*/} in
        Doc | Android | Mac | PCbuild | iOS) ;;
        *) cp -R "$part" . ;;
    esac
done
rm -rf Lib/test
for patch in "$here"/patches/*.patch; do
    echo "applying ${patch##*/}"
    patch -p1 --batch --forward --fuzz=0 <"$patch"
done
ln -s "$DEPS/wasm-libs" wasm-libs
cp "$here/Setup.local" Modules/Setup.local

# Upstream's -fno-strict-overflow makes pointer arithmetic wrap as well, for which clang gives up folding the offset of
# a struct's member into the load: every access would cost an addition in 32 bits.  Signed integers still wrap.
arithmetic=-fno-wrapv-pointer
emulated="-D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_PROCESS_CLOCKS"
echo "configuring"
./configure --quiet --prefix=/usr --host=wasm32-unknown-wasi --build="$(./config.guess)" \
    --with-build-python="$DEPS/cpython-native/bin/python3.13" \
    --disable-test-modules --without-ensurepip --with-pymalloc --enable-big-digits=30 \
    CONFIG_SITE="$here/config.site" PKG_CONFIG_LIBDIR=/nonexistent PKG_CONFIG_PATH= READELF=: \
    CC=wasi-cc CPP="wasi-cc -E" AR=wasi-ar RANLIB=wasi-ranlib ARFLAGS=rcsD \
    OPT="-DNDEBUG -O2" CFLAGS="-g0 $arithmetic -fno-sanitize=all -Wno-date-time $emulated" \
    LIBS="-lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks" \
    ZLIB_CFLAGS=-Iwasm-libs/include ZLIB_LIBS="-Lwasm-libs/lib -lz" \
    BZIP2_CFLAGS=-Iwasm-libs/include BZIP2_LIBS="-Lwasm-libs/lib -lbz2" \
    LIBLZMA_CFLAGS=-Iwasm-libs/include LIBLZMA_LIBS="-Lwasm-libs/lib -llzma" \
    LIBSQLITE3_CFLAGS=-Iwasm-libs/include LIBSQLITE3_LIBS="-Lwasm-libs/lib -lsqlite3"

parts="Modules/_decimal/libmpdec/libmpdec.a Modules/expat/libexpat.a Modules/_hacl/libHacl_Hash_SHA2.a"
# shellcheck disable=SC2086
"$steps" -j"$JOBS" libpython3.13.a $parts
wasi-cc -std=c17 -D_GNU_SOURCE -Wall -Wextra -O2 -g0 -fno-sanitize=all -c "$here/netdb.c" -o netdb.o
wasi-ar rcsD libnetdb.a netdb.o
make -s pybuilddir.txt

mkdir -p "$OUT/lib" "$OUT/include/python3.13"
# shellcheck disable=SC2086
cp libpython3.13.a libnetdb.a $parts wasm-libs/lib/*.a "$OUT/lib/"
cp -R Include/. pyconfig.h "$OUT/include/python3.13/"
for name in python3.13 netdb mpdec expat Hacl_Hash_SHA2 sqlite3 z bz2 lzma; do
    echo "lib/lib$name.a"
done >"$OUT/link-inputs"
sed -n 's/^    {"\([^"]*\)", .*/\1/p' Modules/config.c | LC_ALL=C sort >"$OUT/builtin-modules"
mkdir "$OUT/sysconfig"
for data in "$(cat pybuilddir.txt)"/_sysconfigdata_*.py; do
    "$DEPS/cpython-native/bin/python3.13" -I "$here/sysconfigdata.py" "$data" >"$OUT/sysconfig/${data##*/}"
done
