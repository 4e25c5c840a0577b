// Numbers of enum encoding in text.c, by the names that node accepts.
export const UTF8 = 0;
export const UTF16LE = 1;
export const LATIN1 = 2;
export const ASCII = 3;
export const HEX = 4;
export const BASE64 = 5;
export const BASE64URL = 6;

const names = {
  utf8: UTF8, "utf-8": UTF8, ucs2: UTF16LE, "ucs-2": UTF16LE, utf16le: UTF16LE, "utf-16le": UTF16LE,
  latin1: LATIN1, binary: LATIN1, ascii: ASCII, hex: HEX, base64: BASE64, base64url: BASE64URL,
};

// The number of a node encoding name; undefined when there is none such.
export function encodingNumber(name) {
  if (name === undefined || name === null || name === "") return UTF8;
  return names[name] ?? names[String(name).toLowerCase()];
}
