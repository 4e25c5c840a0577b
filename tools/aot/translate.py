#!/usr/bin/env python3
"""Translates a guest module into C pieces for the ahead-of-time engine.

    translate.py MODULE.wasm OUT_DIR PIECES [--no-meter] [--weights=LOOP,INSTRUCTION,CALL]

wasm2c (WABT 1.0.32) writes the bodies; this script keeps the bodies, drops everything around them, and writes:
    common.h            declarations of all functions, over src/engine/aot/generated.h
    piece_NN.c          the functions, about PIECES files of equal size, as floats.py and dispatch.py rewrite them
    module.c            table, thunks of the imports, and the description object cap_guest_module
    initial.img         linear memory at instantiation
It is, with those two and generated.h, all that knows the shape of wasm2c's output; it stops on anything it does not expect.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # leaves nothing in the tree
sys.path.insert(0, str(Path(__file__).resolve().parent))
from dispatch import thread_dispatch  # noqa: E402
from floats import canonical_nans  # noqa: E402
from wasmfile import Module  # noqa: E402

C_TYPES = {"i": "u32", "I": "u64", "f": "f32", "F": "f64", "": "void"}
DECLARATION = re.compile(r"^static (\w+) (w2c_\w+)\(Z_g_instance_t\*(.*)\);$")
DEFINITION = re.compile(r"^static (\w+ w2c_\w+)\(Z_g_instance_t\* instance(.*)\) \{$")
ELEMENT = re.compile(r"^  \{(\d+), \(wasm_rt_function_ptr_t\)&(\w+), (\w+)\},$")
TABLE_INIT = re.compile(r"^  funcref_table_init\(&instance->w2c_T0, (\w+), (\d+), (\d+)u, 0, \d+, instance, func_types\);$")
FUNC_TYPE = re.compile(r"^  func_types\[(\d+)\] = wasm_rt_register_func_type\((.*)\);$")
GLOBAL_INIT = re.compile(r"^  instance->(w2c_\w+) = (\d+u(?:ll)?);$")
FORBIDDEN = re.compile(r"funcref_table_(set|fill|copy|init)|table_grow|memory_init|wasm_rt_grow_funcref")


def refuse(text):
    sys.exit(f"translate: {text}")


def check_module(module):
    """Memory and __stack_pointer must be the whole state of a guest, see guests/abi/capsule_abi.h."""
    mutable = [value for is_mutable, value in module.globals if is_mutable]
    if len(mutable) != 1:
        refuse(f"{len(mutable)} mutable globals, expected __stack_pointer alone")
    pointer = module.exported_global("__stack_pointer")
    if not pointer or not pointer[0]:
        refuse("__stack_pointer is not exported")
    meter = module.exported_global("capsule_meter")
    if meter and meter[1] % 64:
        refuse("capsule_meter is not aligned to 64 bytes")
    return pointer[1] & 0xFFFFFFFF, (meter[1] & 0xFFFFFFFF) if meter else 0


class Source:
    """The C of wasm2c, cut into what is kept."""

    def __init__(self, text):
        self.lines = text.split("\n")
        self.declarations, self.functions, self.elements = [], [], {}
        self.types, self.table_inits, self.constants = {}, [], {}
        self.table_size = 0
        self.read()

    def read(self):
        i = 0
        segment = None
        while i < len(self.lines):
            line = self.lines[i]
            while line.startswith("static ") and line.endswith(", "):  # long parameter lists go on
                i += 1
                line += self.lines[i].lstrip()
            if match := DECLARATION.match(line):
                self.declarations.append(f"{match[1]} {match[2]}(cap_aot_instance *{match[3]});")
            elif match := DEFINITION.match(line):
                end = self.lines.index("}", i)
                self.functions.append((match[1], match[2], self.lines[i + 1:end]))
                i = end
            elif match := FUNC_TYPE.match(line):
                self.types[int(match[1])] = match[2]
            elif line.startswith("static const wasm_elem_segment_expr_t "):
                segment = self.elements.setdefault(line.split()[3].split("[")[0], [])
            elif segment is not None and (match := ELEMENT.match(line)):
                if match[3] != "0":
                    refuse("an imported function stands in the table")
                segment.append((int(match[1]), match[2]))
            elif match := TABLE_INIT.match(line):
                self.table_inits.append((match[1], int(match[2]), int(match[3])))
            elif match := GLOBAL_INIT.match(line):
                self.constants[match[1]] = match[2]
            elif match := re.match(r"^  wasm_rt_allocate_funcref_table\(&instance->w2c_T0, (\d+), \d+\);$", line):
                self.table_size = int(match[1])
            i += 1

    def table(self):
        """Table as a list of (type, function) or None. Types are made canonical: equal signatures, equal number."""
        canonical = {}
        numbers = {index: canonical.setdefault(text, len(canonical) + 1) for index, text in sorted(self.types.items())}
        entries = [None] * self.table_size
        for name, count, start in self.table_inits:
            if count != len(self.elements[name]):
                refuse(f"element segment {name} has {len(self.elements[name])} entries, expected {count}")
            for i, (kind, function) in enumerate(self.elements[name]):
                entries[start + i] = (numbers[kind], function)
        return numbers, entries


DEFAULT_WEIGHTS = [1, 1, 1]

CALL_INDIRECT = re.compile(
    r"CALL_INDIRECT\(instance->w2c_T0, (\w+) \(\*\)\(void\*(.*?)\), (\d+), (w2c_i\d+), "
    r"instance->w2c_T0\.data\[w2c_i\d+\]\.module_instance")


def rewrite_body(lines, types, constants, weights):
    """One function's body in our terms; adds the counter at its entry and at every loop head (weights: what it adds, see
    read_weights; None: no counter), makes NaNs canonical, threads the dispatch of interpreters."""
    meter = f" METER({weights[0]});" if weights else ""
    out = []
    for line in lines:
        stripped = line.strip()
        if stripped == "FUNC_PROLOGUE;":
            if meter:
                out.append(" " + meter)
            continue
        if stripped == "FUNC_EPILOGUE;":
            continue
        if re.match(r"^w2c_L\d+: ?$", stripped):
            out.append(line.rstrip() + (meter or ";"))
            continue
        if "CALL_INDIRECT" in line:
            line, count = CALL_INDIRECT.subn(
                lambda m: f"CALL_INDIRECT({m[1]}, (cap_aot_instance *{m[2]}), {types[int(m[3])]}u, {m[4]}, instance", line)
            if count != 1:
                refuse(f"unexpected indirect call: {line.strip()}")
        line = line.replace("memory_copy(&instance->w2c_memory, &instance->w2c_memory", "memory_copy(instance")
        line = line.replace("&instance->w2c_memory", "instance")
        line = line.replace("wasm_rt_grow_memory(", "memory_grow(")
        line = line.replace("instance->w2c_memory.pages", "instance->pages")
        line = line.replace("instance->w2c___stack_pointer", "instance->stack_pointer")
        line = re.sub(r"instance->(w2c_\w+)", lambda m: constants.get(m[1], m[0]), line)
        line = re.sub(r"\(\*(Z_\w+)\)\(instance->Z_\w+_instance", r"\1(instance", line)
        if "instance->w2c" in line or FORBIDDEN.search(line):
            refuse(f"unexpected use of the instance: {line.strip()}")
        out.append(line)
    try:
        return thread_dispatch(canonical_nans(out), *(weights or DEFAULT_WEIGHTS)[1:])
    except ValueError as error:
        refuse(error)


INDIRECT_MACRO = """
#define CALL_INDIRECT(result, parameters, kind, index, ...)                              \\
    (UNLIKELY((index) >= GUEST_TABLE_SIZE || guest_table[index].type != (kind)) ? (void)TRAP(CALL) : (void)0, \\
     ((result(*) parameters)guest_table[index].function)(__VA_ARGS__))
