// Programs as they are written to practise: sorting, searching, graphs, puzzles.
export const primes = () => {
  const sieve = new Uint8Array(200).fill(1);
  for (let n = 2; n * n < 200; n++) if (sieve[n]) for (let m = n * n; m < 200; m += n) sieve[m] = 0;
  return [...sieve.keys()].filter((n) => n > 1 && sieve[n]).slice(-5);
};
export const shortest_path = () => {
  const graph: Record<string, Record<string, number>> = { a: { b: 7, c: 3 }, b: { d: 1 }, c: { b: 2, d: 8 }, d: {} };
  const best: Record<string, number> = {};
  const queue: [number, string][] = [[0, "a"]];
  while (queue.length) {
    const [cost, node] = queue.sort(([a], [b]) => a - b).shift()!;
    if (node in best) continue;
    best[node] = cost;
    for (const [other, weight] of Object.entries(graph[node])) queue.push([cost + weight, other]);
  }
  return best;
};
export const queens = () => {
  const found: number[][] = [];
  const place = (columns: number[]) => {
    if (columns.length === 6) return void found.push(columns);
    for (let c = 0; c < 6; c++) if (columns.every((d, r) => d !== c && Math.abs(c - d) !== columns.length - r)) place([...columns, c]);
  };
  place([]);
  return found;
};
export const edit_distance = () => {
  const [a, b] = ["kitten", "sitting"];
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) row = row.reduce<number[]>((next, _, j) => [...next, j ? Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + +(a[i - 1] !== b[j - 1])) : i], []);
  return row.at(-1);
};
export const game_of_life = () => {
  const alive = new Set(["1,0", "1,1", "1,2"]);
  const counts = new Map<string, number>();
  for (const cell of alive) {
    const [x, y] = cell.split(",").map(Number);
    for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) if (dx || dy) counts.set(`${x + dx},${y + dy}`, (counts.get(`${x + dx},${y + dy}`) ?? 0) + 1);
  }
  return [...counts].filter(([cell, count]) => count === 3 || (count === 2 && alive.has(cell))).map(([cell]) => cell).sort();
};
export const quick_sort = () => {
  const sort = (values: number[]): number[] => {
    if (values.length < 2) return values;
    const [pivot, ...rest] = values;
    return [...sort(rest.filter((n) => n < pivot)), pivot, ...sort(rest.filter((n) => n >= pivot))];
  };
  return sort([5, 3, 9, 1, 5, -2]);
};
export const binary_search = () => {
  const values = Array.from({ length: 1000 }, (_, n) => n * 3);
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] < 2001) low = middle + 1;
    else high = middle;
  }
  return low;
};
export const roman = () => [1994, 2024, 49].map((number) => {
  let text = "";
  for (const [value, digit] of [[1000, "M"], [900, "CM"], [500, "D"], [400, "CD"], [100, "C"], [90, "XC"], [50, "L"], [40, "XL"], [10, "X"], [9, "IX"], [5, "V"], [4, "IV"], [1, "I"]] as [number, string][]) {
    while (number >= value) [text, number] = [text + digit, number - value];
  }
  return text;
});
export const tokens = () => [..."x1 = 10+(y-2)".matchAll(/\s*(?:(\d+)|([a-z]\w*)|(.))/g)].map(([, number, name, other]) => (number ? Number(number) : name ?? other));
export const calculator = () => {
  const words = "2 * ( 3 + 4 ) - 10 / 5".split(" ");
  const factor = (): number => {
    const word = words.shift()!;
    if (word !== "(") return Number(word);
    const value = sum();
    words.shift();
    return value;
  };
  const product = (): number => {
    let value = factor();
    while (words[0] === "*" || words[0] === "/") value = words.shift() === "*" ? value * factor() : value / factor();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (words[0] === "+" || words[0] === "-") value = words.shift() === "+" ? value + product() : value - product();
    return value;
  };
  return sum();
};
export const random_generator = () => {
  let state = 42;
  return Array.from({ length: 4 }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0));
};
export const hash = () => [..."hello"].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0, 2166136261);
