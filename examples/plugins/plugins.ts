// A plugin host: untrusted files, each with a grant of its own, none of which can harm the host or its neighbours.
//
// The host reads what may be granted at all; a plugin gets the line of GRANTS that names it, a share of everything else, and one
// argument. What goes wrong with one is a line of the report.
//
//     capsule run --project examples/plugins examples/plugins/plugins.ts
import { runFile, task, type AllowedFile } from "@capsule-run/sdk";

const ARTICLES: AllowedFile = { path: "/articles", mode: "read-only" };
// Plugin -> directories it may use. A directory of the host that is not named is not there for it.
const GRANTS: Record<string, AllowedFile[]> = {
  "count_words.py": [ARTICLES],
  "titles.ts": [ARTICLES],
  "greet.py": [],
  "snoop.py": [ARTICLES], // looks for /private
  "vandal.js": [ARTICLES], // writes where it may read
  "loop.py": [],
  "noisy.py": [],
};

async function runPlugin(name: string): Promise<[outcome: string, detail: unknown]> {
  const limits = { compute: "LOW", ram: "64MB", timeout: "5s" } as const;
  const end = await runFile(`plugins/${name}`, { args: ["en"], allowedFiles: GRANTS[name], ...limits });
  return end.success ? ["ok", end.result] : [end.error.error_type, end.error.message];
}

export const main = task(
  { name: "main", compute: "HIGH", allowedFiles: ["plugins:ro", "articles:ro", "private:ro"] },
  async () => {
    const names = Object.keys(GRANTS);
    const reports = await Promise.all(names.map(runPlugin));
    reports.forEach(([outcome, detail], index) =>
      console.log(`${names[index].padEnd(15)} ${outcome.padEnd(17)} ${detail}`),
    );
    return Object.fromEntries(names.map((name, index) => [name, reports[index][0]]));
  },
);
