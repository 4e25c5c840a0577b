// Generators, closures, exceptions, recursion.

function* primes(limit) {
  const sieve = new Uint8Array(limit + 1).fill(1);
  for (let n = 2; n <= limit; n++) {
    if (!sieve[n]) continue;
    yield n;
    for (let multiple = n * n; multiple <= limit; multiple += n) sieve[multiple] = 0;
  }
}

function queens(n, row = 0, columns = 0, left = 0, right = 0) {
  if (row === n) return 1;
  let found = 0;
  for (let free = ~(columns | left | right) & ((1 << n) - 1); free; free &= free - 1) {
    const bit = free & -free;
    found += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return found;
}

const compose = (...steps) => (value) => steps.reduce((so, step) => step(so), value);

export function work() {
  let caught = 0;
  for (let i = 0; i < 6000; i++) {
    try {
      if (i % 3 === 0) throw new RangeError(String(i));
    } catch (error) {
      if (error instanceof RangeError) caught++;
    }
  }
  let sum = 0;
  for (const prime of primes(60000)) sum += prime;
  const change = compose((x) => x + 1, (x) => x * 3, (x) => x % 1000);
  let value = 1;
  for (let i = 0; i < 15000; i++) value = change(value);
  return [sum, queens(8), caught, value];
}
