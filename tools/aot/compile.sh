#!/bin/sh
# compile.sh STAGE PIECES CPU: translates $DEPS/STAGE/guest.wasm and compiles it into $OUT/guest.so and $OUT/initial.img.
set -eu
stage=$1 pieces=$2 cpu=$3
here=$(dirname "$0")
wasm=$DEPS/$stage/guest.wasm
id=$(cat "$wasm" "$here"/* src/engine/aot/*.h | sha256sum | cut -c1-32)-$cpu
echo "[1/$((pieces + 3))] translating to C"
WASM2C=$DEPS/wabt/bin/wasm2c python3 "$here/translate.py" "$wasm" "$WORK" "$pieces" "$id"
case $cpu in generic) target= ;; *) target=-march=$cpu ;; esac
# -fno-strict-aliasing: guest memory is bytes. -ffp-contract=off: a fused multiply-add would change results.
# No stack protector: a guest's stack is its own, and a frame never holds a guest-chosen array.
flags="-O2 -g0 -fPIC -fvisibility=hidden -fno-strict-aliasing -ffp-contract=off -fno-stack-protector -fno-math-errno
    -fomit-frame-pointer -w $target -DGUEST_CPU=\"$cpu\" -I$WORK -Isrc/engine/aot"
total=$(ls "$WORK"/*.c | wc -l)
ls -S "$WORK"/*.c | nl -ba | xargs -P "$JOBS" -L 1 sh -c '
    echo "[$(($0 + 1))/'$((total + 2))'] compiling $(basename "$1")"
    exec clang-19 '"$(printf '%s ' $flags | sed 's/"/\\"/g')"' -c "$1" -o "${1%.c}.o"'
echo "[$((total + 2))/$((total + 2))] linking"
clang-19 -shared -fuse-ld=lld-19 -Wl,-z,now -Wl,-z,relro -Wl,--build-id=none -Wl,-Bsymbolic -o "$OUT/guest.so" "$WORK"/*.o -lm
cp "$WORK/initial.img" "$OUT/"
