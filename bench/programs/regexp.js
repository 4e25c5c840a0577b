// Regular expressions over a log: named groups, replacement by function, splitting, look-behind.

const LINE = /(?<ip>\d+\.\d+\.\d+\.\d+) - (?<user>\w+) \[(?<when>[^\]]+)\] "(?<verb>[A-Z]+) (?<path>\S+)" (?<status>\d{3})/g;

export function work(lines = 1500) {
  const log = Array.from({ length: lines }, (_, i) =>
    `10.0.${i % 256}.${i % 7} - user${i % 13} [24/Nov/2026:10:${String(i % 60).padStart(2, "0")}] "GET /path/${i}?a=${i * 3}&b=x" ${200 + (i % 5)}`).join("\n");
  let hits = 0;
  for (const match of log.matchAll(LINE)) hits += Number(match.groups.status);
  const renamed = log.replace(/user(\d+)/g, (_, number) => `<${number * 2}>`);
  const values = renamed.split(/[&?]/).filter((part) => /^a=\d*5$/.test(part)).length;
  const numbers = log.match(/(?<=a=)\d+/g).reduce((sum, one) => sum + +one, 0);
  const words = renamed.match(/\b[A-Z][a-z]+/g).length;
  return [hits, renamed.length, values, numbers, words];
}
