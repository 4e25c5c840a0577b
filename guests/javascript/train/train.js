// What the interpreter is trained on: everyday work of many kinds, each for a fraction of a second. None of it is a
// benchmark's program: what is measured must not be what was trained for.
import { task } from "@capsule-run/sdk";

const WORDS = ("the quick brown fox jumps over a lazy dog while seven wizards make toxic brew for the evil queen and jack " +
  "who never liked pudding but always asked about it in a very polite tone").split(" ");

// Splits, joins, formats, counts and searches.
function text(rounds) {
  let total = 0;
  for (let n = 0; n < rounds; n++) {
    const line = [...WORDS.slice(n % 7), ...WORDS.slice(0, n % 7)].join(" ");
    const counts = {};
    for (const word of line.split(" ")) counts[word] = (counts[word] ?? 0) + 1;
    const parts = Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([word, count]) => `${word}=${String(count).padStart(3)}`);
    const joined = parts.join(";").toUpperCase().replaceAll("=", ":").trim();
    let out = "";
    for (let i = 0; i < joined.length; i++) {
      const code = joined.charCodeAt(i);
      if (code >= 65 && code <= 90) out += String.fromCharCode(((code - 65 + 13) % 26) + 65);
      else if (code >= 48 && code <= 57) out += joined[i];
    }
    total += out.length + joined.indexOf("WIZARDS") + (joined.startsWith("A") ? 1 : 0) + (n / 7).toFixed(3).length;
    total += line.match(/[aeiou]{1,2}/g).length + line.replace(/(\w+) (\w+)/, "$2 $1").length + Number.parseInt("12px", 10);
  }
  return total;
}

class Shape {
  #scale;
  static made = 0;
  sides = 0;
  constructor(name, scale = 1) {
    this.name = name;
    this.#scale = scale;
    Shape.made++;
  }
  get scale() { return this.#scale; }
  get label() { return this.name + this.sides; }
  area() { throw new Error("not known"); }
}
class Square extends Shape {
  sides = 4;
  area() { return this.scale * this.scale; }
}
class Circle extends Shape {
  area() { return Math.PI * this.scale ** 2; }
}
class Ring extends Circle {
  area() { return super.area() - Math.PI * (this.scale / 2) ** 2; }
}

// Classes with fields, accessors and inheritance; a heap of them.
function objects(rounds) {
  const kinds = [Square, Circle, Ring];
  let total = 0;
  for (let n = 0; n < rounds; n++) {
    const shapes = [];
    for (let i = 0; i < 30; i++) shapes.push(new kinds[i % 3](`s${i}`, 1 + ((i * 7 + n) % 11)));
    shapes.sort((a, b) => a.area() - b.area());
    total += shapes.reduce((sum, shape) => sum + shape.area(), 0) + shapes[0].label.length;
    const heap = [];
    for (const shape of shapes) {
      let i = heap.push({ key: shape.scale, shape }) - 1;
      while (i > 0 && heap[(i - 1) >> 1].key > heap[i].key) {
        const parent = (i - 1) >> 1;
        [heap[i], heap[parent]] = [heap[parent], heap[i]];
        i = parent;
      }
    }
    for (const { shape } of heap) if (shape instanceof Circle && !(shape instanceof Ring)) total += "name" in shape;
    const { name, ...rest } = { ...heap[0], name: n, extra: [1, 2] };
    total += Object.keys(rest).length + (name & 1) + (rest.extra?.[1] ?? 0);
  }
  return total;
}

// Nested arrays and integers: a cellular world, and a spiral through it.
function grid(size, rounds) {
  let cells = Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => ((x * y + x) % 3 === 0 ? 1 : 0)));
  for (let round = 0; round < rounds; round++) {
    cells = cells.map((row, y) => row.map((cell, x) => {
      let around = 0;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++)
          if (dx || dy) around += cells[(y + dy + size) % size][(x + dx + size) % size];
      return around === 3 || (cell && around === 2) ? 1 : 0;
    }));
  }
  const seen = new Set();
  let x = 0, y = 0, dx = 1, dy = 0, total = 0;
  for (let step = 0; step < size * size; step++) {
    total += cells[y][x] * step;
    seen.add(y * size + x);
    const nx = x + dx, ny = y + dy;
    if (nx < 0 || ny < 0 || nx >= size || ny >= size || seen.has(ny * size + nx)) [dx, dy] = [-dy, dx];
    x += dx;
    y += dy;
  }
  return total;
}

