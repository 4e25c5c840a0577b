#!/bin/sh
# Builds CPython for this machine, as upstream builds it by default.
#
# It runs the cross build and compiles the guest's standard library, both of
# which need the very same version; and it is the plain native interpreter that
# benchmarks are held against, so no flag here may make it faster or slower.
set -eu

top=$PWD
source=$DEPS/cpython-src
export PYTHONPYCACHEPREFIX="$WORK/pycache" # the source is another stage's result

cd "$WORK"
"$source/configure" --quiet --prefix="$FINAL" --without-ensurepip --disable-test-modules
"$top/tools/setup/make-steps" -j"$JOBS"

# The interpreter and its library, without manual pages, the embedding library
# and the twice optimised bytecode.
echo "installing"
make -s altbininstall sharedinstall DESTDIR="$WORK/install"
library=$WORK/install$FINAL/lib/python3.13
cp -R "$source/Lib/." "$library/"
cp "$(cat pybuilddir.txt)"/_sysconfigdata_*.py "$library/"
rm -rf "$library/test" "$library/idlelib" "$library/turtledemo" "$library/ensurepip"
find "$library" -name __pycache__ -prune -exec rm -rf {} +
unset PYTHONPYCACHEPREFIX
"$WORK/install$FINAL/bin/python3.13" -m compileall -q -j"$JOBS" -s "$WORK/install" "$library"
cp -R "$WORK/install$FINAL/." "$OUT/"
