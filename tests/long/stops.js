// Ways to be at work when the end comes: stops.c stops them at any moment.
import { task } from "@capsule-run/sdk";

export const quick = task({ name: "quick" }, (number) => number);
export const spin = task({ name: "spin", timeout: "20ms" }, () => { while (true); });
export const copies = task({ name: "copies", timeout: "20ms", ram: "64MB" }, () => {
  const block = new Uint8Array(8 << 20);
  while (true) block.set(block.slice());
});
export const grow = task({ name: "grow", timeout: "20ms", ram: "256MB" }, () => {
  const blocks = [];
  while (true) blocks.push(new Uint8Array(1 << 20).fill(1));
});
export const nap = task({ name: "nap", timeout: "10ms" }, async () => { await new Promise((done) => setTimeout(done, 1000000)); });
export const write = task({ name: "write", timeout: "10ms" }, () => { while (true) console.log("x".repeat(100)); });
export const deep = task({ name: "deep", timeout: "2s" }, () => { const fall = (n) => fall(n + 1) + 1; return fall(0); });
// Ends about when its time is up.
export const work = task({ name: "work", timeout: "5ms" }, (number) => {
  for (let i = 0; i < number * 20000; i++);
  return number;
});
export const leaf = task({ name: "leaf", timeout: "50ms" }, (depth) => {
  if (depth % 3 === 0) while (true);
  return depth;
});
export const tree = task({ name: "tree", timeout: "300ms" }, async (depth) => {
  if (depth <= 0) return 1;
  const answers = await Promise.all([tree(depth - 1), leaf(depth), tree(depth - 2), quick(depth)]);
  return 1 + answers.reduce((sum, a) => sum + (a.success ? 1 : 0), 0);
});
