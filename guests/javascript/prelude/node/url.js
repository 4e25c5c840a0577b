// node:url: the WHATWG classes of web/url.js and node's legacy parser, as the package "unenv" carries it.
import legacy from "unenv/node/url";
import { host } from "../host.js";
import { URL, URLSearchParams } from "../web/url.js";
import { invalidArgType, nodeTypeError } from "../errors.js";
import path from "./path.js";

// The bundler renamed it. node warns about parse(), which programs still use; this one does not.
const { Url } = legacy;
Object.defineProperty(Url, "name", { value: "Url" });

function parse(value, parseQueryString, slashesDenoteHost) {
  if (value instanceof Url) return value;
  const url = new Url();
  url.parse(value, parseQueryString, slashesDenoteHost);
  return url;
}

function fileURLToPath(value) {
  const url = typeof value === "string" ? new URL(value) : value;
  if (!(url instanceof URL)) throw invalidArgType("path", "of type string or an instance of URL", value);
  if (url.protocol !== "file:") throw nodeTypeError("ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
  if (url.hostname !== "")
    throw nodeTypeError("ERR_INVALID_FILE_URL_HOST", 'File URL host must be "localhost" or empty on linux');
  if (/%2f/i.test(url.pathname))
    throw nodeTypeError("ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded / characters");
  return decodeURIComponent(url.pathname);
}

const ESCAPES = { "%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D", "\t": "%09", "?": "%3F", "#": "%23" };

function pathToFileURL(value) {
  if (typeof value !== "string") throw invalidArgType("path", "of type string", value);
  let resolved = path.resolve(value);
  if (value.endsWith("/") && !resolved.endsWith("/")) resolved += "/";
  return new URL(`file://${resolved.replace(/[%\\\n\r\t?#]/g, (character) => ESCAPES[character])}`);
}

function format(value, options) {
  if (!(value instanceof URL)) return legacy.format(value);
  const { auth = true, fragment = true, search = true, unicode = false } = options ?? {};
  const user = auth && value.username ? `${value.username}${value.password ? `:${value.password}` : ""}@` : "";
  const hostname = unicode ? host.domainTo(value.hostname, true) : value.hostname;
  const authority = value.host ? `//${user}${hostname}${value.port ? `:${value.port}` : ""}` : value.protocol === "file:" ? "//" : "";
  return value.protocol + authority + value.pathname + (search ? value.search : "") + (fragment ? value.hash : "");
}

function urlToHttpOptions(url) {
  const hostname = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  const options = {
    __proto__: null, protocol: url.protocol, hostname, hash: url.hash, search: url.search, pathname: url.pathname,
    path: `${url.pathname || ""}${url.search || ""}`, href: url.href,
  };
  if (url.port !== "") options.port = Number(url.port);
  if (url.username || url.password)
    options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return options;
}

export default {
  Url,
  parse,
  resolve: legacy.resolve,
  resolveObject: legacy.resolveObject,
  format,
  URL,
  URLSearchParams,
  domainToASCII: (domain) => host.domainTo(String(domain), false),
  domainToUnicode: (domain) => host.domainTo(String(domain), true),
  pathToFileURL,
  fileURLToPath,
  urlToHttpOptions,
};
