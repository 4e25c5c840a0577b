// Blob and File: bytes with a type.
import { host } from "../host.js";
import { UTF8 } from "../encoding.js";
import { notAvailable } from "../errors.js";

function bytesOf(part) {
  if (part instanceof Blob) return peek(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  return host.encode(String(part).toWellFormed(), UTF8);
}

let peek;

export class Blob {
  #bytes;
  #type;

  static {
    peek = (blob) => blob.#bytes;
  }

  constructor(parts = [], options = {}) {
    if (typeof parts !== "object" || parts === null || typeof parts[Symbol.iterator] !== "function")
      throw new TypeError("The \"sources\" argument must be a sequence");
    const pieces = Array.from(parts, bytesOf);
    this.#bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      this.#bytes.set(piece, at);
      at += piece.length;
    }
    const type = String(options?.type ?? "");
    this.#type = /[^\x20-\x7e]/.test(type) ? "" : type.toLowerCase();
  }
  get size() {
    return this.#bytes.length;
  }
  get type() {
    return this.#type;
  }
  slice(start, end, type) {
    const blob = new Blob([], { type });
    blob.#bytes = this.#bytes.slice(start, end);
    return blob;
  }
  async text() {
    return host.decode(this.#bytes, UTF8, 0, this.#bytes.length);
  }
  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }
  async bytes() {
    return this.#bytes.slice();
  }
  stream() {
    throw notAvailable("Blob.stream", "web streams are not part of this version");
  }
  get [Symbol.toStringTag]() {
    return "Blob";
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
    return `${this.constructor.name} ${inspect({ size: this.size, type: this.type }, options)}`;
  }
}

export class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = {}) {
    super(parts, options);
    this.#name = String(name).toWellFormed();
    this.#lastModified = options?.lastModified === undefined ? Date.now() : Math.trunc(Number(options.lastModified)) || 0;
  }
  get name() {
    return this.#name;
  }
  get lastModified() {
    return this.#lastModified;
  }
  get [Symbol.toStringTag]() {
    return "File";
  }
}
