// Arrays, Map, Set, sorting, destructuring, spreading.

export function work(n = 15000) {
  const index = new Map();
  for (let i = 0; i < n; i++) {
    const key = (i * 7919) % 1009;
    const list = index.get(key);
    if (list) list.push(i);
    else index.set(key, [i]);
  }
  const pairs = [...index].map(([key, list]) => [list.length, key]).sort((a, b) => b[0] - a[0] || b[1] - a[1]);
  const evens = new Set([...index.values()].flat().filter((x) => x % 2 === 0));
  const odds = Array.from({ length: n }, (_, i) => i).filter((i) => !evens.has(i));
  const object = {};
  for (const i of odds) object[`k${i % 701}`] = (object[`k${i % 701}`] ?? 0) + i;
  const names = Object.keys(object).sort();
  const shuffled = Float64Array.from({ length: n }, (_, i) => (i * 16807) % 65537).sort();
  return [pairs[0][0], pairs[0][1], evens.size, odds.length, names[17], object.k5, shuffled[n >> 1]];
}
