"""Canonical NaNs in wasm2c's output, where they can be seen.

What arithmetic answers for a NaN differs between processors and compilers (src/engine/aot/generated.h tells how), so a
NaN it makes is replaced by the canonical one. Only bits show the difference: further arithmetic makes a NaN of any NaN, and
a comparison or a conversion to an integer treats all alike. So a result is left as it is while nothing but these use it,
and made canonical before whatever else does: a store, a call, a return, a reinterpretation, a change of sign, a choice
between two values, and the end of a straight piece of code. Values that were loaded or passed are never touched: copying
keeps every bit, as WebAssembly demands.

A local variable may hold results in raw form when all that is ever assigned to it may; then it counts as raw wherever it
is read. That is a property of the whole function, found by assuming it of all and taking it back until nothing changes.
"""

import re

#: What a stack slot holds: bits that must stay, a number or the canonical NaN, a result with a NaN of any kind.
KEPT, CANONICAL, RAW = "kept", "canonical", "raw"

SLOT = r"w2c_[fd]\d+(?:_\d+)?"
SLOTS = re.compile(rf"\b{SLOT}\b")
#: Arithmetic as wasm2c writes it: of two stack slots, into the first.
ARITHMETIC = re.compile(rf"^(\s*)({SLOT}) ([-+*/])= ({SLOT});$")
#: What would escape that.
UPDATE = re.compile(r"w2c_[^ij]\w* [-+*/]= |= w2c_[fd]\w* [-+*/] ")
DECLARED = re.compile(r"\b(f32|f64) ((?:w2c_[lp]\d+(?: = 0)?(?:,\s*)?)+)")
LOCAL = re.compile(r"w2c_[lp]\d+")
TO_LOCAL = re.compile(rf"^\s*(w2c_[lp]\d+) = ({SLOT});$")
FROM_LOCAL = re.compile(rf"^\s*({SLOT}) = (w2c_[lp]\d+);$")
BETWEEN_SLOTS = re.compile(rf"^\s*({SLOT}) = ({SLOT});$")
#: Uses that tell no NaN from another.
BLIND = re.compile(rf"^\s*w2c_[ij]\d+(?:_\d+)? = (?:{SLOT} (?:[<>]=?|[!=]=) {SLOT}|I(?:32|64)_TRUNC\w+\({SLOT}\));$")
#: Results that are a number, or a NaN that is canonical by itself. The operand of a square root may be raw.
CLEAN = re.compile(rf"^\s*({SLOT}) = (?:-?[0-9][0-9.e+-]*f?|-?INFINITY|\(f(?:32|64)\)(?:\([su]\d\d\))?\(w2c_[ij]\d+(?:_\d+)?\)|wasm_sqrtf?\({SLOT}\));$")
ASSIGNED = re.compile(rf"^\s*({SLOT}) = ")
#: Lines after which, or before which, other code may follow or have come: nothing is known there.
BORDER = re.compile(r"\bgoto\b|\breturn\b|\bswitch\b|\bif \(|^\s*w2c_[BL]\d+:|[{}]\s*$|^\s*(?:case|default)\b|UNREACHABLE")


def canonical(slot):
    return f"{slot} = f{32 if slot[4] == 'f' else 64}_canonical({slot});"


class _Function:
    def __init__(self, lines):
        self.lines = lines
        self.raw_locals = set()
        for line in self._declarations():
            for kind in DECLARED.finditer(line):
                self.raw_locals.update(LOCAL.findall(kind[2]))

    def _declarations(self):
        """The declarations of locals, which may go on over lines. Parameters are not among them: callers pass bits."""
        text = ""
        for line in self.lines:
            text += line
            if line.rstrip().endswith(";"):
                if re.match(r"\s*(?:f32|f64|u32|u64) ", text):
                    yield text
                text = ""
            elif not line.rstrip().endswith(","):
                text = ""

    def rewrite(self):
        """The lines with NaNs made canonical where they show."""
        while True:
            before = len(self.raw_locals)
            out = self._pass()
            if len(self.raw_locals) == before:
                return out

    def _pass(self):
        self.state, self.out = {}, []
        for line in self.lines:
            self._line(line)
        return self.out

    def _settle(self, slots):
        for slot in slots:
            if self.state.get(slot) == RAW:
                self.out.append("  " + canonical(slot))
                self.state[slot] = CANONICAL

    def _line(self, line):
        if BORDER.search(line):
            self._settle(sorted(self.state))
            self.out.append(line)
            self.state = {}
        elif match := ARITHMETIC.match(line):
            indent, left, operator, right = match.groups()
            self.out.append(f"{indent}{left} = {left} {operator} {right};")
            self.state.pop(right, None)
            self.state[left] = RAW
        elif match := TO_LOCAL.match(line):
            self._assign(match[1], match[2])
            self.out.append(line)
        elif match := FROM_LOCAL.match(line):
            self.out.append(line)
            self.state[match[1]] = RAW if match[2] in self.raw_locals else KEPT
        elif match := BETWEEN_SLOTS.match(line):
            self.out.append(line)
            self.state[match[1]] = self.state.get(match[2], KEPT)
        elif BLIND.match(line):
            self.out.append(line)
        elif match := CLEAN.match(line):
            self.out.append(line)
            self.state[match[1]] = CANONICAL
        else:
            self._settle(dict.fromkeys(SLOTS.findall(line)))
            self.out.append(line)
            if match := ASSIGNED.match(line):
                self.state[match[1]] = KEPT

    def _assign(self, local, slot):
        if local in self.raw_locals and self.state.get(slot, KEPT) == KEPT:
            self.raw_locals.discard(local)
        if local not in self.raw_locals:
            self._settle([slot])


def canonical_nans(lines):
    """One function's body; every line that does arithmetic on floating point numbers must be one that is understood."""
    if not any(line.startswith(("  f32 ", "  f64 ")) for line in lines):
        return lines
    for line in lines:
        if UPDATE.search(line) and not ARITHMETIC.match(line):
            raise ValueError(f"unexpected floating point arithmetic: {line.strip()}")
    return _Function(lines).rewrite()
