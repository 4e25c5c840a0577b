"""Reads the parts of a WebAssembly module (core specification 1.0, binary format) that the translation needs."""

import struct

VALUE_LETTERS = {0x7F: "i", 0x7E: "I", 0x7D: "f", 0x7C: "F"}
FUNCTION, TABLE, MEMORY, GLOBAL = range(4)


class Reader:
    def __init__(self, data, position=0):
        self.data, self.position = data, position

    def byte(self):
        self.position += 1
        return self.data[self.position - 1]

    def take(self, count):
        self.position += count
        return self.data[self.position - count:self.position]

    def unsigned(self):
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    def signed(self):
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result - (1 << shift) if byte & 0x40 else result

    def name(self):
        return self.take(self.unsigned()).decode()

    def limits(self):
        flags = self.byte()
        low = self.unsigned()
        return low, self.unsigned() if flags & 1 else None

    def constant(self):
        """Value of a constant expression made of one i32.const or i64.const."""
        opcode = self.byte()
        if opcode not in (0x41, 0x42):
            raise ValueError(f"constant expression with opcode {opcode:#x}")
        value = self.signed()
        if self.byte() != 0x0B:
            raise ValueError("constant expression of more than one instruction")
        return value


class Module:
    """Imports, exports, limits, globals and data of a module; raises ValueError on anything a guest may not have."""

    def __init__(self, data):
        if data[:8] != b"\0asm\1\0\0\0":
            raise ValueError("not a WebAssembly module")
        self.types, self.imports, self.functions = [], [], []
        self.globals, self.exports, self.data = [], {}, []
        self.memory = None
        reader = Reader(data, 8)
        while reader.position < len(data):
            kind = reader.byte()
            end = reader.unsigned()
            end += reader.position
            handler = self.SECTIONS.get(kind)
            if handler:
                handler(self, reader)
            reader.position = end

    def read_types(self, reader):
        for _ in range(reader.unsigned()):
            reader.byte()
            parameters = [VALUE_LETTERS[reader.byte()] for _ in range(reader.unsigned())]
            results = [VALUE_LETTERS[reader.byte()] for _ in range(reader.unsigned())]
            if len(results) > 1:
                raise ValueError("function with several results")
            self.types.append("".join(parameters) + ">" + "".join(results))

    def read_imports(self, reader):
        for _ in range(reader.unsigned()):
            module, name, kind = reader.name(), reader.name(), reader.byte()
            if kind != FUNCTION:
                raise ValueError(f"import {module}.{name} is not a function")
            self.imports.append((module, name, self.types[reader.unsigned()]))

    def read_functions(self, reader):
        self.functions = [self.types[reader.unsigned()] for _ in range(reader.unsigned())]

    def read_memory(self, reader):
        if reader.unsigned() != 1:
            raise ValueError("a guest has exactly one memory")
        self.memory = reader.limits()

    def read_globals(self, reader):
        for _ in range(reader.unsigned()):
            reader.byte()
            mutable = reader.byte() == 1
            self.globals.append((mutable, reader.constant()))

    def read_exports(self, reader):
        for _ in range(reader.unsigned()):
            name, kind, index = reader.name(), reader.byte(), reader.unsigned()
            self.exports[name] = (kind, index)

    def read_data(self, reader):
        for _ in range(reader.unsigned()):
            flags = reader.unsigned()
            if flags == 1:
                raise ValueError("passive data segments are not translated")
            if flags == 2:
                reader.unsigned()
            offset = reader.constant() & 0xFFFFFFFF
            self.data.append((offset, reader.take(reader.unsigned())))

    SECTIONS = {1: read_types, 2: read_imports, 3: read_functions, 5: read_memory, 6: read_globals,
                7: read_exports, 11: read_data}

    def signature(self, name):
        """Signature of an exported function, None when there is none of that name."""
        kind, index = self.exports.get(name, (None, 0))
        if kind != FUNCTION:
            return None
        return self.functions[index - len(self.imports)] if index >= len(self.imports) else self.imports[index][2]

    def exported_global(self, name):
        kind, index = self.exports.get(name, (None, 0))
        return self.globals[index] if kind == GLOBAL else None

    def initial_memory(self):
        """The memory at instantiation, up to its last byte that is not zero."""
        memory = bytearray()
        for offset, content in self.data:
            if offset + len(content) > self.memory[0] * 65536:
                raise ValueError("data segment outside the memory")
            memory.extend(bytes(max(0, offset + len(content) - len(memory))))
            memory[offset:offset + len(content)] = content
        return bytes(memory)
