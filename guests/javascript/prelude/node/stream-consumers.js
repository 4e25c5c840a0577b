// node:stream/consumers.
import { Buffer } from "./buffer.js";
import { Blob } from "../web/blob.js";

async function buffer(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks.map((chunk) => (chunk instanceof Uint8Array ? chunk : Buffer.from(chunk))));
}

export default {
  buffer,
  text: async (stream) => (await buffer(stream)).toString(),
  json: async (stream) => JSON.parse((await buffer(stream)).toString()),
  arrayBuffer: async (stream) => {
    const bytes = await buffer(stream);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  },
  blob: async (stream) => new Blob([await buffer(stream)]),
};
