"""The part of hashlib that CPython takes from OpenSSL, which a sandbox does not carry."""

import hashlib


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function."""
    if not isinstance(hash_name, str):
        raise TypeError("hash_name must be a string")
    password, salt = bytes(memoryview(password)), bytes(memoryview(salt))
    inner, outer = _keyed(hash_name, password)
    length = inner.digest_size if dklen is None else dklen
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    if length < 1:
        raise ValueError("key length must be greater than 0.")

    def authenticate(message):
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    key, block = b"", 0
    while len(key) < length:
        block += 1
        last = authenticate(salt + block.to_bytes(4, "big"))
        total = int.from_bytes(last, "big")
        for _ in range(iterations - 1):
            last = authenticate(last)
            total ^= int.from_bytes(last, "big")
        key += total.to_bytes(inner.digest_size, "big")
    return key[:length]


def _keyed(hash_name, password):
    """The two hashes of HMAC with the key already in them."""
    inner, outer = hashlib.new(hash_name), hashlib.new(hash_name)
    if len(password) > inner.block_size:
        password = hashlib.new(hash_name, password).digest()
    password = password.ljust(inner.block_size, b"\0")
    inner.update(bytes(byte ^ 0x36 for byte in password))
    outer.update(bytes(byte ^ 0x5C for byte in password))
    return inner, outer


def install():
    if not hasattr(hashlib, "pbkdf2_hmac"):
        hashlib.pbkdf2_hmac = pbkdf2_hmac
        hashlib.__all__ += ("pbkdf2_hmac",)
