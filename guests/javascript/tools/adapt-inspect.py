"""Build tool: puts the engine's own type checks and internals into the package node-inspect-extracted.

    adapt-inspect.py INSPECT.js OUT.js

The package is node's code over emulations of node's internals. Two of its modules, the type checks and the internal
binding, are replaced by modules of the prelude. Each replacement must match exactly once.
"""

import re
import sys

REPLACEMENTS = [
    # exports of the module that has isAsyncFunction are the type checks
    (r"t\.exports=\{isAsyncFunction:.*?isSymbolObject:\w+\}\}", 't.exports=require("capsule-inspect-types").default}'),
    # exports of the module that has previewEntries are the internal binding
    (r"t\.exports=\{constants:\{kPending:.*?getExternalValue:\(\)=>\w+\(0\)\}\}",
     't.exports=require("capsule-inspect-internals").default}'),
    # the engine has no Atomics of its own
    (r'\["Atomics","JSON"', '["JSON"'),
]


def main():
    source, target = sys.argv[1:3]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    for pattern, replacement in REPLACEMENTS:
        text, count = re.subn(pattern, lambda _: replacement, text, flags=re.S)
        if count != 1:
            sys.exit(f"adapt-inspect: {count} matches, not 1, for {pattern}")
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)


main()
