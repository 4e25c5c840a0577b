// An option that does not exist.
import { task } from "@capsule-run/sdk";

export const main = task({ name: "main", memory: "1GB" }, () => 1);
