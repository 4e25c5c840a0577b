#!/bin/sh
# compile.sh SOURCES CPU RESULT [PROFILE]: compiles the C that translate.py wrote into SOURCES to a guest's module, RESULT.
#
# PROFILE is a file that says how often which code of it ran: what ran much is compiled for speed and put together, what never
# ran for size. With "instrument" the module counts that itself when it runs (tools/build/profile.sh). Objects go to $WORK.
set -eu
sources=$1 cpu=$2 result=$3 profile=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
headers=$(cd "$here/../../src/engine/aot" && pwd)
jobs=${JOBS:-1}
objects=$WORK/objects
mkdir -p "$objects" "$(dirname "$result")"

[ -f "$profile" ] && content=$profile || content=
# shellcheck disable=SC2086
build=$(cat "$sources"/*.[ch] "$0" "$headers"/*.h $content | sha256sum | cut -c1-32)-$cpu

# An instrumented module runs for a second or two: it is worth no time of the compiler. Level 1 is the least at which the
# functions are still those that a profile is read for.
case $profile in
    '') how=-O2 ;;
    instrument) how="-O1 -fprofile-generate -fprofile-update=single" ;;
    *) how="-O2 -fprofile-use=$(cd "$(dirname "$profile")" && pwd)/${profile##*/}" ;;
esac
case $cpu in generic) target= ;; *) target=-march=$cpu ;; esac
# -fno-strict-aliasing: guest memory is bytes. -ffp-contract=off: a fused multiply-add would change results.
# No stack protector: a guest's stack is its own, and a frame never holds a guest-chosen array.
# -tail-dup-*: the jump of a dispatch loop stays in every instruction, however many these are (tools/aot/dispatch.py).
flags="$how -g0 -fPIC -fvisibility=hidden -fno-strict-aliasing -ffp-contract=off -fno-stack-protector -fno-math-errno
    -fomit-frame-pointer -Wno-everything -Werror=backend-plugin $target -mllvm -tail-dup-pred-size=1000 -mllvm -tail-dup-succ-size=1000
    -DGUEST_CPU=\"$cpu\" -DGUEST_BUILD=\"$build\" -I. -I$headers"
# -Werror=backend-plugin: a profile of other code is an error.
# From within the folder: a profile names the functions of a file by the name the compiler was given.
total=$(ls "$sources"/*.c | wc -l)
(cd "$sources" && ls -S ./*.c) | nl -ba | xargs -P "$jobs" -L 1 sh -c '
    echo "[$0/'$((total + 1))'] compiling $(basename "$1")"
    cd "'"$sources"'" && exec clang-19 '"$(printf '%s ' $flags | sed 's/"/\\"/g')"' -c "$(basename "$1")" -o "'"$objects"'/$(basename "$1" .c).o"'
echo "[$((total + 1))/$((total + 1))] linking"
[ "$profile" = instrument ] && runtime=-fprofile-generate || runtime=
# shellcheck disable=SC2086
clang-19 -shared -fuse-ld=lld-19 $runtime -Wl,-z,now -Wl,-z,relro -Wl,--build-id=none -Wl,-Bsymbolic -Wl,-z,keep-text-section-prefix \
    -o "$result" "$objects"/*.o -lm
