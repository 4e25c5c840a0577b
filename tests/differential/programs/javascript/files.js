// One pattern of file access for each argument.
import fs from "fs";
import fsp from "fs/promises";
import path from "path";

const read = (name) => fs.readFileSync(name, "utf8");

// Whether it worked; the texts of errors are each side's own.
function attempt(action) {
  try {
    return action() ?? "done";
  } catch {
    return "refused";
  }
}

const KINDS = {
  "read": () => read("data/in.txt"),
  "read-absolute": () => read("/data/in.txt"),
  "read-dot": () => read("./data/in.txt"),
  "read-sub": () => read("data/sub/x.txt"),
  "read-options": () => fs.readFileSync("data/in.txt", { encoding: "utf8" }),
  "read-bytes": () => Array.from(fs.readFileSync("data/in.txt")).slice(0, 3),
  "promise-read": () => fsp.readFile("data/in.txt", "utf8"),
  "promise-write": async () => {
    await fsp.writeFile("data/out.txt", "async\n");
    return fsp.readFile("data/out.txt", "utf8");
  },
  "promise-readdir": async () => (await fsp.readdir("data")).sort(),
  "callback": () => new Promise((resolve, reject) => fs.readFile("data/in.txt", "utf8", (error, text) => (error ? reject(error) : resolve(text)))),
  "write": () => fs.writeFileSync("data/out.txt", "written\n"),
  "write-bytes": () => fs.writeFileSync("data/out.txt", new Uint8Array([104, 105])),
  "overwrite": () => fs.writeFileSync("data/in.txt", "new"),
  "append": () => fs.appendFileSync("data/in.txt", "more\n"),
  "unlink": () => fs.unlinkSync("data/in.txt"),
  "rename": () => {
    fs.writeFileSync("data/old.txt", "moved");
    fs.renameSync("data/old.txt", "data/new.txt");
    return read("data/new.txt");
  },
  "copy": () => {
    fs.copyFileSync("data/in.txt", "data/copy.txt");
    return read("data/copy.txt");
  },
  "mkdir": () => {
    fs.mkdirSync("data/a/b", { recursive: true });
    fs.writeFileSync("data/a/b/f.txt", "deep");
    return fs.readdirSync("data/a");
  },
  "rm": () => {
    fs.rmSync("data/sub", { recursive: true });
    return fs.existsSync("data/sub");
  },
  "readdir": () => fs.readdirSync("data").sort(),
  "stat": () => {
    const state = fs.statSync("data/in.txt");
    return [Number(state.size), state.isFile(), state.isDirectory()];
  },
  "exists": () => ["data", "data/in.txt", "data/none", "/etc", "src"].map((name) => fs.existsSync(name)),
  "missing": () => attempt(() => read("data/none.txt")),
  "folder-as-file": () => attempt(() => read("data")),
  "not-granted": () => attempt(() => read("other/secret.txt")),
  "not-granted-write": () => attempt(() => fs.writeFileSync("other/secret.txt", "x")),
  "source": () => attempt(() => read("src/main.js")),
  "passwd": () => attempt(() => read("/etc/passwd")),
  "escape": () => attempt(() => read("data/../../../etc/passwd")),
  "link-inside": () => read("data/inside"),
  "link-outside": () => attempt(() => read("data/outside")),
  "link-absolute": () => attempt(() => read("data/absolute")),
  "path": () => [path.join("a", "..", "b"), path.basename("/x/y.txt", ".txt"), path.resolve("data"), path.extname("a.b.c")],
  "write-errors": () => [attempt(() => fs.writeFileSync("data/out.txt", "x")), attempt(() => fs.mkdirSync("data/new"))],
  "write-and-read": () => {
    fs.writeFileSync("data/n.txt", "abc");
    fs.appendFileSync("data/n.txt", "def");
    return read("data/n.txt");
  },
  "missing-message": () => read("data/none.txt"),
  "guest-path": () => fs.readdirSync("/input").sort(),
};

export const run = (kind) => KINDS[kind]();
