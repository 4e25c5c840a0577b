// An import that throws.
import { task } from "@capsule-run/sdk";

export const main = task({ name: "main" }, () => 1);

throw new Error("not today");
