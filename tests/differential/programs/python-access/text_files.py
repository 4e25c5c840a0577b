"""Text files: modes, encodings, line ends, positions."""

import os


def _put(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def universal_newlines():
    with open(_put("data/n.txt", b"a\r\nb\rc\n")) as file:
        return [file.read(), sorted(file.newlines)]


def kept_newlines():
    with open(_put("data/n.txt", b"a\r\nb"), newline="") as file:
        return list(file)


def written_newlines():
    with open("data/n.txt", "w", newline="\r\n") as file:
        file.write("a\nb\n")
    with open("data/n.txt", "rb") as file:
        return file.read().decode()


def encodings():
    with open("data/e.txt", "w", encoding="utf-16") as file:
        file.write("ü")
    with open("data/e.txt", encoding="utf-16") as file:
        return [file.read(), os.path.getsize("data/e.txt")]


def with_a_mark():
    with open(_put("data/b.txt", b"\xef\xbb\xbfx"), encoding="utf-8-sig") as file:
        return file.read()


def default_encoding():
    with open(_put("data/u.txt", "é€😀".encode())) as file:
        return [file.encoding.lower(), file.read()]


def not_utf8():
    with open(_put("data/l.txt", b"caf\xe9")) as file:
        return file.read()


def replaced():
    with open(_put("data/l.txt", b"caf\xe9"), errors="replace") as file:
        return file.read()


def read_and_write():
    with open("data/in.txt", "r+") as file:
        first = file.readline()
        file.seek(0, os.SEEK_END)
        file.write("third\n")
        file.seek(0)
        return [first, file.read()]


def append_and_read():
    with open("data/in.txt", "a+") as file:
        file.write("more")
        file.seek(2)
        return [file.read(), file.tell()]


def lines():
    with open("data/in.txt") as file:
        return [file.readline(), file.readlines(), file.read()]


def write_a_reader():
    with open("data/in.txt") as file:
        file.write("x")


def read_a_writer():
    with open("data/new.txt", "w") as file:
        return file.read()


def bad_mode():
    return open("data/in.txt", "rw")


def closed():
    file = open("data/in.txt")
    file.close()
    return file.read()


def writelines():
    with open("data/w.txt", "w") as file:
        file.writelines(["a\n", "b", "c\n"])
    with open("data/w.txt") as file:
        return list(file)


def print_into():
    with open("data/p.txt", "w") as file:
        print("a", 1, sep="-", file=file)
        print("b", end="", file=file, flush=True)
    return os.path.getsize("data/p.txt")


def empty():
    open("data/empty.txt", "x").close()
    with open("data/empty.txt") as file:
        return [file.read(), file.readline(), list(file)]
