// node:fs over a writable mount; the expectation was written by node 20 in an empty folder with a folder data/.
import fs, { promises } from "node:fs";
import fsp from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import readline from "node:readline";
import { promisify } from "node:util";
import { task } from "@capsule-run/sdk";

const attempt = async (f: () => unknown) => {
  try {
    return await f();
  } catch (error: any) {
    return `${error.name} ${error.code} ${error.syscall ?? ""} ${path.basename(String(error.path ?? ""))}`.trim();
  }
};

async function run() {
  const show = (...values: unknown[]) => console.log(...values);
  const d = "data/work";
  fs.mkdirSync(`${d}/a/b/c`, { recursive: true });
  fs.writeFileSync(`${d}/one.txt`, "first\nsecond\nthird");
  fs.appendFileSync(`${d}/one.txt`, "\nfourth\n");
  show(fs.readFileSync(`${d}/one.txt`, "utf8"), fs.readFileSync(`${d}/one.txt`).length, fs.readFileSync(`${d}/one.txt`, { encoding: "base64" }));
  fs.writeFileSync(`${d}/bin`, new Uint8Array([0, 1, 255]));
  show(fs.readFileSync(`${d}/bin`), fs.existsSync(d), fs.existsSync("nope"), fs.existsSync(undefined as any));
  const s = fs.statSync(`${d}/one.txt`);
  show(s.isFile(), s.isDirectory(), s.size, s.mtime instanceof Date, typeof s.mtimeMs, s.nlink, fs.statSync(d).isDirectory());
  show(typeof fs.statSync(d, { bigint: true }).size, fs.statSync("nope", { throwIfNoEntry: false }));
  fs.symlinkSync("one.txt", `${d}/link`);
  show(fs.readlinkSync(`${d}/link`), fs.lstatSync(`${d}/link`).isSymbolicLink(), fs.statSync(`${d}/link`).isFile(), path.basename(fs.realpathSync(`${d}/link`)));
  fs.renameSync(`${d}/bin`, `${d}/a/bin2`);
  fs.copyFileSync(`${d}/one.txt`, `${d}/a/copy.txt`);
  show(fs.readdirSync(d), fs.readdirSync(d, { recursive: true }).sort(), fs.readdirSync(d, { withFileTypes: true }).map((e) => [e.name, e.isFile(), e.isDirectory(), e.isSymbolicLink()]));
  show(await attempt(() => fs.readFileSync(`${d}/missing`)), await attempt(() => fs.mkdirSync(d)), await attempt(() => fs.rmdirSync(d)), await attempt(() => fs.readFileSync(d)), await attempt(() => fs.readdirSync(`${d}/one.txt`)));
  show(await attempt(() => fs.openSync(`${d}/one.txt`, "wx")), await attempt(() => fs.unlinkSync(`${d}/zzz`)), await attempt(() => fs.readFileSync("a\0b")), await attempt(() => fs.openSync(d, "zz")), await attempt(() => fs.closeSync(9999)));
  show(await attempt(() => fs.copyFileSync(`${d}/one.txt`, `${d}/a/copy.txt`, fs.constants.COPYFILE_EXCL)), await attempt(() => fs.rmSync(d)), await attempt(() => fs.accessSync("nope")), fs.accessSync(`${d}/one.txt`), await attempt(() => fs.renameSync("nope", "x")));
  try { fs.readFileSync("./nope/x"); } catch (error: any) { show(error.message.split(" (")[0], error.errno); }
  const fd = fs.openSync(`${d}/rw`, "w+");
  show(fs.writeSync(fd, "hello world"), fs.writeSync(fd, Buffer.from("HEY"), 0, 3, 0), fs.readSync(fd, Buffer.alloc(5), 0, 5, 6), fs.fstatSync(fd).size);
  const buffer = Buffer.alloc(11);
  fs.readSync(fd, buffer, { position: 0 });
  show(buffer.toString(), fs.ftruncateSync(fd, 5), fs.fstatSync(fd).size, fs.writevSync(fd, [Buffer.from("a"), Buffer.from("bc")], 5), fs.fsyncSync(fd));
  fs.closeSync(fd);
  show(fs.readFileSync(`${d}/rw`, "latin1"));
  fs.utimesSync(`${d}/rw`, 1000, new Date(2000 * 1000));
  show(fs.statSync(`${d}/rw`).mtime.toISOString(), fs.statSync(`${d}/rw`).atimeMs);
  fs.truncateSync(`${d}/rw`, 2);
  show(fs.readFileSync(`${d}/rw`, "utf8"), path.basename(fs.mkdtempSync(`${d}/tmp-`)).length, await attempt(() => fs.writeFileSync(`${d}/x`, 5 as any)));

  show(await fsp.readFile(`${d}/one.txt`, "utf8").then((t) => t.length), await attempt(() => fsp.readFile("nope")), promises === fsp, await fsp.stat(d).then((x) => x.isDirectory()));
  await fsp.mkdir(`${d}/p/q`, { recursive: true });
  await fsp.writeFile(`${d}/p/q/f`, "data");
  await fsp.cp(`${d}/p`, `${d}/p2`, { recursive: true });
  show((await fsp.readdir(`${d}/p2`, { recursive: true })).sort(), await attempt(() => fsp.access(`${d}/no`)), await attempt(() => fsp.cp(`${d}/p`, `${d}/p3`)));
  const handle = await fsp.open(`${d}/p/h`, "w+");
  await handle.write("line one\nline two\n");
  show((await handle.read(Buffer.alloc(8), 0, 8, 0)).bytesRead, (await handle.stat()).size, await handle.readFile("utf8"));
  await handle.close();
  for await (const line of (await fsp.open(`${d}/p/h`)).readLines()) show("line:", line);
  await fsp.rm(`${d}/p`, { recursive: true });
  await fsp.rm(`${d}/p`, { force: true });
  show(fs.existsSync(`${d}/p`), await attempt(() => fsp.rm(`${d}/p`)));
  for await (const entry of await fsp.opendir(`${d}/p2`)) show("entry", entry.name, entry.isDirectory());

  await new Promise<void>((resolve) => fs.readFile(`${d}/one.txt`, "utf8", (error, text) => { show("callback", error, text.length); resolve(); }));
  await new Promise<void>((resolve) => fs.readFile("nope", (error: any, text) => { show("callback", error.code, text); resolve(); }));
  show(await promisify(fs.stat)(d).then((x) => x.isDirectory()), await promisify(fs.exists)("nope"));
  await new Promise<void>((resolve, reject) => {
    const out = fs.createWriteStream(`${d}/stream`);
    out.on("open", (n) => show("open", typeof n)).on("close", () => { show("closed", out.bytesWritten); resolve(); }).on("error", reject);
    out.write("abc");
    out.end("def");
  });
  let text = "";
  for await (const chunk of fs.createReadStream(`${d}/stream`, { encoding: "utf8", start: 1, end: 4 })) text += chunk;
  show(text);
  await pipeline(fs.createReadStream(`${d}/stream`), fs.createWriteStream(`${d}/stream2`));
  show(fs.readFileSync(`${d}/stream2`, "utf8"));
  await new Promise<void>((resolve) => fs.createReadStream("nope").on("error", (error: any) => { show("stream", error.code); resolve(); }));
  const lines: string[] = [];
  for await (const line of readline.createInterface({ input: fs.createReadStream(`${d}/one.txt`) })) lines.push(line);
  show(lines);
  const big = Buffer.alloc(300000, "xyz");
  fs.writeFileSync(`${d}/big`, big);
  show(fs.readFileSync(`${d}/big`).equals(big), fs.statSync(`${d}/big`).size);
  let total = 0, chunks = 0;
  for await (const chunk of fs.createReadStream(`${d}/big`)) { total += chunk.length; chunks++; }
  show(total, chunks);
  const cwd = process.cwd();
  process.chdir(d);
  show(fs.readFileSync("one.txt", "utf8").length, fs.existsSync("../work/one.txt"), path.relative(cwd, process.cwd()));
  process.chdir(cwd);
  fs.rmSync(d, { recursive: true });
  show(fs.readdirSync("data"));
}

export const main = task({ name: "main", allowedFiles: ["./data"] }, run);
export default run;
