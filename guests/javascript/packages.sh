#!/bin/sh
# Installs the npm packages of the prelude, exactly as locked, into $OUT. No package runs a script of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cp "$here/package.json" "$here/package-lock.json" "$OUT/"
cd "$OUT"
exec npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
