// Every option of the main task itself, as literals.
import { process, task } from "@capsule-run/sdk";
import fs from "fs";

function attempt(action: () => any): any {
  try {
    return action() ?? "done";
  } catch {
    return "refused";
  }
}

const KINDS: Record<string, () => any> = {
  "value": () => "fine",
  "environment": () => [process.env.SECRET ?? null, process.env.OTHER ?? null],
  "files": () => [
    attempt(() => fs.readFileSync("data/in.txt", "utf8")),
    attempt(() => fs.appendFileSync("data/in.txt", "x")),
    attempt(() => fs.writeFileSync("out/new.txt", "x")),
    attempt(() => fs.readFileSync("other/secret.txt", "utf8")),
  ],
  "loop": () => {
    for (;;);
  },
  "memory": () => {
    const blocks = [];
    for (;;) blocks.push(new Uint8Array(1 << 20).fill(1));
  },
  "failure": () => {
    throw new Error("on purpose");
  },
};

export const main = task(
  {
    name: "main",
    compute: "HIGH",
    ram: "64MB",
    timeout: "1s",
    allowedFiles: [{ path: "data", mode: "read-only" }, "out"],
    allowedHosts: ["example.com", "*.example.org"],
    envVariables: ["SECRET"],
  },
  (kind: string) => KINDS[kind](),
);
