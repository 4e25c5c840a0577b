#!/bin/sh
# The command of stage python-stdlib, see stdlib.py.
set -eu
exec "$DEPS/cpython-native/bin/python3.13" guests/python/build/stdlib.py "$OUT"
