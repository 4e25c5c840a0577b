import { readdirSync, writeFileSync } from "node:fs";

export function main() {
  for (const name of readdirSync("/articles")) writeFileSync(`/articles/${name}`, "");
}
