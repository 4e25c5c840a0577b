// Options of main that are numbers.
import { task } from "@capsule-run/sdk";

export const main = task({ name: "main", maxRetries: 1, timeout: 1000, compute: 200000000, ram: "64MB" }, (kind: string) => {
  console.log("attempt");
  if (kind === "failure") throw new Error("on purpose");
  return kind;
});
