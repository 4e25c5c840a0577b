#!/bin/sh
# install.sh DESTDIR PREFIX VERSION: copies what was built to where it belongs. Guests are replaced by rename, so that a
# running process keeps the one it has.
set -eu
destdir=$1 prefix=$2 version=$3
case $prefix in /*) ;; *) echo "PREFIX must be absolute, not '$prefix'" >&2; exit 2 ;; esac
to=$destdir$prefix
mkdir -p "$to/bin" "$to/include" "$to/lib/pkgconfig" "$to/lib/capsule/guests"
install -m 755 build/capsule "$to/bin/capsule"
install -m 644 include/capsule.h "$to/include/capsule.h"
install -m 644 build/libcapsule.a "$to/lib/libcapsule.a"
install -m 755 build/libcapsule.so.0 "$to/lib/libcapsule.so.0"
ln -sf libcapsule.so.0 "$to/lib/libcapsule.so"
cat >"$to/lib/pkgconfig/capsule.pc" <<PC
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: capsule
Description: Runs untrusted Python and TypeScript/JavaScript in WebAssembly sandboxes
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lcapsule
Libs.private: -lstdc++ -lpthread -ldl -lm
PC
mkdir -p "$to/lib/capsule/engine"
install -m 755 build/engine/libwasmtime.so "$to/lib/capsule/engine/.libwasmtime.so.new"
mv -f "$to/lib/capsule/engine/.libwasmtime.so.new" "$to/lib/capsule/engine/libwasmtime.so"
for guest in build/guests/*; do
    name=$(basename "$guest")
    new=$to/lib/capsule/guests/.$name.new
    rm -rf "$new"
    cp -RL --sparse=always "$guest" "$new"
    rm -f "$new/.complete"
    chmod -R go-w "$new"
    rm -rf "$to/lib/capsule/guests/$name"
    mv "$new" "$to/lib/capsule/guests/$name"
done