// Integers, bit operations, floats, big integers.
function numbers(rounds) {
  let total = 0;
  for (let n = 2; n < rounds; n++) {
    let a = n * 7919, b = n;
    while (b) [a, b] = [b, a % b];
    total += a + ((n ^ (n >> 3)) % 17) + ((n << 5) & 255) + Math.clz32(n) + Math.imul(n, 31) % 7;
    let x = n / 3;
    for (let i = 0; i < 4; i++) x = 0.5 * (x + n / x);
    total += x + Math.sin(x) * Math.cos(n) + Math.abs(-x) + Math.floor(x) + (x > 3.5 ? 1 : 0) + Math.min(x, 2) + (x | 0);
    if (n % 64 === 0) total += Number((3n ** BigInt(n % 200) * 7n + 1n) % 1000007n) + (n * 0.37).toString().length;
  }
  return total;
}

// Floats in loops: a line through points, areas under a curve, a root by halving.
function fit(count) {
  let sx = 0, sy = 0, sxx = 0, sxy = 0, area = 0;
  const points = Array.from({ length: count }, (_, n) => ({ x: n * 0.25, y: 3 - n * 0.125 + (((n * 37) % 11) - 5) / 10 }));
  for (const { x, y } of points) {
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  const slope = (count * sxy - sx * sy) / (count * sxx - sx * sx), step = 4 / count;
  for (let n = 0; n < count; n++) {
    const x = n * step;
    area += n % 2 ? ((0.5 * x - 1.25) * x + 2) * x * step : Math.exp(-x) * step;
  }
  let low = 0, high = 8;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (middle ** 3 - 2 * middle < 5) low = middle;
    else high = middle;
  }
  return slope + area + low;
}

// Integers in loops and typed arrays: how long a number's walk to one takes, digits, bits, a wave over a row.
function walks(limit) {
  const lengths = new Uint16Array(limit), digits = new Int32Array(10), wave = new Float64Array(256);
  let longest = 0, ones = 0, mask = 0x2545f491;
  for (let start = 2; start < limit; start++) {
    let n = start, steps = 0;
    while (n >= start) {
      n = n % 2 === 0 ? n / 2 : 3 * n + 1;
      steps++;
    }
    lengths[start] = steps + lengths[n];
    if (lengths[start] > longest) longest = lengths[start];
  }
  for (let n = 0; n < limit; n += 3) for (let rest = n; rest > 0; rest = (rest / 10) | 0) digits[rest % 10]++;
  for (let n = 0; n < limit; n++) {
    mask ^= mask << 13;
    mask ^= mask >>> 17;
    mask ^= mask << 5;
    ones += (mask & 1) + ((mask >> (n & 7)) & 3);
    const i = n & 255;
    wave[i] = 0.5 * wave[(i + 255) & 255] + 0.25 * lengths[n];
  }
  return longest + Math.max(...digits) + ones + wave[9] + new DataView(digits.buffer).getInt16(2, true);
}

// Maps, sets, spreads, iteration in every form.
function containers(rounds) {
  let total = 0;
  for (let n = 0; n < rounds; n++) {
    const map = new Map(), set = new Set();
    for (let i = 0; i < n % 40; i++) {
      map.set(`key${i}`, i * i);
      set.add(i % 7);
    }
    for (const [key, value] of map) total += key.length + (value & 3);
    const list = Array.from({ length: 30 }, (_, i) => (i * 17 + n) % 31);
    list.sort((a, b) => b - a);
    list.splice(3, 4, ...list.slice(0, 2).reverse());
    total += list.filter((value) => value % 2).map((value) => value * 2).reduce((a, b) => a + b, 0) + list.indexOf(7) + set.size;
    const [first, , ...others] = list;
    total += first + others.length + list.concat([1, 2], [3]).flat().length + (list.includes(3) ? 1 : 0) + Math.max(...list);
    for (const key in { a: 1, b: 2, [`c${n}`]: 3 }) total += key.charCodeAt(0) & 1;
    while (list.length > 20) total += list.pop() + (list.shift() ?? 0);
    switch (n % 5) {
      case 0: total += 1; break;
      case 1: total += 2; break;
      default: total -= 1;
    }
  }
  return total;
}