"""


def mangled(module, name):
    """wasm2c's name of an import: letters, digits and _ stay, Z becomes ZZ-like escapes; guests use plain names only."""
    if not re.fullmatch(r"[a-z0-9_]+", module + name):
        refuse(f"import {module}.{name}: name outside [a-z0-9_]")
    return f"Z_{module}Z_{name}"


def thunk(index, module, name, signature):
    parameters, result = signature.split(">")
    types = [C_TYPES[letter] for letter in parameters]
    formal = "".join(f", {kind} a{i}" for i, kind in enumerate(types))
    actual = "".join(f", a{i}" for i in range(len(types)))
    pointer = f"{C_TYPES[result]} (*)(void *{''.join(', ' + kind for kind in types)})"
    call = f"(({pointer})instance->imports[{index}])(instance->host{actual})"
    head = f"{C_TYPES[result]} {mangled(module, name)}(cap_aot_instance *instance{formal})"
    if result:
        body = f"    {C_TYPES[result]} result = {call};\n    enter_guest(instance);\n    return result;\n"
    else:
        body = f"    {call};\n    enter_guest(instance);\n"
    return head, f"{head} {{\n    leave_guest(instance);\n{body}}}\n"


def write_pieces(out, functions, count):
    """Cuts into pieces of about equal text, keeping the order (callers stay near callees)."""
    total = sum(len(text) for text in functions)
    pieces, size = [[]], 0
    for text in functions:
        if size > total / count * len(pieces) and len(pieces) < count:
            pieces.append([])
        pieces[-1].append(text)
        size += len(text)
    for number, piece in enumerate(pieces):
        (out / f"piece_{number:02}.c").write_text('#include "common.h"\n\n' + "\n\n".join(piece) + "\n")
    return len(pieces)


