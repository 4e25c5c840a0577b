// No main: the first task registered is the one that runs.
import { task } from "@capsule-run/sdk";

export const first = task({ name: "first", timeout: "5s" }, (word) => ["first", word]);
export const second = task({ name: "second" }, () => "second");