// Recursion, closures, generators.
function tree(depth) {
  const build = (level, label) => (level === 0 ? null : { left: build(level - 1, label * 2), label, right: build(level - 1, label * 2 + 1) });
  function* walk(node) {
    if (!node) return;
    yield* walk(node.left);
    yield node.label;
    yield* walk(node.right);
  }
  const counter = () => {
    let count = 0;
    return (amount) => (count += amount);
  };
  const add = counter();
  for (const label of walk(build(depth, 1))) add(label % 3);
  const known = new Map();
  const ways = (n, coins) => {
    if (n === 0) return 1;
    if (n < 0 || coins.length === 0) return 0;
    const key = n + "," + coins.length;
    if (!known.has(key)) known.set(key, ways(n - coins[0], coins) + ways(n, coins.slice(1)));
    return known.get(key);
  };
  function ackermann(m, n) {
    if (m === 0) return n + 1;
    return ackermann(m - 1, n === 0 ? 1 : ackermann(m, n - 1));
  }
  return add(0) + ways(120, [50, 20, 10, 5, 2, 1]) + ackermann(2, 30);
}

function failures(rounds) {
  let total = 0;
  for (let n = 0; n < rounds; n++) {
    try {
      if (n % 3 === 0) throw new RangeError("refused " + n);
      if (n % 3 === 1) null.missing;
      JSON.parse(n % 2 ? "12" : "{");
      total += 2;
    } catch (error) {
      total += error instanceof RangeError ? 1 : error.message.length % 3;
    } finally {
      total++;
    }
  }
  return total;
}

function parse(source) {
  const tokens = [...source.matchAll(/(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|([-+*/()])/g)].map(([whole, number]) => (number ? Number(number) : whole));
  let place = 0;
  const factor = () => {
    const token = tokens[place++];
    if (token === "(") {
      const value = expression();
      place++;
      return value;
    }
    if (token === "-") return -factor();
    return typeof token === "number" ? token : token.length;
  };
  const term = () => {
    let value = factor();
    while (tokens[place] === "*" || tokens[place] === "/") value = tokens[place++] === "*" ? value * factor() : value / (factor() || 1);
    return value;
  };
  const expression = () => {
    let value = term();
    while (tokens[place] === "+" || tokens[place] === "-") value = tokens[place++] === "+" ? value + term() : value - term();
    return value;
  };
  return expression();
}

function library(rounds) {
  let total = 0;
  for (let n = 0; n < rounds; n++) {
    const record = { id: n, name: WORDS[n % WORDS.length], tags: WORDS.slice(0, 5), nested: { a: [1, 2.5, null, true], b: "ü\n" } };
    const data = JSON.stringify(record, null, n % 8 === 0 ? 2 : 0);
    total += JSON.parse(data).nested.a.length + data.length + parse("3 + 4 * (2 - 1.5) / width - -(depth * 2)");
    total += new Date(Date.UTC(2024, 0, 1) + n * 86400000).toISOString().length + "a, b;c,  d".split(/[,;]\s*/).length;
    total += new TextEncoder().encode(data).length + encodeURIComponent(record.nested.b).length;
    total += Object.entries(structuredClone(record)).length + [3, 1, 2].toSorted().at(-1);
  }
  return total;
}

function editDistance(a, b) {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++)
      current.push(Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    previous = current;
  }
  return previous[previous.length - 1];
}

async function together(rounds) {
  let total = 0;
  const double = async (value) => value * 2;
  for (let n = 0; n < rounds; n++) total += await double(n);
  total += (await Promise.all([1, 2, 3].map(double))).length;
  return total;
}

