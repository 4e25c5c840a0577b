// Cleans up a messy CSV file: what comes in stays as it is, and only one task may write.
//
// `main` reads inbox/ and can write nothing; `clean` gets one row and no files at all, so that a row made to break the parser
// breaks one row; `save` writes clean/ and does not see inbox/. Rows that cannot be understood end in rejected.csv with the reason.
//
//     capsule run --project examples/cleanup examples/cleanup/cleanup.ts
import { readFileSync, writeFileSync } from "node:fs";

import { task } from "@capsule-run/sdk";

type Order = [order: number, customer: string, date: string, amount: string];

function parseDate(text: string): string {
  const isoText = text.trim().replace(/^(\d\d)\.(\d\d)\.(\d{4})$/, "$3-$2-$1");
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(isoText) ? `${isoText}T00:00:00Z` : NaN);
  if (Number.isNaN(date.valueOf())) throw new Error(`no date: ${text}`);
  return date.toISOString().slice(0, 10);
}

function parseAmount(text: string): string {
  const found = /^(?:€ ?)?(\d+)(?:[.,](\d{1,2}))?(?: ?EUR)?$/.exec(text.trim());
  if (!found) throw new Error(`no amount: ${text}`);
  return `${found[1]}.${(found[2] ?? "").padEnd(2, "0")}`;
}

const quoted = (value: unknown) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : value);
const titled = (name: string) => name.toLowerCase().replace(/(?<=^| )\p{L}/gu, (letter) => letter.toUpperCase());

const clean = task({ name: "clean", compute: "LOW", ram: "64MB", timeout: "5s" }, async (row: string[]): Promise<Order> => {
  const [order, customer, date, amount] = row;
  const name = titled(customer.trim().replace(/\s+/g, " "));
  if (!name) throw new Error("no customer");
  return [Number(order), name, parseDate(date), parseAmount(amount)];
});

const save = task(
  { name: "save", compute: "LOW", allowedFiles: [{ path: "clean", mode: "read-write" }] },
  async (name: string, header: string[], rows: unknown[][]) => {
    writeFileSync(`clean/${name}`, [header, ...rows].map((row) => `${row.map(quoted).join(",")}\n`).join(""));
    return rows.length;
  },
);

export const main = task({ name: "main", allowedFiles: [{ path: "inbox", mode: "read-only" }] }, async () => {
  const lines = readFileSync("inbox/orders.csv", "utf8").split("\n").filter(Boolean).slice(1);
  const rows = lines.map((line) => line.split(";"));
  const ends = await clean.map(rows);
  const good = new Map(ends.filter((end) => end.success).map((end) => [end.result[0], end.result])); // one of each number
  const bad = rows.flatMap((row, index) => (ends[index].success ? [] : [[...row, ends[index].error!.message]]));
  const header = ["order", "customer", "date", "amount"];
  const cleaned = await save.value("orders.csv", header, [...good.values()].sort(([one], [two]) => one - two));
  const rejected = await save.value("rejected.csv", [...header, "reason"], bad);
  return { read: rows.length, cleaned, rejected };
});
