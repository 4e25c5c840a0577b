#!/bin/sh
# Builds CPython for this machine, as upstream builds it by default.
#
# It runs the cross build and compiles the guest's standard library, both of
# which need the very same version; and it is the plain native interpreter that
# benchmarks are held against, so no flag here may make it faster or slower.
set -eu

source=$DEPS/cpython-src
cd "$WORK"
"$source/configure" --quiet --prefix="$FINAL" --without-ensurepip --disable-test-modules
"$OLDPWD/tools/setup/make-steps" -j"$JOBS"

# Modules for the interpreter alone: no manual pages, no optimised bytecode twins.
make altbininstall libainstall inclinstall sharedinstall DESTDIR="$WORK/install" >/dev/null
library=$WORK/install$FINAL/lib/python3.13
cp -R "$source/Lib/." "$library/"
cp "$(cat pybuilddir.txt)"/_sysconfigdata_*.py "$library/"
rm -rf "$library/test" "$library/idlelib" "$library/turtledemo" "$library/ensurepip"
"$WORK/install$FINAL/bin/python3.13" -m compileall -q -j"$JOBS" "$library" -d "$FINAL/lib/python3.13"
cp -R "$WORK/install$FINAL/." "$OUT/"
