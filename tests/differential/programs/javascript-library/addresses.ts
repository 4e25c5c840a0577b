// URLs, query strings, paths.
import path from "path";
import querystring from "querystring";

const parts = (text: string, base?: string) => {
  const { href, protocol, host, pathname, search, hash, origin } = new URL(text, base);
  return [href, protocol, host, pathname, search, hash, origin];
};

export const absolute = () => parts("HTTP://User:p%40@Example.ORG:80/a/../b c?q=1&q=ü#part");
export const relative = () => [parts("../x?y", "https://h/a/b/c"), parts("//other/z", "https://h/"), parts("?only", "https://h/p")];
export const not_an_address = () => new URL("no scheme");
export const can_parse = () => [(URL as any).canParse?.("https://h"), (URL as any).canParse?.("x")];
export const set_parts = () => {
  const url = new URL("https://h/p");
  url.port = "8443";
  url.pathname = "/a b";
  url.searchParams.append("k", "v w");
  url.hash = "x";
  return url.href;
};
export const other_schemes = () => [new URL("mailto:a@b").pathname, new URL("data:text/plain,hi").pathname, new URL("file:///a/b").host];
export const international = () => new URL("https://bücher.example/").host;
export const numeric_host = () => [new URL("http://0x7f.1/").host, new URL("http://[::1]:80/").host];
export const parameters = () => {
  const found = new URLSearchParams("a=1&b=2&a=3&empty&plus=a+b&pct=%41");
  found.delete("b");
  found.set("new", "ü&");
  found.sort();
  return [found.getAll("a"), found.get("plus"), found.get("pct"), found.has("empty"), found.toString(), [...found.keys()]];
};
export const query_string = () => [querystring.parse("a=1&a=2&b=%20"), querystring.stringify({ x: ["1", "2"], y: "a b" })];
export const paths = () => [path.join("/a", "..", "./b//c"), path.resolve("/x", "y", "../z"), path.normalize("a/./b/../c/"), path.relative("/a/b", "/a/c/d")];
export const path_parts = () => [path.basename("/x/y.txt", ".txt"), path.extname("a.tar.gz"), path.dirname("/a/b"), path.isAbsolute("a"), path.sep, path.parse("/home/f.txt"), path.format({ dir: "/d", base: "b" })];
