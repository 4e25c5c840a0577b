#!/bin/sh
# guest.sh LANGUAGE VERSION CODE: lays out a guest's directory in $OUT, with the module CODE/guest.so, and boots its
# interpreter once into the language image.
set -eu
language=$1 version=$2 code=$3
cp "$code/guest.so" "$OUT/"
case $language in
python)
    cp -R "$DEPS/python-stdlib/lib" "$WORK/lib"
    mv "$WORK/lib" "$OUT/lib"
    cp -R guests/python/sdk/capsule "$OUT/lib/capsule"
    find "$OUT/lib/capsule" -name __pycache__ -prune -exec rm -rf {} + # of a test that ran in the tree
    # Not -I: it would have the hash seed ignored, which decides the order of sets in compiled code.
    PYTHONHASHSEED=0 "$DEPS/cpython-native/bin/python3.13" -B -P -s -m compileall -q -o 0 -d /.capsule/lib/capsule --invalidation-mode unchecked-hash "$OUT/lib/capsule"
    cp guests/python/warm/modules.txt "$OUT/lib/capsule/warm.txt"
    ;;
javascript)
    cp -R guests/javascript/bundle guests/javascript/sdk "$OUT/"
    cp "$DEPS/esbuild/esbuild" "$OUT/"
    ;;
esac
rm -rf "$OUT"/lib/__pycache__/capsule*
echo "[1/1] starting the interpreter"
"${BUILD:-build}/boot" "$language" "$version" "$DEPS/$language-c/initial.img" "$OUT"
