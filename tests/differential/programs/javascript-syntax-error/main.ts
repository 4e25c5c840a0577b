// A program that cannot be parsed.
import { task } from "@capsule-run/sdk";

export const main = task({ name: "main" }, () => { return "never";
