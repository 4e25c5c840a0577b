// What a task receives: positional arguments as strings.
import { task } from "@capsule-run/sdk";

export const main = task({ name: "main" }, (...args: any[]) => ({
  words: args.filter((argument) => typeof argument === "string"),
  types: args.filter((argument) => typeof argument === "string").map((argument) => typeof argument),
}));
