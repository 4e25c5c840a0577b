// Judges submissions against test cases, as a contest does: AC, WA, TLE, MLE or RE.
//
// The problem: the largest sum of neighbours in a list of numbers. A submission is a Python, JavaScript or TypeScript file whose
// `main` gets the numbers as arguments. Time is counted in units of compute, not by a clock, so a verdict is the same on every
// machine, however busy it is. The timeout is for what waits and computes nothing.
//
//     capsule run --project examples/judge examples/judge/judge.ts
import { readdirSync } from "node:fs";

import { runFile, task } from "@capsule-run/sdk";

type Verdict = "AC" | "WA" | "TLE" | "MLE" | "RE";

const CASES: [number[], number][] = [
  [[3, -5, 4, 1], 5],
  [[-2, -1, -7], -1],
  [[7], 7],
  [Array.from({ length: 600 }, (_, index) => ((index * 37) % 101) - 50), 124],
];
// Every other failure is an RE.
const VERDICTS: Record<string, Verdict> = { compute_exceeded: "TLE", timeout: "TLE", memory_exceeded: "MLE" };

// The verdict, the number of the case that decided it, and the compute used: of the case that took most.
async function judge(path: string): Promise<{ verdict: Verdict; decidedBy?: number; compute: number }> {
  let compute = 0;
  for (const [index, [args, expected]] of CASES.entries()) {
    const end = await runFile(path, { args, compute: "LOW", ram: "64MB", timeout: "10s" });
    compute = Math.max(compute, end.execution.fuel_consumed);
    if (!end.success) return { verdict: VERDICTS[end.error.error_type] ?? "RE", decidedBy: index + 1, compute };
    if (end.result !== expected) return { verdict: "WA", decidedBy: index + 1, compute };
  }
  return { verdict: "AC", compute };
}

export const main = task({ name: "main", compute: "HIGH", allowedFiles: ["submissions:ro"] }, async () => {
  const names = (readdirSync("submissions") as string[]).sort();
  const verdicts = await Promise.all(names.map((name) => judge(`submissions/${name}`)));
  verdicts.forEach(({ verdict, decidedBy, compute }, index) => {
    const decision = decidedBy ? `case ${decidedBy}` : "";
    const units = (compute / 1e6).toFixed(1).padStart(6);
    console.log(`${names[index].padEnd(12)} ${verdict.padEnd(4)} ${decision.padEnd(7)} ${units} million units`);
  });
  return Object.fromEntries(names.map((name, index) => [name, verdicts[index].verdict]));
});
