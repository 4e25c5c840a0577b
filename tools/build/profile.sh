#!/bin/sh
# profile.sh LANGUAGE VERSION PROGRAM: trains an instrumented guest, $DEPS/LANGUAGE-instrumented, and writes what its code
# counted to $OUT/guest.profdata.
#
# The guest is booted, and runs PROGRAM once, in deterministic mode and on one thread at a time: every count is the same
# whenever and wherever that is done. What booting counts is left out: it happens once per installation.
set -eu
language=$1 version=$2 program=$3
build=$(cd "${BUILD:-build}" && pwd)
guest=$WORK/guests/$language-$version
mkdir -p "$guest" "$WORK/layout" "$WORK/project"
LLVM_PROFILE_FILE=$WORK/boot.profraw OUT=$guest WORK=$WORK/layout \
    tools/build/guest.sh "$language" "$version" "$DEPS/$language-instrumented"

echo "[1/1] running ${program##*/}"
cp "$program" "$WORK/project/"
cd "$WORK/project"
# No variable and no file of whoever builds reaches the training.
env -i PATH="$PATH" HOME="$WORK" LLVM_PROFILE_FILE="$WORK/train.profraw" CAPSULE_GUESTS="$WORK/guests" CAPSULE_CACHE="$WORK/cache" \
    "$build/capsule" run --json --deterministic "${program##*/}"
llvm-profdata-19 merge -o "$OUT/guest.profdata" "$WORK/train.profraw"
