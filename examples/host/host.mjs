// An ordinary program that runs what it does not trust: node host.mjs, with the package of bindings/node installed.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { run } from "@capsule-run/sdk/runner";

const cwd = dirname(fileURLToPath(import.meta.url));
const submissions = {
  squares: "return [1, 2, 3].map((n) => n * n)",
  chatty: "console.log('thinking ...'); return 'done'",
  broken: "return missing",
  endless: "for (;;);",
};

const outcomes = Object.entries(submissions).map(async ([name, code]) => {
  const onStdout = (text) => process.stdout.write(`  ${name}: ${text}`);
  const result = await run({ file: "evaluate.ts", args: [code], cwd, timeout: 5000, onStdout });
  return `${name} -> ${result.success ? result.result : result.error.error_type}`;
});
for (const outcome of await Promise.all(outcomes)) console.log(outcome);
