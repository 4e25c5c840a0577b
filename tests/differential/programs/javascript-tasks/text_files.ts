// Files of a granted folder: reading, writing, flags, encodings, both forms of the interface.
import fs from "fs";
import fsPromises from "fs/promises";

const kind = async (action: () => any) => {
  try {
    return (await action()) ?? "done";
  } catch (error: any) {
    return error.code ?? "no code";
  }
};

export const read_forms = () => [fs.readFileSync("data/in.txt", "utf8"), fs.readFileSync("data/in.txt", { encoding: "utf-8" }), fs.readFileSync("/data/in.txt").length];
export const read_promise = () => fsPromises.readFile("data/in.txt", "utf8");
export const read_bytes = async () => [...new Uint8Array(await fsPromises.readFile("data/in.txt"))].slice(0, 3);
export const write_and_append = async () => {
  await fsPromises.writeFile("data/new.txt", "one\n");
  await fsPromises.appendFile("data/new.txt", "zwei ü\n");
  fs.appendFileSync("data/new.txt", "three");
  return fs.readFileSync("data/new.txt", "utf8");
};
export const write_bytes = async () => {
  await fsPromises.writeFile("data/b.bin", new Uint8Array([0, 128, 255]));
  return [...fs.readFileSync("data/b.bin")];
};
export const overwritten = () => {
  fs.writeFileSync("data/in.txt", "x");
  return fs.readFileSync("data/in.txt", "utf8");
};
export const exists = () => ["data", "data/in.txt", "data/none", "other/secret.txt", ".."].map((name) => fs.existsSync(name));
export const facts = () => [fs.statSync("data/in.txt").size, fs.statSync("data").isDirectory(), fs.statSync("data/in.txt").isFile()];
export const facts_promise = async () => [(await fsPromises.stat("data/in.txt")).size, (await fsPromises.stat("data/sub")).isDirectory()];
export const listed = async () => [fs.readdirSync("data").sort(), (await fsPromises.readdir("data")).sort()];
export const folders = async () => {
  fs.mkdirSync("data/a/b", { recursive: true });
  await fsPromises.mkdir("data/c");
  return fs.readdirSync("data").sort();
};
export const removed = async () => {
  await fsPromises.unlink("data/in.txt");
  await fsPromises.rm("data/sub", { recursive: true });
  return fs.readdirSync("data");
};
export const renamed = async () => {
  await fsPromises.rename("data/in.txt", "data/sub/moved.txt");
  return [fs.existsSync("data/in.txt"), fs.readFileSync("data/sub/moved.txt", "utf8")];
};
export const copied = () => {
  fs.copyFileSync("data/in.txt", "data/copy.txt");
  return fs.readFileSync("data/copy.txt", "utf8");
};
export const codes = async () => [
  await kind(() => fs.readFileSync("data/none.txt")),
  await kind(() => fsPromises.readFile("data/none.txt")),
  await kind(() => fs.readdirSync("data/none")),
  await kind(() => fsPromises.unlink("data/none.txt")),
];
export const code_of_a_folder_read = () => kind(() => fs.readFileSync("data"));
export const code_outside = () => kind(() => fs.readFileSync("other/secret.txt"));
export const access_checked = async () => [await kind(() => fsPromises.access("data/in.txt")), await kind(() => fsPromises.access("data/none"))];
export const message = () => fs.readFileSync("data/none.txt", "utf8");
export const json_state = async () => {
  const name = "data/count.json";
  const count = fs.existsSync(name) ? JSON.parse(await fsPromises.readFile(name, "utf8")).count : 0;
  await fsPromises.writeFile(name, JSON.stringify({ count: count + 1 }));
  return JSON.parse(fs.readFileSync(name, "utf8"));
};
