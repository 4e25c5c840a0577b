// node:path; the expectation was written by node 20.
import path, { posix, join } from "node:path";

export function main() {
  const show = (...values: unknown[]) => console.log(...values);
  show(path.join("a", "b", "../c", "./d"), path.join("/a", "/b"), path.join(""), path.join("a", "", "b"), join("..", "x"));
  show(path.resolve("/a", "b", "../c"), path.resolve("/x", "/y"), path.resolve("/"), path.resolve("/a/..", "."));
  show(path.normalize("/a//b/./c/.."), path.normalize(""), path.normalize("a/../../b"), path.normalize("./a/"), path.normalize("/../a"));
  show(path.dirname("/a/b/c"), path.dirname("/a"), path.dirname("a"), path.dirname("/"), path.dirname(""), path.dirname("a/b/"));
  show(path.basename("/a/b.txt"), path.basename("/a/b.txt", ".txt"), path.basename("a/"), path.basename(""), path.basename("a.b", "a.b"));
  show(path.extname("a.txt"), path.extname("a.b.c"), path.extname(".hidden"), path.extname("a."), path.extname("a/b.c/d"), path.extname(".a.b"));
  show(path.isAbsolute("/a"), path.isAbsolute("a"), path.isAbsolute(""));
  show(path.relative("/a/b/c", "/a/d"), path.relative("/a", "/a"), path.relative("/a/b", "/a/b/c/d"), path.relative("/x", "/"));
  show(path.parse("/home/u/file.txt"), path.parse("./a/b"), path.parse("/"), path.parse("a.b.c"));
  show(path.format({ dir: "/a", base: "b.c" }), path.format({ root: "/", name: "x", ext: ".y" }), path.format({ dir: "/a", name: "b" }));
  show(path.sep, path.delimiter, posix === path.posix, path.toNamespacedPath("/a"));
  for (const bad of [undefined, 1, null, {}]) {
    try {
      path.join(bad as any);
    } catch (error: any) {
      show(error.name, error.code);
    }
  }
}
