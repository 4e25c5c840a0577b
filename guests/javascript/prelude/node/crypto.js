// node:crypto: random values, digests, HMAC, PBKDF2, HKDF. Ciphers and keys are not part of this version.
import { host } from "../host.js";
import { Buffer } from "./buffer.js";
import { queueCallback } from "../loop.js";
import { bytesOf, crypto as webcrypto, getRandomValues, randomUUID } from "../web/crypto.js";
import { digestNames, finishHmac, hmac, hmacStates, newDigest, pbkdf2 as derive } from "../digest.js";
import { checkFunction, invalidArgType, nodeError, nodeRangeError, notAvailable, outOfRange } from "../errors.js";
import stream from "./stream.js";

const algorithmOf = (name) => {
  const plain = String(name).toLowerCase().replace(/^rsa-/, "");
  return digestNames.includes(plain) ? plain : plain.replace(/^sha-/, "sha");
};

const toBytes = (data, encoding, name = "data") => {
  if (typeof data === "string") return Buffer.from(data, encoding === "buffer" ? "utf8" : encoding);
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return bytesOf(data);
  throw invalidArgType(name, "of type string or an instance of Buffer, TypedArray, or DataView", data);
};

const output = (bytes, encoding) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return encoding && encoding !== "buffer" ? buffer.toString(encoding) : buffer;
};

const finalized = () => nodeError("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");

