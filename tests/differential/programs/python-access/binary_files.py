"""Binary files: seeking, holes, truncation, buffers, descriptors."""

import array
import io
import os
import struct


def records():
    with open("data/r.bin", "wb") as file:
        for number in range(3):
            file.write(struct.pack("<Id", number, number / 2))
    with open("data/r.bin", "rb") as file:
        return [struct.unpack("<Id", chunk) for chunk in iter(lambda: file.read(12), b"")]


def hole():
    with open("data/h.bin", "wb") as file:
        file.seek(1000)
        file.write(b"end")
    with open("data/h.bin", "rb") as file:
        return [os.path.getsize("data/h.bin"), file.read(3).hex(), file.seek(-3, io.SEEK_END), file.read().decode()]


def truncated():
    with open("data/in.txt", "r+b") as file:
        file.truncate(3)
        short = os.fstat(file.fileno()).st_size
        file.truncate(10)
        file.seek(0)
        return [short, file.read().hex()]


def seek_before_start():
    with open("data/in.txt", "rb") as file:
        file.seek(-1)


def read_into():
    buffer = bytearray(4)
    with open("data/in.txt", "rb") as file:
        return [file.readinto(buffer), buffer.decode(), file.read1(3).decode(), file.peek(1)[:1].decode()]


def unbuffered():
    with open("data/u.bin", "wb", buffering=0) as file:
        file.write(b"abc")
        return os.path.getsize("data/u.bin")


def buffered():
    with open("data/u.bin", "wb") as file:
        file.write(b"abc")
        before = os.path.getsize("data/u.bin")
        file.flush()
        return [before, os.path.getsize("data/u.bin")]


def from_array():
    with open("data/a.bin", "wb") as file:
        array.array("i", [1, -2]).tofile(file)
    with open("data/a.bin", "rb") as file:
        return file.read().hex()


def descriptors():
    number = os.open("data/d.bin", os.O_CREAT | os.O_RDWR | os.O_TRUNC)
    try:
        os.write(number, b"hello")
        os.lseek(number, 1, os.SEEK_SET)
        return [os.read(number, 3).decode(), os.pread(number, 2, 3).decode(), os.fstat(number).st_size]
    finally:
        os.close(number)


def closed_descriptor():
    number = os.open("data/in.txt", os.O_RDONLY)
    os.close(number)
    return os.read(number, 1)


def write_to_read_only():
    number = os.open("data/in.txt", os.O_RDONLY)
    return os.write(number, b"x")


def text_into_binary():
    with open("data/t.bin", "wb") as file:
        file.write("text")


def large():
    with open("data/large.bin", "wb") as file:
        for _ in range(20):
            file.write(b"x" * 100_000)
    size = os.path.getsize("data/large.bin")
    os.unlink("data/large.bin")
    return size


def two_handles():
    with open("data/two.bin", "wb") as writer, open("data/two.bin", "rb") as reader:
        writer.write(b"seen")
        writer.flush()
        return reader.read().decode()


def removed_while_open():
    with open("data/gone.bin", "w+b") as file:
        file.write(b"still")
        os.unlink("data/gone.bin")
        file.seek(0)
        return [file.read().decode(), os.path.exists("data/gone.bin")]
