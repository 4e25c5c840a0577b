// JSON in both directions, with a replacer and a reviver.

export function work(turns = 25) {
  const record = Array.from({ length: 300 }, (_, i) => ({ id: i, name: `item ${i}`, tags: ["a", "b", String(i)], price: i * 1.25, ok: i % 2 === 0 }));
  let size = 0;
  for (let turn = 0; turn < turns; turn++) {
    const text = JSON.stringify(record);
    size += text.length + JSON.parse(text).length;
  }
  const some = JSON.stringify(record, (key, value) => (key === "tags" ? undefined : value), 1);
  const doubled = JSON.parse(some, (key, value) => (key === "price" ? value * 2 : value));
  return [size, some.length, doubled.reduce((sum, one) => sum + one.price, 0)];
}
