// Digests, HMAC and PBKDF2 over the primitives of digest.c.
import { host } from "./host.js";

const BLOCK = { md5: 64, sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128, "sha3-256": 136, "sha3-384": 104,
  "sha3-512": 72 };

export const digestNames = Object.keys(BLOCK);

// A fresh state; null for an unknown name.
export const newDigest = (name) => host.digestNew(name);

export function digest(name, bytes) {
  const state = newDigest(name);
  host.digestUpdate(state, bytes);
  return host.digestFinal(state);
}

// States that have taken the padded key: [inner, outer].
export function hmacStates(name, key) {
  const size = BLOCK[name];
  const padded = new Uint8Array(size);
  padded.set(key.length > size ? digest(name, key) : key);
  return [0x36, 0x5c].map((pad) => {
    const state = newDigest(name);
    host.digestUpdate(state, padded.map((byte) => byte ^ pad));
    return state;
  });
}

export function finishHmac([inner, outer]) {
  const state = host.digestCopy(outer);
  host.digestUpdate(state, host.digestFinal(inner));
  return host.digestFinal(state);
}

export function hmac(name, key, bytes) {
  const states = hmacStates(name, key);
  host.digestUpdate(states[0], bytes);
  return finishHmac(states);
}

export function pbkdf2(name, password, salt, iterations, length) {
  const [inner, outer] = hmacStates(name, password);
  const result = new Uint8Array(length);
  const block = new Uint8Array(salt.length + 4);
  block.set(salt);
  for (let at = 0, i = 1; at < length; i++) {
    new DataView(block.buffer).setUint32(salt.length, i);
    const part = host.pbkdf2Block(inner, outer, block, iterations);
    result.set(part.subarray(0, Math.min(part.length, length - at)), at);
    at += part.length;
  }
  return result;
}
