// node:buffer; the expectation was written by node 20.
import { Buffer, constants, isUtf8, isAscii } from "node:buffer";

const attempt = (f: () => unknown) => {
  try {
    return f();
  } catch (error: any) {
    return `${error.name} ${error.code}: ${error.message}`;
  }
};

export function main() {
  const show = (...values: unknown[]) => console.log(...values);
  show(Buffer.from("héllo €😀"), Buffer.from("héllo").toString("hex"), Buffer.from("ff00ZZ", "hex"), Buffer.from("abc", "hex"));
  show(Buffer.from("aGVsbG8gd29ybGQ=", "base64").toString(), Buffer.from("aGVsbG8", "base64url").toString(), Buffer.from("-_-_", "base64"), Buffer.from("a G V s b G 8 =", "base64").toString());
  show(Buffer.from([1, 2, 256, -1, 3.7]), Buffer.from(new Uint16Array([1, 300])), Buffer.from(new Uint8Array([5, 6]).buffer, 1));
  show(Buffer.from("hello", "utf16le"), Buffer.from("hé", "latin1"), Buffer.from("hé€", "ascii"), Buffer.from("x", "ucs2"));
  show(Buffer.from([0xff, 0xfe, 0x41]).toString(), Buffer.from([0xe2, 0x82]).toString(), Buffer.from([0xf0, 0x9f, 0x98, 0x41]).toString());
  show(Buffer.from("héllo").toString("base64"), Buffer.from([251, 255]).toString("base64url"), Buffer.from("é").toString("latin1"), Buffer.from([200, 65]).toString("ascii"));
  show(Buffer.from("héllo").toString("utf8", 1, 3), Buffer.from("hello").toString("utf8", 1), Buffer.from("hello").toString(undefined, 2, 4));
  show(Buffer.alloc(3), Buffer.alloc(5, "ab"), Buffer.alloc(4, 1), Buffer.alloc(6, "YWI=", "base64"), Buffer.allocUnsafe(2).length);
  show(Buffer.byteLength("héllo"), Buffer.byteLength("aGk=", "base64"), Buffer.byteLength("abcd", "hex"), Buffer.byteLength(new ArrayBuffer(7)), Buffer.byteLength("€", "utf16le"));
  show(Buffer.concat([Buffer.from("a"), new Uint8Array([98]), Buffer.from("cd")]), Buffer.concat([Buffer.from("abc")], 2), Buffer.concat([Buffer.from("a")], 3), Buffer.concat([]));
  show(Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("abc").compare(Buffer.from("ab")), Buffer.from("a").equals(Buffer.from("a")));
  const b = Buffer.from("hello world");
  show(b.slice(0, 5).toString(), b.subarray(-5).toString(), b.slice(2, -2).toString(), b.slice(5, 2).length);
  show(b.indexOf("o"), b.indexOf("o", 5), b.lastIndexOf("o"), b.indexOf("zzz"), b.includes("wor"), b.indexOf(Buffer.from("ld")), b.indexOf(111), b.indexOf(""), b.lastIndexOf("l", -3), b.indexOf("o", -4));
  show(b.write("HE"), b.toString(), b.write("XYZ", 9), b.toString(), b.write("zz", 1, 1), b.write("4142", 0, "hex"), b.toString());
  show(b.fill("ab").toString(), b.fill(0x61, 2, 4).toString(), b.fill("é", 0).toString("hex"));
  show(JSON.stringify(Buffer.from("hi")), Buffer.from(JSON.parse('{"type":"Buffer","data":[1,2]}')));
  show(Buffer.isBuffer(b), Buffer.isBuffer(new Uint8Array(1)), Buffer.isEncoding("UTF-8"), Buffer.isEncoding("nope"), b instanceof Uint8Array, b.constructor.name);
  const n = Buffer.alloc(16);
  show(n.writeUInt8(255), n.writeInt8(-1, 1), n.writeUInt16LE(0x1234, 2), n.writeUInt16BE(0x1234, 4), n.writeInt32LE(-2, 6), n.writeUInt32BE(0xdeadbeef, 10), n);
  show(n.readUInt8(0), n.readInt8(1), n.readUInt16LE(2), n.readUInt16BE(4), n.readInt32LE(6), n.readUInt32BE(10), n.readInt16BE(6), n.readUint32LE(10));
  show(n.writeFloatLE(1.5), n.readFloatLE(0), n.writeDoubleBE(Math.PI, 4), n.readDoubleBE(4), n.writeBigInt64LE(-5n, 8), n.readBigInt64LE(8), n.readBigUInt64BE(8));
  show(n.writeUIntBE(0x123456, 0, 3), n.readUIntBE(0, 3), n.writeIntLE(-123456, 3, 6), n.readIntLE(3, 6), n.readIntBE(3, 5));
  show(attempt(() => n.readUInt8(16)), attempt(() => n.readUInt32LE(13)), attempt(() => n.writeUInt8(256)), attempt(() => n.writeInt16LE(40000)));
  show(attempt(() => n.readUInt8(1.5)), attempt(() => n.readUInt8("a" as any)), attempt(() => n.writeUInt32LE(2 ** 32)), attempt(() => n.writeBigUInt64LE(-1n)));
  show(attempt(() => Buffer.from(5 as any)), attempt(() => Buffer.alloc(-1)), attempt(() => Buffer.alloc("5" as any)), attempt(() => Buffer.from("a", "nope" as any)));
  show(attempt(() => Buffer.from(null as any)), attempt(() => Buffer.from(undefined as any)), attempt(() => Buffer.from({} as any)), attempt(() => b.toString("nope" as any)));
  show(Buffer.from("0102030405060708", "hex").swap16(), Buffer.from("01020304", "hex").swap32(), Buffer.from("0102030405060708", "hex").swap64(), attempt(() => Buffer.alloc(3).swap16()));
  const target = Buffer.alloc(5);
  show(Buffer.from("abcdef").copy(target, 1, 2), target, Buffer.from("abc").copy(target, 10), [...Buffer.from("ab").entries()], [...Buffer.from("ab")]);
  show(Buffer.from("abc").map((x) => x + 1), Buffer.from("abc").filter((x) => x > 97), Buffer.of(1, 2), Buffer.from("ab").reverse());
  show(constants.MAX_LENGTH > 1e9, isUtf8(Buffer.from("é")), isUtf8(Buffer.from([0xff])), isAscii(Buffer.from("a")), isAscii(Buffer.from("é")));
  show(Buffer.from("test").toString("binary"), Buffer.from(new String("boxed") as any), Buffer.from({ length: 2, 0: 7, 1: 8 } as any), String(Buffer.from("str")), Buffer.from("a") + "b");
  show(Object.assign(Buffer.from("ab"), { extra: 1 }), Buffer.from("abc").at(-1), Buffer.from("aXbXc").toString().split("X"));
  show(Buffer.from("€").length, Buffer.from("\ud800x").toString(), Buffer.from("\ud800"), Buffer.from("a\u0000b"));
}