def function_names(text):
    """Exported name -> C name, out of wasm2c's export wrappers."""
    names = {}
    wrapper = re.compile(r"^/\* export: '([^']*)' \*/\n\w+ Z_gZ_\w+\(Z_g_instance_t\* instance.*?\) \{\n  return (w2c_\w+)\(", re.M)
    for match in wrapper.finditer(text):
        names[match[1]] = match[2]
    return names


def module_source(module, source, entries, exports, pointer, meter):
    quote = '"{}"'.format
    thunks = [thunk(i, *item)[1] for i, item in enumerate(module.imports)]
    table = ",\n".join("    {0, 0}" if entry is None else f"    {{{entry[0]}u, (void (*)(void)){entry[1]}}}" for entry in entries)
    imports = ",\n".join(f"    {{{quote(m)}, {quote(n)}, {quote(s)}}}" for m, n, s in module.imports)
    exported = ",\n".join(f"    {{{quote(name)}, {quote(module.signature(name))}, (void (*)(void)){c_name}}}"
                          for name, c_name in sorted(exports.items()))
    maximum = module.memory[1] or 65536
    return f"""#include "common.h"

{"".join(thunks)}
const table_entry guest_table[] = {{
{table}
}};
const u32 guest_table_size = {len(entries)}u;

static const cap_aot_import imports[] = {{
{imports}
}};
static const cap_aot_export exports[] = {{
{exported}
}};

#ifndef GUEST_CPU
#define GUEST_CPU "generic"
#endif
#ifndef GUEST_BUILD
#define GUEST_BUILD "unknown"
#endif

__attribute__((visibility("default"))) const cap_aot_module cap_guest_module = {{
    .abi = CAP_AOT_ABI,
    .import_count = {len(module.imports)},
    .export_count = {len(exports)},
    .initial_pages = {module.memory[0]},
    .maximum_pages = {maximum},
    .stack_pointer = {pointer}u,
    .meter = {meter}u,
    .imports = imports,
    .exports = exports,
    .cpu = GUEST_CPU,
    .build = GUEST_BUILD,
}};
"""


def read_weights(words):
    """What the counter adds: for a loop's turn and a function's entry, for an instruction that an interpreter's loop takes up,
    for the entry of a function with such a loop."""
    given = [word.partition("=")[2] for word in words if word.startswith("--weights=")]
    if not given:
        return DEFAULT_WEIGHTS
    weights = given[-1].split(",")
    if len(weights) != 3 or not all(weight.isdecimal() and 0 < int(weight) < 2**31 for weight in weights):
        sys.exit(f"--weights={given[-1]}: three whole numbers from 1 on are wanted")
    return [int(weight) for weight in weights]


def main():
    arguments = [word for word in sys.argv[1:] if not word.startswith("--")]
    if len(arguments) != 3:
        sys.exit(__doc__)
    wasm, out, count = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    weights = None if "--no-meter" in sys.argv else read_weights(sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    module = Module(wasm.read_bytes())
    pointer, meter = check_module(module)
    raw = out / "wasm2c.c"
    subprocess.run([os.environ.get("WASM2C", "wasm2c"), str(wasm), "-n", "g", "-o", str(raw)], check=True)
    text = raw.read_text()
    raw.unlink()
    raw.with_suffix(".h").unlink()
    source = Source(text)
    if len(source.functions) != len(module.functions):
        refuse(f"found {len(source.functions)} function bodies, the module has {len(module.functions)}")
    types, entries = source.table()
    functions = [f"{head}(cap_aot_instance *instance{parameters}) {{\n" +
                 "\n".join(rewrite_body(body, types, source.constants, weights if meter else None)) + "\n}"
                 for head, parameters, body in source.functions]
    heads = [thunk(i, *item)[0] + ";" for i, item in enumerate(module.imports)]
    hidden = "#pragma GCC visibility push(hidden)\n{}\n#pragma GCC visibility pop\n"
    (out / "common.h").write_text(
        f"#define GUEST_METER {meter}\n#define GUEST_TABLE_SIZE {len(entries)}u\n" + '#include "generated.h"\n' +
        INDIRECT_MACRO + hidden.format("\n".join(heads + source.declarations)))
    pieces = write_pieces(out, functions, count)
    exports = function_names(text)
    (out / "module.c").write_text(module_source(module, source, entries, exports, pointer, meter))
    (out / "initial.img").write_bytes(module.initial_memory())
    print(f"{len(functions)} functions in {pieces} pieces, table {len(entries)}, {len(exports)} exports, "
          f"memory {module.memory[0]} pages, meter at {meter}")


if __name__ == "__main__":
    main()
