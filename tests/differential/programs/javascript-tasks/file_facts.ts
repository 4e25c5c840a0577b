// More of files: streams of lines, callbacks, descriptors, entries with types, paths built by hand.
import fs from "fs";
import path from "path";

const attempt = (action: () => any) => {
  try {
    return action() ?? "done";
  } catch (error: any) {
    return error instanceof TypeError ? "not there" : error.code ?? "failed";
  }
};

export const lines = () => fs.readFileSync("data/in.txt", "utf8").trimEnd().split("\n").map((line, n) => `${n}: ${line}`);
export const walk = () => {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const name of fs.readdirSync(folder).sort()) {
      const full = path.join(folder, name);
      if (fs.statSync(full).isDirectory()) visit(full);
      else found.push(full);
    }
  };
  visit("data");
  return found;
};
export const entries = () => (fs.readdirSync("data", { withFileTypes: true }) as any[]).map((entry) => [entry.name, entry.isDirectory()]).sort();
export const callback = () => new Promise((resolve) => {
  const answer = attempt(() => fs.readFile("data/in.txt", "utf8", (error: any, text: any) => resolve([error, text])));
  if (answer === "not there" || answer === "failed") resolve(answer);
});
export const base64 = () => attempt(() => fs.readFileSync("data/in.txt", "base64" as any));
export const empty_file = () => {
  fs.writeFileSync("data/empty", "");
  return [fs.readFileSync("data/empty", "utf8"), fs.statSync("data/empty").size];
};
export const csv = () => {
  fs.writeFileSync("data/t.csv", "a,b\n1,2\n3,4\n");
  const [head, ...rows] = fs.readFileSync("data/t.csv", "utf8").trim().split("\n").map((row) => row.split(","));
  return rows.map((row) => Object.fromEntries(row.map((cell, n) => [head[n], Number(cell)])));
};
export const large = () => {
  fs.writeFileSync("data/large.txt", "x".repeat(1_000_000));
  const size = fs.readFileSync("data/large.txt", "utf8").length;
  fs.unlinkSync("data/large.txt");
  return size;
};
export const dots = () => fs.readFileSync("./data/sub/../in.txt", "utf8");
export const escape = () => attempt(() => fs.readFileSync("data/../other/secret.txt", "utf8"));
export const write_outside = () => attempt(() => fs.writeFileSync("other/new.txt", "x"));
export const made_twice = () => attempt(() => fs.mkdirSync("data/sub"));
export const unicode_name = () => {
  fs.writeFileSync("data/ü 😀.txt", "x");
  return fs.readdirSync("data").includes("ü 😀.txt");
};
