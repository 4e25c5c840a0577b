// node:string_decoder. The package decodes Buffers; Node also takes other views of bytes, texts and base64url.
import stringDecoder from "string_decoder/lib/string_decoder.js";
import { BASE64URL, encodingNumber } from "../encoding.js";
import { invalidArgType, nodeTypeError } from "../errors.js";
import { Buffer } from "./buffer.js";

const EXPECTED = "an instance of Buffer, TypedArray, or DataView";

function asBuffer(value) {
  if (Buffer.isBuffer(value)) return value;
  if (!ArrayBuffer.isView(value)) throw invalidArgType("buf", EXPECTED, value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

const asUrl = (text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

class StringDecoder {
  #decoder;
  #fresh;
  #shown = (text) => text;

  constructor(encoding) {
    const number = encodingNumber(encoding);
    if (number === undefined) throw nodeTypeError("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
    const isUrl = number === BASE64URL;
    if (isUrl) this.#shown = asUrl;
    this.#fresh = () => new stringDecoder.StringDecoder(isUrl ? "base64" : encoding);
    this.#decoder = this.#fresh();
    this.encoding = isUrl ? "base64url" : this.#decoder.encoding;
  }

  write(value) {
    if (typeof value === "string") return value;
    return this.#shown(this.#decoder.write(asBuffer(value)));
  }

  // What is incomplete is told, and then forgotten.
  end(value) {
    const text = value === undefined ? "" : this.write(value);
    const rest = this.#shown(this.#decoder.end());
    this.#decoder = this.#fresh();
    return text + rest;
  }

  get lastChar() {
    return this.#decoder.lastChar;
  }

  get lastNeed() {
    return this.#decoder.lastNeed ?? 0;
  }

  get lastTotal() {
    return this.#decoder.lastTotal ?? 0;
  }
}

export default { StringDecoder };
