// A digest, a stream cipher and modular powers: integers of 32 bits, bytes, and integers that grow.

function primes(count) {
  const found = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime)) found.push(n);
  return found;
}

const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
const FIRST = primes(64), ROUND = Int32Array.from(FIRST, (p) => fraction(Math.cbrt(p)));

// SHA-256 of bytes, as hexadecimal digits.
function digest(bytes) {
  const length = bytes.length, padded = new Uint8Array(((length + 72) >> 6) << 6), view = new DataView(padded.buffer);
  padded.set(bytes);
  padded[length] = 0x80;
  view.setUint32(padded.length - 4, length * 8);
  const state = Int32Array.from(FIRST.slice(0, 8), (p) => fraction(Math.sqrt(p))), w = new Int32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(block + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] += word));
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

// Encrypts bytes in place with a generator of two words (not one to keep secrets with).
function cipher(bytes, key) {
  let a = key | 0, b = ~key;
  for (let i = 0; i < bytes.length; i++) {
    a = (Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) + b) | 0;
    b = (b << 7) | (b >>> 25);
    bytes[i] ^= a ^ b;
  }
}

function power(base, exponent, modulus) {
  let result = 1n;
  for (let square = base % modulus; exponent; exponent >>= 1n, square = (square * square) % modulus)
    if (exponent & 1n) result = (result * square) % modulus;
  return result;
}

export function work(size = 12000) {
  const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
  const before = digest(bytes);
  cipher(bytes, 99);
  const middle = digest(bytes);
  cipher(bytes, 99);
  const modulus = (1n << 521n) - 1n, secret = 3n ** 300n;
  const shared = power(power(5n, secret, modulus), secret + 2n, modulus);
  return [digest(Uint8Array.from("abc", (letter) => letter.charCodeAt(0))), before === digest(bytes), middle.slice(0, 8), String(shared % 1000000007n)];
}
