// Counts words side by side: a map over files, on all cores, each file in a sandbox of its own.
//
// With `values: true` the map answers bare values, in the order of the files; the first failure cancels what still runs and is
// thrown as a TaskError.
//
//     capsule run --project examples/wordcount examples/wordcount/wordcount.ts
import { readdirSync, readFileSync } from "node:fs";

import { task, TaskError } from "@capsule-run/sdk";

const count = task(
  { name: "count", compute: "LOW", ram: "64MB", allowedFiles: ["pages:ro"] },
  async (path: string): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const [word] of readFileSync(path, "utf8").toLowerCase().matchAll(/[\p{L}\p{N}_]+/gu))
      counts[word] = (counts[word] ?? 0) + 1;
    return counts;
  },
);

export const main = task({ name: "main", allowedFiles: ["pages:ro"] }, async (...more: string[]) => {
  const paths = (readdirSync("pages") as string[]).sort().map((name) => `pages/${name}`);
  try {
    const counts = await count.map([...more, ...paths], { values: true });
    const total = new Map<string, number>();
    for (const [word, number] of counts.flatMap(Object.entries<number>)) total.set(word, (total.get(word) ?? 0) + number);
    const words = [...total.values()].reduce((sum, number) => sum + number, 0);
    const most = [...total].sort((one, two) => two[1] - one[1] || one[0].localeCompare(two[0])).slice(0, 3);
    return { files: paths.length, words, most: Object.fromEntries(most) };
  } catch (error) {
    if (error instanceof TaskError) return { failed: error.message };
    throw error;
  }
});
