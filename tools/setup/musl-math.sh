#!/bin/sh
# Builds musl's functions of libm that round, in double and single precision, for wasm32-wasi: $OUT/libmath.a.
#
# zig's C library has some of them written anew, and its exp and log2 are worse: exp is off by up to 0.74 units in the last
# place (0.51 here, and what calls it likewise), the log2 of a subnormal number in its first digits. Both guests link this
# archive before that library; all of the family comes from it, so that no two origins mix. What IEEE 754 defines to the
# bit (sqrt, fma, rounding, fmod, scalbn, nextafter) stays the C library's.
set -eu

source=$DEPS/musl-src
# Nothing is fused or reordered, as in the guests; none of these functions sets errno. -fno-builtin-pow: exp10 ends in
# pow(10, x), which a compiler that knows both turns into exp10.
flags="-target wasm32-wasi -std=c99 -D_GNU_SOURCE= -O2 -g0 -DNDEBUG -w -fno-sanitize=all -ffp-contract=off -fno-math-errno
    -fno-builtin-pow -fno-builtin-powf -ffile-prefix-map=$DEPS/=
    -I$source/src/internal -I$source/src/include -I$source/arch/generic"

functions="exp exp2 exp10 expm1 log log2 log10 log1p pow cbrt hypot
    sin cos tan sincos asin acos atan atan2 sinh cosh tanh asinh acosh atanh
    erf lgamma tgamma j0 j1 jn"
# What these call: reductions of an argument, kernels, tables, results that are exceptions.
units="lgamma_r lgammaf_r signgam __rem_pio2_large
    exp_data exp2f_data log_data logf_data log2_data log2f_data pow_data powf_data"
for name in __rem_pio2 __expo2 __math_divzero __math_invalid __math_oflow __math_uflow __math_xflow $functions; do
    units="$units $name ${name}f"
done
for name in sin cos tan; do units="$units __$name __${name}df"; done

echo "compiling libmath"
# shellcheck disable=SC2016,SC2086
printf '%s\n' $units | xargs -P "$JOBS" -n 1 sh -c '
    "$1/zig/zig" cc $2 -c "$3/src/math/$5.c" -o "$4/$5.o"
' compile "$DEPS" "$flags" "$source" "$WORK"
"$DEPS/zig/zig" ar rcsD "$OUT/libmath.a" "$WORK"/*.o
