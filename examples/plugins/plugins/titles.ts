import { readdirSync, readFileSync } from "node:fs";

export function main(language: string): string {
  const names = (readdirSync("/articles") as string[]).filter((name) => name.endsWith(`.${language}.txt`)).sort();
  return names.map((name) => readFileSync(`/articles/${name}`, "utf8").split("\n")[0]).join("; ");
}