// What is seen less often, a little of each.
function variety(rounds) {
  const known = new WeakMap(), tag = Symbol("tag");
  let total = 0;
  for (let n = 0; n < rounds; n++) {
    const line = WORDS.slice(n % 11).join(" ") + " 2024-03-1" + (n % 9) + " Stra\u00dfe \u65e5\u672c \u{1f40d}";
    const { groups } = /(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)/u.exec(line);
    total += Number(groups.day) + line.split(/(?<=e)\s/).length + line.replace(/\b(\p{L})(\p{L}*)/gu, (_, a, b) => a.toUpperCase() + b).length;
    total += [...line.matchAll(/(?:a|e|i)(?!\s)[^aeiou]*?/gi)].length + [...line].length + line.normalize("NFD").toLocaleLowerCase().length;
    const target = { n, [tag]: 1, get twice() { return this.n * 2; }, set twice(value) { this.n = value / 2; } };
    const proxy = new Proxy(target, { get: (object, key, receiver) => (key === "missing" ? 7 : Reflect.get(object, key, receiver)), has: () => true });
    proxy.twice = n;
    known.set(target, n);
    total += proxy.missing + proxy.twice + ("x" in proxy ? 1 : 0) + known.get(target) + Reflect.ownKeys(target).length;
    Object.defineProperty(target, "fixed", { value: 3, enumerable: false });
    total += Object.keys(Object.freeze(target)).length + JSON.stringify({ ...target, date: new Date(n * 1e9), list: [undefined, () => 1] }).length;
    total += new Date("2024-02-29T12:30:00Z").getUTCDay() + Date.parse("2024-01-01") % 7 + new Date(2024, n % 12, 1).getMonth();
    const url = new URL(`https://user@example.com:8080/a/../b?q=${n}&r=x%20y#f`);
    total += url.searchParams.get("q").length + url.pathname.length + new URLSearchParams({ a: n, b: "c d" }).toString().length;
    const bytes = new Uint8Array(64).map((_, i) => (i * 37 + n) & 255), view = new DataView(bytes.buffer, 8);
    view.setFloat64(0, n / 3, true);
    total += bytes.subarray(3, 40).sort().reverse().indexOf(9) + view.getUint32(4) % 5 + Array.from(new Float32Array([1.5, n])).length;
    total += Buffer.from(bytes).toString("base64").length + Buffer.from("6869", "hex").length + atob(btoa("text")).length;
    let big = 1n;
    for (let i = 1n; i < 30n; i++) big = (big * (i + BigInt(n)) + 1n) ^ (big >> 7n);
    total += Number(big % 97n) + big.toString(16).length;
    outer: for (let i = 0; i < 9; i++)
      for (let j = 0; j < 9; j++) {
        if ((i * j) % 7 === 6) continue outer;
        if (i + j > 14) break outer;
        total += i ^ j;
      }
    total += Number((n / 7).toPrecision(5)) + (1e21 + n).toString().length + parseFloat("3.25e2x") + Number("0x1f") + (n * 1e-7).toExponential(2).length;
    const { a = 1, ...others } = { b: 2, c: [3, [4, [5]]] };
    total += a + others.c.flat(Infinity).length + Object.fromEntries(new Map([["k", n]])).k + Object.groupBy([1, 2, 3], (x) => (x & 1 ? "odd" : "even")).odd.length;
    total += (function () { return arguments.length + [].slice.call(arguments, 1).length; })(1, 2, 3) + Math.hypot(3, n) + Math.trunc(Math.log2(n + 1));
    total += eval("1 + 2") + new Function("x", "return x * 2")(n) + String.raw`a\n${n}`.length;
  }
  return total;
}

// Documents, written and read: a log's events, a shape on a map.
function documents(rounds) {
  let total = 0;
  for (let n = 0; n < rounds; n++) {
    const events = WORDS.map((word, i) => ({
      at: 1700000000 + n * i, level: i % 2 ? "warn" : "info", message: `${word}: "${i}"\t${n}`,
      context: { host: word, attempt: i % 3, took: i / 7, failed: i % 5 === 0, cause: null },
    }));
    const coordinates = [Array.from({ length: 60 }, (_, i) => [n + i / 3, -i * 1.0625])];
    const sent = JSON.stringify({ events, shape: { coordinates, properties: { title: "größe", 12: [], deep: { er: [{}, [[]], true] } } }, [WORDS[n % 30]]: n });
    const back = JSON.parse(sent);
    total += sent.length + back.events.length + back.shape.coordinates[0][3][0];
  }
  return Math.round(total);
}

// What most calls are: little work on little data, in a sandbox of its own.
const small = task({ name: "small" }, (n, words) => ({ n, words: words.sort(), total: words.join("").length }));

export const main = task({ name: "main", compute: 10 ** 12, ram: "512MB" }, async () => {
  let distance = 0, calls = 0;
  for (let n = 0; n < 300; n++) calls += (await small.value(n, WORDS.slice(0, n % 9))).total;
  for (const a of WORDS) for (const b of WORDS) distance += editDistance(a, b);
  return [text(500), objects(150), grid(24, 12), numbers(7000), fit(12000), walks(20000), containers(900), tree(12), failures(6000),
    library(300), variety(120), documents(300), distance, calls, await together(8000)].map(String);
});
