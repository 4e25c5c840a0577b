// Fills 100 MB with a marker and ends in one of eight ways.
import { task } from "@capsule-run/sdk";

function fill(marker) {
  const kept = new Uint8Array(100 * 2 ** 20);
  const one = new TextEncoder().encode(marker.repeat(256));
  for (let at = 0; at + one.length <= kept.length; at += one.length) kept.set(one, at);
  return kept;
}

const inner = task({ name: "inner", compute: "LOW", ram: "256MB", timeout: "5s" }, (marker) => {
  const kept = fill(marker);
  for (;;) kept[0] ^= 1;
});

export const main = task({ name: "main", compute: "HIGH", ram: "256MB", timeout: "1s" }, (turn, marker) => {
  const kept = fill(marker);
  const text = Array.from({ length: 1000 }, (_, n) => marker + n);
  switch (turn % 8) {
    case 1: throw new TypeError(marker);
    case 2: for (;;);
    case 3: return [1, 2, 3].map(() => new Uint8Array(kept)).length;
    case 4: return process.exit(3);
    case 5: for (;;) console.log(marker.repeat(100));
    case 6: return () => kept;
    case 7: throw new RangeError(inner(marker).error.error_type + text.length);
    default: return [marker, kept.length, text.length];
  }
});
