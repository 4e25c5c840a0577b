// URL, URLSearchParams and node:url; the expectation was written by node 20.
import url, { fileURLToPath, pathToFileURL } from "node:url";
import querystring from "node:querystring";

const attempt = (f: () => unknown) => {
  try {
    return f();
  } catch (error: any) {
    return `${error.name} ${error.code}: ${error.message}`;
  }
};

export function main() {
  const show = (...values: unknown[]) => console.log(...values);
  for (const [text, base] of [
    ["https://user:pa%20ss@EXAMPLE.com:443/a/./b/../c?x=1&y=2#frag"], ["http://example.com:8080"], ["//host/path", "https://x.org/a"], ["../up?q#h", "http://a.b/c/d/e"],
    ["file:///tmp/a b"], ["mailto:a@b.c"], ["data:text/plain,hi"], ["http://ex%41mple.com/é?ü=ß"], ["http://münchen.de/"], ["http://[::1]:3000/"], ["http://0x7f.1/"], ["http://256.1.1.1/"],
    ["not a url"], ["http://"], ["http://a b/"], ["javascript:alert(1)"], ["HTTP://A.B/%zz"], ["?only", "http://h/p?old#f"], ["blob:https://x.y/z"], ["http://xn--nxasmq6b/"], ["http://1.2.3/"],
  ] as [string, string?][]) {
    const result = attempt(() => new URL(text, base));
    show(text, "=>", typeof result === "string" ? result : [(result as URL).href, (result as URL).origin, (result as URL).host, (result as URL).pathname]);
  }
  const u = new URL("https://example.com/path?a=1#x");
  show(u);
  u.pathname = "/new path"; u.search = "?q=ä"; u.hash = "top"; u.port = "8443"; u.hostname = "other.org"; u.protocol = "http"; u.username = "me"; u.password = "p@ss";
  show(u.href, u.port, String(u), JSON.stringify(u), u.toJSON() === u.href);
  u.port = "80"; u.host = "h:99"; u.search = ""; u.hash = "";
  show(u.href, attempt(() => { u.href = "bad"; }), URL.canParse("x:y"), URL.canParse("x"));
  u.searchParams.append("k", "v w"); u.searchParams.append("k", "2"); u.searchParams.set("z", "&=+");
  show(u.search, u.searchParams.getAll("k"), u.searchParams.has("z"), u.searchParams.size);
  u.search = "?n=1"; show(u.searchParams.get("n"), u.searchParams.get("k"));
  const p = new URLSearchParams("?b=2&a=1&b=3&c&=e&%20=%2B+x");
  show(p, [...p], p.toString());
  p.sort(); p.delete("b", "2"); show(p.toString(), p.has("b", "3"), [...p.keys()], [...p.values()]);
  show(new URLSearchParams({ a: "1", b: "x y" }).toString(), new URLSearchParams([["a", "1"], ["a", "2"]]).toString(), new URLSearchParams(new Map([["m", "1"]])).toString(), new URLSearchParams("€=ü").toString());
  show(attempt(() => new URLSearchParams([["a"]] as any)), Object.prototype.toString.call(u), Object.prototype.toString.call(p), Object.keys(u));
  p.forEach((value, key) => show(key, value));
  show(fileURLToPath("file:///a%20b/c"), pathToFileURL("/a b/#c?d%").href, attempt(() => fileURLToPath("http://x")), attempt(() => fileURLToPath("file:///a%2fb")));
  const { host, auth, pathname, query, hash, path } = url.parse("http://user:pass@host.com:8080/p/a/t/h?query=string#hash");
  show(host, auth, pathname, query, hash, path, url.parse("/a?b=c", true).query, url.format({ protocol: "http", host: "a.b", pathname: "/c", query: { d: 1 } }));
  show(url.resolve("/one/two/three", "four"), url.resolve("http://example.com/one", "/two"), url.domainToASCII("español.com"), url.domainToUnicode("xn--espaol-zwa.com"), url.urlToHttpOptions(new URL("http://a:b@c:1/d?e")).auth);
  show(querystring.parse("a=1&b=2&a=3&c=%20x+y&d"), querystring.stringify({ a: [1, 2], b: "x y", c: true, d: "", e: undefined }), querystring.escape("a&b"), querystring.unescape("%41"), querystring.parse("a:1;b:2", ";", ":"));
}
