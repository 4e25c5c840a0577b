// Every second run ends badly, each time in another way.
import { task } from "@capsule-run/sdk";

export const main = task({ name: "main", timeout: "250ms", ram: "16MB", compute: "HIGH" }, (turn: number) => {
  if (turn % 2 === 0) return [turn, String(turn).repeat(10)];
  switch (Math.floor(turn / 2) % 5) {
    case 0: while (true) {}
    case 1: { const all: Uint8Array[] = []; for (let i = 0; i < 100; i++) all.push(new Uint8Array(1000000).fill(1)); return all.length; }
    case 2: while (true) console.log("x".repeat(1000));
    case 3: process.exit(3);
    default: throw new Error(String(turn));
  }
});
