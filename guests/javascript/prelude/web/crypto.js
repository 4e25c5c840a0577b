// Web Crypto: random values and the parts of SubtleCrypto that stand on digests (digest, HMAC, PBKDF2).
import { host } from "../host.js";
import { DOMException } from "./dom-exception.js";
import { hmac, newDigest, pbkdf2 } from "../digest.js";
import { notAvailable } from "../errors.js";

const MAX_RANDOM = 65536;
const INTEGERS = ["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
  "BigInt64Array", "BigUint64Array"];
const tagOf = (value) => Reflect.get(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag, value);

export const bytesOf = (data, name = "data") => {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(`The "${name}" argument must be an ArrayBuffer or a view of one`);
};

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

export function randomUUID() {
  const b = new Uint8Array(16);
  host.random(b);
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const h = Array.from(b, (byte) => HEX[byte]).join("");
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

export function getRandomValues(array) {
  if (!ArrayBuffer.isView(array) || !INTEGERS.includes(tagOf(array)))
    throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
  if (array.byteLength > MAX_RANDOM)
    throw new DOMException(
      `The requested length exceeds ${MAX_RANDOM} bytes, the most that one call gives`, "QuotaExceededError");
  host.random(bytesOf(array));
  return array;
}

const HASHES = { "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" };

function hashName(algorithm) {
  const name = String(typeof algorithm === "string" ? algorithm : algorithm?.name).toUpperCase();
  if (!HASHES[name]) throw new DOMException(`Unrecognized algorithm name: ${name}`, "NotSupportedError");
  return HASHES[name];
}

class CryptoKey {
  constructor(secret, algorithm, extractable, usages) {
    Object.defineProperty(this, "secret", { value: secret });
    Object.assign(this, { type: "secret", extractable, algorithm, usages: [...usages] });
    Object.freeze(this);
  }
  get [Symbol.toStringTag]() {
    return "CryptoKey";
  }
}

function checkKey(key, name, usage) {
  if (!(key instanceof CryptoKey) || key.algorithm.name !== name || !key.usages.includes(usage))
    throw new DOMException(`The key cannot be used for ${name} ${usage}`, "InvalidAccessError");
}

const exact = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const nameOf = (algorithm) => String(typeof algorithm === "string" ? algorithm : algorithm?.name);

const subtle = {
  async digest(algorithm, data) {
    const digest = newDigest(hashName(algorithm));
    host.digestUpdate(digest, bytesOf(data));
    return exact(host.digestFinal(digest));
  },
  async importKey(format, data, algorithm, extractable, usages) {
    const name = nameOf(algorithm).toUpperCase();
    if (format !== "raw" || (name !== "HMAC" && name !== "PBKDF2"))
      throw new DOMException(`Importing ${name} keys as ${format} is not available in a Capsule sandbox`, "NotSupportedError");
    const secret = bytesOf(data).slice();
    const own = name === "HMAC"
      ? { name, hash: { name: nameOf(algorithm.hash).toUpperCase() }, length: secret.length * 8 }
      : { name };
    if (own.hash) hashName(own.hash);
    return new CryptoKey(secret, own, Boolean(extractable), usages);
  },
  async exportKey(format, key) {
    if (format !== "raw" || !key.extractable) throw new DOMException("The key is not extractable", "InvalidAccessError");
    return exact(key.secret.slice());
  },
  async sign(algorithm, key, data) {
    checkKey(key, nameOf(algorithm).toUpperCase(), "sign");
    return exact(hmac(hashName(key.algorithm.hash), key.secret, bytesOf(data)));
  },
  async verify(algorithm, key, signature, data) {
    checkKey(key, nameOf(algorithm).toUpperCase(), "verify");
    const expected = hmac(hashName(key.algorithm.hash), key.secret, bytesOf(data));
    const given = bytesOf(signature);
    let difference = expected.length ^ given.length;
    for (let i = 0; i < expected.length; i++) difference |= expected[i] ^ (given[i] ?? 0);
    return difference === 0;
  },
  async deriveBits(algorithm, key, length) {
    checkKey(key, "PBKDF2", "deriveBits");
    const { hash, salt, iterations } = algorithm;
    return exact(pbkdf2(hashName(hash), key.secret, bytesOf(salt, "salt"), iterations, length / 8));
  },
};
for (const name of ["encrypt", "decrypt", "generateKey", "deriveKey", "wrapKey", "unwrapKey"])
  subtle[name] = async () => {
    throw notAvailable(`crypto.subtle.${name}`, "only digests, HMAC and PBKDF2 are part of this version");
  };
Object.defineProperty(subtle, Symbol.toStringTag, { value: "SubtleCrypto" });

export { CryptoKey };
export const crypto = Object.create({ get [Symbol.toStringTag]() { return "Crypto"; } }, {
  subtle: { value: subtle, enumerable: true, configurable: true },
  getRandomValues: { value: getRandomValues, enumerable: true, writable: true, configurable: true },
  randomUUID: { value: randomUUID, enumerable: true, writable: true, configurable: true },
});
