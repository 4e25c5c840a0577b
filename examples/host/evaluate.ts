// What the host program lets others write: the body of a function.
import { task } from "@capsule-run/sdk";

export const main = task(
  { name: "main", compute: "MEDIUM", ram: "64MB", timeout: "2s" },
  (code: string): unknown => new Function(code)(),
);
