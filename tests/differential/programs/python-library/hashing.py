"""Digests, encodings and compression of bytes."""

import base64
import binascii
import gzip
import hashlib
import hmac
import secrets
import zlib

TEXT = b"The quick brown fox"


def digests():
    return {name: hashlib.new(name, TEXT).hexdigest()[:16] for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_512", "blake2s")}


def unknown_digest():
    return hashlib.new("crc64", TEXT)


def in_pieces():
    digest = hashlib.sha256()
    for piece in (TEXT[:5], TEXT[5:]):
        digest.update(piece)
    return [digest.hexdigest() == hashlib.sha256(TEXT).hexdigest(), digest.name, digest.block_size, digest.digest_size]


def shake():
    return hashlib.shake_128(TEXT).hexdigest(8)


def keyed():
    return [hmac.new(b"k", TEXT, "sha1").hexdigest()[:8], hmac.compare_digest("a", "a"), hashlib.blake2b(TEXT, key=b"k", digest_size=8).hexdigest()]


def derived():
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 100).hex()[:16]


def encodings():
    return [base64.b64encode(TEXT).decode(), base64.b85encode(TEXT).decode(), base64.b16encode(b"\xff").decode(), base64.urlsafe_b64encode(b"\xfb\xff").decode()]


def bad_base64():
    return base64.b64decode("abc")


def bad_hex():
    return bytes.fromhex("0g")


def checksums():
    return [zlib.crc32(TEXT), zlib.adler32(TEXT), binascii.crc_hqx(TEXT, 0)]


def compressed():
    return [module.decompress(module.compress(TEXT * 10)) == TEXT * 10 for module in (zlib, gzip)]


def compressed_otherwise():
    import bz2
    import lzma

    return [module.decompress(module.compress(TEXT * 10)) == TEXT * 10 for module in (bz2, lzma)]


def broken_stream():
    return zlib.decompress(b"not compressed")


def secret_values():
    return [len(secrets.token_hex(8)), len(secrets.token_bytes(5)), secrets.token_hex() != secrets.token_hex(), secrets.randbelow(1)]


def bytes_methods():
    return [b"a-b".split(b"-")[0].decode(), bytes([65, 66]).decode(), b"abc"[1], bytearray(b"abc")[::-1].decode(), (258).to_bytes(2, "little").hex(), int.from_bytes(b"\x01\x02")]


def memory_views():
    data = bytearray(b"abcdef")
    memoryview(data)[2:4] = b"XY"
    return [data.decode(), memoryview(b"abcd").cast("H").shape, memoryview(data)[-1]]
