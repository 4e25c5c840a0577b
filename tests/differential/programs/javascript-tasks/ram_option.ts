// The option `ram`: sizes that suffice, sizes that do not, ways to write them.
import { task } from "@capsule-run/sdk";

const fill = (megabytes: number) => {
  const blocks = [];
  for (let n = 0; n < megabytes; n++) blocks.push(new Uint8Array(1 << 20).fill(1));
  return blocks.length;
};
const plain = task({ name: "ramPlain", ram: "256MB" }, fill) as any;
const lower = task({ name: "ramLower", ram: "128mb" }, fill) as any;
const kilo = task({ name: "ramKilo", ram: "131072KB" }, fill) as any;
const blank = task({ name: "ramBlank", ram: "128 MB" }, fill) as any;
const giga = task({ name: "ramGiga", ram: "1GB" }, fill) as any;

export const enough = () => [plain(20).result, lower(20).result, kilo(20).result, blank(20).result, giga(100).result];
export const too_little = () => plain(400).success;
export const lower_case = () => lower(200).success;
export const in_kilobytes = () => kilo(200).success;
export const with_a_blank = () => blank(200).success;
export const used_is_told = () => {
  const used = plain(50).execution.ram_used;
  return [used > 50 << 20, used < 256 << 20];
};
export const next_one_is_fine = () => [plain(400).success, plain(1).result];
