// Numbers in arrays: matrices, statistics, bits, fixed point, typed arrays, images.
type Matrix = number[][];
const multiply = (a: Matrix, b: Matrix) => a.map((row) => b[0].map((_, c) => row.reduce((sum, value, k) => sum + value * b[k][c], 0)));
const transpose = (a: Matrix) => a[0].map((_, c) => a.map((row) => row[c]));
const determinant = (a: Matrix): number => (a.length === 1 ? a[0][0] : a[0].reduce((sum, value, c) => sum + (c % 2 ? -1 : 1) * value * determinant(a.slice(1).map((row) => row.filter((_, k) => k !== c))), 0));

export const product = () => [multiply([[1, 2], [3, 4]], [[0, 1], [1, 0]]), transpose([[1, 2, 3], [4, 5, 6]])];
export const determinants = () => [determinant([[2]]), determinant([[1, 2], [3, 4]]), determinant([[2, 0, 1], [1, 3, 2], [1, 1, 1]])];
export const statistics = () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return [mean, Math.sqrt(variance), [...values].sort((a, b) => a - b)[values.length >> 1]];
};
export const fibonacci_large = () => {
  let [a, b] = [0n, 1n];
  for (let n = 0; n < 150; n++) [a, b] = [b, a + b];
  return String(a);
};
export const bits = () => [0b1011 & 0b0110, (13).toString(2).split("1").length - 1, (1 << 30) * 2, ~~-7.9, 5 ^ 9, 1 << -1];
export const greatest_divisor = () => {
  const gcd = (a: number, b: number): number => (b ? gcd(b, a % b) : a);
  return [gcd(48, 36), (48 / gcd(48, 36)) * 36];
};
export const newton = () => {
  let x = 1;
  for (let n = 0; n < 30; n++) x = (x + 2 / x) / 2;
  return [x, x * x - 2];
};
export const typed = () => {
  const pixels = new Uint8ClampedArray(8);
  pixels.set([300, -5, 12.6, 255], 2);
  return [[...pixels], [...pixels.subarray(2, 4)], pixels.byteLength, [...Float64Array.of(0.1, 1 / 3)]];
};
export const endianness = () => [...new Uint8Array(new Uint16Array([258]).buffer)];
export const sum_of_tenths = () => [[0.1, 0.2, 0.3].reduce((a, b) => a + b), Array(10).fill(0.1).reduce((a, b) => a + b), Math.round(1.005 * 100) / 100];
export const mandelbrot = () => Array.from({ length: 5 }, (_, y) => Array.from({ length: 12 }, (_, x) => {
  let [a, b, n] = [0, 0, 0];
  for (; n < 20 && a * a + b * b < 4; n++) [a, b] = [a * a - b * b + x / 5 - 2, 2 * a * b + y / 2 - 1];
  return n < 20 ? "." : "#";
}).join(""));
export const primes_below = () => {
  const found: number[] = [];
  for (let n = 2; found.length < 10; n++) if (found.every((p) => n % p)) found.push(n);
  return found;
};
