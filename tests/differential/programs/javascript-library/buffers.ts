// Node's Buffer.
import { Buffer } from "buffer";

export const from_forms = () => [Buffer.from("ü€").length, Buffer.from([1, 256, -1]).toString("hex"), Buffer.from("ff0g", "hex").length, Buffer.from("aGk=", "base64").toString()];
export const encodings = () => ["hex", "base64", "latin1", "ascii", "utf16le", "base64url"].map((name) => Buffer.from("hé>").toString(name as any));
export const allocated = () => [Buffer.alloc(3).toString("hex"), Buffer.alloc(4, "ab").toString(), Buffer.allocUnsafe(2).length];
export const joined = () => [Buffer.concat([Buffer.from("a"), Buffer.from("b")]).toString(), Buffer.byteLength("€"), Buffer.isBuffer(Buffer.alloc(1))];
export const compared = () => [Buffer.from("a").equals(Buffer.from("a")), Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("abc").indexOf("c"), Buffer.from("abc").includes("bc")];
export const numbers = () => {
  const buffer = Buffer.alloc(12);
  buffer.writeUInt16BE(258, 0);
  buffer.writeInt32LE(-2, 2);
  buffer.writeFloatBE(0.5, 6);
  return [buffer.toString("hex"), buffer.readUInt16LE(0), buffer.readInt32LE(2), buffer.readFloatBE(6)];
};
export const out_of_range = () => Buffer.alloc(2).readUInt32BE(0);
export const slice_shares = () => {
  const buffer = Buffer.from("hello");
  buffer.subarray(0, 2).fill("x");
  return buffer.toString();
};
export const copied = () => {
  const target = Buffer.alloc(4);
  return [Buffer.from("abcdef").copy(target, 1, 2, 4), target.toString("hex")];
};
export const as_json = () => Buffer.from([1, 2]);
export const broken_utf8 = () => Buffer.from([0x61, 0xff, 0x62]).toString();
export const swapped = () => Buffer.from("0102", "hex").swap16().toString("hex");
export const iterated = () => [[...Buffer.from("ab")], [...Buffer.from("ab").entries()], Buffer.from("abc").at(-1)];
export const written = () => {
  const buffer = Buffer.alloc(5);
  return [buffer.write("héllo"), buffer.toString("latin1")];
};
