// A project of its own for each test, with the package in its node_modules and the command on PATH.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
export const CAPSULE = process.env.CAPSULE_BIN ?? join(ROOT, "build", "capsule");
export const SPIN = "while True: pass";

const top = mkdtempSync(join(tmpdir(), "capsule-node-"));
process.on("exit", () => rmSync(top, { recursive: true, force: true }));
mkdirSync(join(top, "bin"));
symlinkSync(CAPSULE, join(top, "bin", "capsule"));
process.env.PATH = `${join(top, "bin")}${delimiter}${process.env.PATH}`;
process.env.CAPSULE_CACHE = join(top, "cache");
process.env.CAPSULE_GUESTS ??= join(ROOT, "build", "guests");

export function installInto(folder) {
  execFileSync(process.execPath, [join(ROOT, "bindings", "node", "share.mjs"), join(folder, "node_modules/@capsule-run/sdk")]);
  return join(folder, "node_modules", "@capsule-run", "sdk");
}

const sdk = installInto(top);
const load = (name) => import(pathToFileURL(join(sdk, name)));
export const index = await load("index.js");
export const runner = await load("runner.js");
export const app = await load("shared/app.js");
export const worker = await load("worker.js");

let count = 0;

// The current directory of the test from here on.
export function project() {
  const folder = join(top, `project${count++}`);
  mkdirSync(join(folder, "data"), { recursive: true });
  process.chdir(folder);
  return folder;
}

// A Python program whose task main has this body.
export function program(name, body, options = "") {
  const lines = body.split("\n").map((line) => `    ${line}\n`).join("");
  const more = options ? `, ${options}` : "";
  writeFileSync(name, `from capsule import task\n\n@task(name="main"${more})\ndef main(*args):\n${lines}`);
}

export const capsule = (...words) => {
  try {
    return execFileSync(CAPSULE, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    return error.stdout;
  }
};

export const states = () => JSON.parse(capsule("trace", "--json")).map((run) => run.state);
export const read = (file) => readFileSync(file, "utf8");

// Waits until the file is there, with this in it.
export async function appears(file, content = "") {
  for (const end = Date.now() + 120_000; !existsSync(file) || !read(file).startsWith(content); await sleep(10))
    if (Date.now() > end) throw new Error(`${file} does not appear`);
}