class Hash extends stream.Transform {
  #state;
  #name;
  #done = false;
  constructor(name, options, state = undefined) {
    super(options);
    this.#name = algorithmOf(name);
    this.#state = state ?? newDigest(this.#name);
    if (!this.#state) throw Object.assign(new Error("Digest method not supported"), { code: "ERR_OSSL_EVP_UNSUPPORTED" });
  }
  update(data, encoding) {
    if (this.#done) throw finalized();
    host.digestUpdate(this.#state, toBytes(data, encoding));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw finalized();
    this.#done = true;
    return output(host.digestFinal(this.#state), encoding);
  }
  copy(options) {
    if (this.#done) throw finalized();
    return new Hash(this.#name, options, host.digestCopy(this.#state));
  }
  _transform(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  }
  _flush(callback) {
    this.push(this.digest());
    callback();
  }
}

class Hmac extends stream.Transform {
  #states;
  #done = false;
  constructor(name, key, options) {
    super(options);
    const algorithm = algorithmOf(name);
    if (!digestNames.includes(algorithm))
      throw Object.assign(new Error(`Invalid digest: ${name}`), { code: "ERR_CRYPTO_INVALID_DIGEST" });
    this.#states = hmacStates(algorithm, toBytes(key instanceof KeyObject ? key.export() : key, undefined, "key"));
  }
  update(data, encoding) {
    if (this.#done) throw finalized();
    host.digestUpdate(this.#states[0], toBytes(data, encoding));
    return this;
  }
  digest(encoding) {
    if (this.#done) return encoding && encoding !== "buffer" ? "" : Buffer.alloc(0);
    this.#done = true;
    return output(finishHmac(this.#states), encoding);
  }
  _transform(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  }
  _flush(callback) {
    this.push(this.digest());
    callback();
  }
}

class KeyObject {
  #secret;
  constructor(type, secret) {
    this.#secret = secret;
  }
  get type() { return "secret"; }
  get symmetricKeySize() { return this.#secret.length; }
  export() { return Buffer.from(this.#secret); }
  equals(other) { return other instanceof KeyObject && this.export().equals(other.export()); }
}

// Answers later through a callback when there is one.
function later(callback, compute) {
  if (callback === undefined) return compute();
  checkFunction(callback, "callback");
  let result;
  try {
    result = [null, compute()];
  } catch (error) {
    result = [error];
  }
  queueCallback(callback, ...result);
  return undefined;
}

function randomBytes(size, callback) {
  if (typeof size !== "number") throw invalidArgType("size", "of type number", size);
  if (!(size >= 0 && size <= 2147483647)) throw outOfRange("size", ">= 0 && <= 2147483647", size);
  return later(callback, () => {
    const bytes = Buffer.alloc(size);
    host.random(bytes);
    return bytes;
  });
}

function randomFillSync(target, offset = 0, size = target.byteLength - offset) {
  const bytes = bytesOf(target, "buf");
  if (offset < 0 || offset > bytes.length) throw outOfRange("offset", `>= 0 && <= ${bytes.length}`, offset);
  if (size < 0 || offset + size > bytes.length) throw outOfRange("size + offset", `<= ${bytes.length}`, size + offset);
  host.random(bytes.subarray(offset, offset + size));
  return target;
}

function randomInt(low, high, callback) {
  if (high === undefined || typeof high === "function") [low, high, callback] = [0, low, high];
  if (!Number.isSafeInteger(low)) throw invalidArgType("min", "a safe integer", low);
  if (!Number.isSafeInteger(high)) throw invalidArgType("max", "a safe integer", high);
  if (high <= low) throw outOfRange("max", `greater than the value of "min" (${low})`, high);
  const range = high - low;
  if (range > 2 ** 48 - 1) throw outOfRange(low === 0 ? "max" : "max - min", "<= 281474976710655", range);
  const limit = 2 ** 48 - (2 ** 48 % range);
  return later(callback, () => {
    const bytes = Buffer.alloc(6);
    for (;;) {
      host.random(bytes);
      const value = bytes.readUIntBE(0, 6);
      if (value < limit) return low + (value % range);
    }
  });
}

function pbkdf2Sync(password, salt, iterations, length, name) {
  if (!(iterations >= 1 && iterations <= 2147483647)) throw outOfRange("iterations", ">= 1 && <= 2147483647", iterations);
  if (!(length >= 0 && length <= 2147483647)) throw outOfRange("keylen", ">= 0 && <= 2147483647", length);
  const algorithm = algorithmOf(name);
  if (!digestNames.includes(algorithm))
    throw Object.assign(new TypeError(`Invalid digest: ${name}`), { code: "ERR_CRYPTO_INVALID_DIGEST" });
  return output(derive(algorithm, toBytes(password, undefined, "password"), toBytes(salt, undefined, "salt"), iterations, length));
}

function hkdfSync(name, key, salt, info, length) {
  const algorithm = algorithmOf(name);
  const secret = toBytes(key instanceof KeyObject ? key.export() : key, undefined, "ikm");
  const extracted = hmac(algorithm, toBytes(salt, undefined, "salt"), secret);
  const size = extracted.length;
  if (length > 255 * size) throw nodeRangeError("ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  const result = new Uint8Array(length);
  let block = new Uint8Array(0);
  for (let at = 0, i = 1; at < length; at += size, i++) {
    block = hmac(algorithm, extracted, Buffer.concat([block, toBytes(info, undefined, "info"), Uint8Array.of(i)]));
    result.set(block.subarray(0, Math.min(size, length - at)), at);
  }
  return result.buffer;
}

function timingSafeEqual(a, b) {
  const [left, right] = [bytesOf(a, "buf1"), bytesOf(b, "buf2")];
  if (left.length !== right.length)
    throw nodeRangeError("ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i] ^ right[i];
  return difference === 0;
}

const MISSING = ["createCipheriv", "createDecipheriv", "createDiffieHellman", "createDiffieHellmanGroup", "createECDH",
  "createPrivateKey", "createPublicKey", "createSign", "createVerify", "diffieHellman", "generateKeyPair",
  "generateKeyPairSync", "generatePrime", "generatePrimeSync", "checkPrime", "checkPrimeSync", "privateDecrypt",
  "privateEncrypt", "publicDecrypt", "publicEncrypt", "scrypt", "scryptSync", "sign", "verify", "getCipherInfo",
  "getDiffieHellman", "setEngine", "Certificate", "Cipheriv", "Decipheriv", "DiffieHellman", "ECDH", "Sign", "Verify",
  "X509Certificate"];
const missing = Object.fromEntries(MISSING.map((name) => [name, function () {
  throw notAvailable(`crypto.${name}`, "ciphers, signatures and key pairs are not part of this version");
}]));

export default {
  ...missing,
  Hash,
  Hmac,
  KeyObject,
  constants: {},
  createHash: (name, options) => new Hash(name, options),
  createHmac: (name, key, options) => new Hmac(name, key, options),
  createSecretKey: (key, encoding) => new KeyObject("secret", toBytes(key, encoding, "key")),
  generateKeySync: (type, { length }) => new KeyObject("secret", randomBytes(length / 8)),
  getCiphers: () => [],
  getCurves: () => [],
  getFips: () => 0,
  getHashes: () => [...digestNames],
  getRandomValues,
  hash: (name, data, encoding = "hex") => new Hash(name).update(data).digest(encoding),
  hkdf: (name, key, salt, info, length, callback) => later(callback, () => hkdfSync(name, key, salt, info, length)),
  hkdfSync,
  pbkdf2: (password, salt, iterations, length, name, callback) =>
    later(callback, () => pbkdf2Sync(password, salt, iterations, length, name)),
  pbkdf2Sync,
  pseudoRandomBytes: randomBytes,
  randomBytes,
  randomFill(target, ...rest) {
    const callback = rest.pop();
    later(callback, () => randomFillSync(target, ...rest));
  },
  randomFillSync,
  randomInt,
  randomUUID: () => randomUUID(),
  secureHeapUsed: () => ({ total: 0, used: 0, utilization: 0, min: 2 }),
  subtle: webcrypto.subtle,
  timingSafeEqual,
  webcrypto,
};
