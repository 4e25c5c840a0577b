// TextEncoder and TextDecoder.
import { host } from "../host.js";
import { LATIN1, UTF16LE, UTF8 } from "../encoding.js";
import { nodeRangeError, nodeTypeError, invalidArgType } from "../errors.js";

const LABELS = {
  "utf-8": ["utf8", "utf-8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"],
  "utf-16le": ["utf-16le", "utf-16", "ucs-2", "unicode", "csunicode", "iso-10646-ucs-2", "unicodefeff"],
  "windows-1252": ["latin1", "ascii", "us-ascii", "iso-8859-1", "iso8859-1", "iso88591", "iso_8859-1", "l1", "cp1252",
    "windows-1252", "x-cp1252", "ansi_x3.4-1968", "cp819", "ibm819", "csisolatin1", "iso-ir-100", "iso_8859-1:1987"],
};
const byLabel = new Map(Object.entries(LABELS).flatMap(([name, labels]) => labels.map((label) => [label, name])));

// Bytes 0x80 to 0x9F of windows-1252, which latin1 has as control characters.
const WINDOWS =
  "\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x8D\u017D\x8F" +
  "\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x9D\u017E\u0178";

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }
  encode(text = "") {
    return host.encode(String(text), UTF8);
  }
  encodeInto(text, target) {
    if (!(target instanceof Uint8Array)) throw invalidArgType("dest", "an instance of Uint8Array", target);
    const [read, written] = host.encodeInto(String(text), target);
    return { read, written };
  }
  get [Symbol.toStringTag]() {
    return "TextEncoder";
  }
}

function bytesOf(input) {
  if (input === undefined) return new Uint8Array(0);
  if (input instanceof Uint8Array) return input;
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer || (typeof SharedArrayBuffer === "function" && input instanceof SharedArrayBuffer))
    return new Uint8Array(input);
  throw invalidArgType("list", "an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView", input);
}

function join(a, b) {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

const invalid = (encoding) =>
  nodeTypeError("ERR_ENCODING_INVALID_ENCODED_DATA", `The encoded data was not valid for encoding ${encoding}`);

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #rest = new Uint8Array(0);
  #started = false;

  constructor(label = "utf-8", options = {}) {
    const name = byLabel.get(String(label).trim().toLowerCase());
    if (!name) throw nodeRangeError("ERR_ENCODING_NOT_SUPPORTED", `The "${label}" encoding is not supported`);
    this.#encoding = name;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
  }
  get encoding() {
    return this.#encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  // How many bytes at the end have to wait for the next chunk.
  #tail(bytes) {
    if (this.#encoding === "utf-8") return host.utf8Tail(bytes);
    if (this.#encoding !== "utf-16le") return 0;
    const odd = bytes.length % 2;
    const whole = bytes.length - odd;
    const high = whole >= 2 && (bytes[whole - 1] & 0xfc) === 0xd8;
    return odd + (high ? 2 : 0);
  }
  #text(bytes) {
    if (this.#encoding === "utf-8") {
      if (this.#fatal && !host.utf8Valid(bytes)) throw invalid(this.#encoding);
      return host.decode(bytes, UTF8, 0, bytes.length);
    }
    if (this.#encoding === "utf-16le") {
      const text = host.decode(bytes, UTF16LE, 0, bytes.length);
      const complete = bytes.length % 2 === 0 && text.isWellFormed();
      if (!complete && this.#fatal) throw invalid(this.#encoding);
      return bytes.length % 2 === 0 ? text.toWellFormed() : `${text.toWellFormed()}\uFFFD`;
    }
    return host.decode(bytes, LATIN1, 0, bytes.length).replace(/[\x80-\x9f]/g, (c) => WINDOWS[c.charCodeAt(0) - 0x80]);
  }
  decode(input, options) {
    const stream = Boolean(options?.stream);
    let bytes = join(this.#rest, bytesOf(input));
    this.#rest = new Uint8Array(0);
    const wasStarted = this.#started;
    this.#started = stream && (wasStarted || bytes.length > 0);
    if (stream) {
      const tail = this.#tail(bytes);
      this.#rest = bytes.slice(bytes.length - tail);
      bytes = bytes.subarray(0, bytes.length - tail);
      if (bytes.length === 0) this.#started = wasStarted;
    }
    let text;
    try {
      text = this.#text(bytes);
    } catch (error) {
      this.#started = false;
      throw error;
    }
    const hasMark = !wasStarted && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff && this.#encoding !== "windows-1252";
    return hasMark ? text.slice(1) : text;
  }
  get [Symbol.toStringTag]() {
    return "TextDecoder";
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
    return `TextDecoder ${inspect({ encoding: this.encoding, fatal: this.fatal, ignoreBOM: this.ignoreBOM }, options)}`;
  }
}
