// Which variables a task sees.
import { process } from "@capsule-run/sdk";

export const run = (...names) => {
  const asked = names.filter((name) => typeof name === "string");
  return Object.fromEntries((asked.length ? asked : Object.keys(process.env).sort()).map((name) => [name, process.env[name] ?? null]));
};
