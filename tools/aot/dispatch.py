"""Threaded dispatch in wasm2c's output.

The loop of a bytecode interpreter is one switch in WebAssembly, which has no computed goto: every instruction jumps back to
one indirect jump, and the processor has to guess all successors at that one place. Here each instruction gets a copy of
that jump, through a table of labels. Only loops of the size of an interpreter's are taken.

What the counter adds is known here too: for an instruction of the interpreted program, and for a call of a function whose
body is such a loop.
"""

import re

LEAST_CASES, LEAST_JUMPS = 128, 64
BYTES = 256
#: Statements between the loop's head and its switch that are repeated at each jump, at the most.
MOST_STATEMENTS = 16

HEAD = re.compile(r"^\s*(w2c_L\d+): METER\(\d+\);$|^\s*(w2c_L\d+):;$")
ENTRY = re.compile(r"^\s*METER\(\d+\);$")
SWITCH = re.compile(r"^\s*switch \((w2c_i\d+)\) \{$")
CASE = re.compile(r"^\s*case (\d+): goto (w2c_\w+);$")
DEFAULT = re.compile(r"^\s*default: goto (w2c_\w+);$")
PLAIN = re.compile(r"^\s*w2c_\w+ (?:[-+*&|^]|<<|>>)?= .*;$")


class _Loop:
    """A dispatch loop: where its head stands, the statements up to the switch, and the targets."""

    def __init__(self, lines, head):
        match = HEAD.match(lines[head])
        self.head, self.label, self.meter = head, match[1] or match[2], bool(match[1])
        self.end = None
        at = head + 1
        while at - head <= MOST_STATEMENTS and PLAIN.match(lines[at]):
            at += 1
        switch = SWITCH.match(lines[at])
        if not switch:
            return
        self.index, self.statements, self.targets = switch[1], [line.strip() for line in lines[head + 1:at]], []
        at += 1
        while case := CASE.match(lines[at]):
            if int(case[1]) != len(self.targets):
                return
            self.targets.append(case[2])
            at += 1
        self.cases = len(self.targets)
        default = DEFAULT.match(lines[at])
        if default and lines[at + 1].strip() == "}":
            self.default, self.end = default[1], at + 1
            self.checked = not self.fill()

    def fill(self):
        """Makes the table one of all bytes, when the index is a byte, or one less a number; answers whether it is."""
        less = re.search(rf"^(.*;) (w2c_i\d+) = (\d+)u; {self.index} \+= \2;$", " ".join(self.statements))
        first = 2**32 - int(less[3]) if less else 0
        statements = self.statements[:-2] if less else self.statements
        byte = rf"(?:\b{self.index} = i32_load8_u\([^;]*\);|\b(w2c_i\d+) = 255u; {self.index} &= \1;)(?: w2c_[lp]\d+ = {self.index};)*$"
        if not re.search(byte, " ".join(statements)) or first + len(self.targets) > BYTES:
            return False
        self.statements = statements
        rest = BYTES - first - len(self.targets)
        self.targets = [self.default] * first + self.targets + [self.default] * rest
        return True

    @property
    def table(self):
        return self.label.replace("w2c_L", "dispatch_")

    def declaration(self):
        labels = ", ".join(f"&&{target}" for target in self.targets)
        return f"  static const void *const {self.table}[] = {{{labels}}};"

    def jump(self, weight):
        meter = f"METER({weight}); " if self.meter else ""
        check = f"if (UNLIKELY({self.index} >= {len(self.targets)}u)) goto {self.default}; " if self.checked else ""
        return f"{{{meter}{' '.join(self.statements)} {check}goto *{self.table}[{self.index}];}}"


def thread_dispatch(lines, instruction=1, call=1):
    """One function's body, with the jumps to the head of an interpreter's loop replaced by what that does. `instruction` and
    `call` are what the counter adds there, if it counts."""
    loops = [_Loop(lines, at) for at, line in enumerate(lines) if HEAD.match(line)]
    for loop in reversed([loop for loop in loops if loop.end and loop.cases >= LEAST_CASES]):
        goto, jump = f"goto {loop.label};", loop.jump(instruction)
        if sum(line.count(goto) for line in lines) < LEAST_JUMPS:
            continue
        lines = lines[:loop.head + 1] + [jump] + lines[loop.end + 1:]
        lines[loop.head] = f"  {loop.label}:;"
        lines = [f"  METER({call});" if ENTRY.match(line) else line.replace(goto, jump) for line in lines]
        lines = [loop.declaration()] + lines
    return lines
