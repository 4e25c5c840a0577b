// Parameters of the main task: defaults and destructuring. ARGS are texts.
import { task } from "@capsule-run/sdk";

export const main = task({ name: "main" }, (first?: string, second: string = "default") => ({ first, second: typeof second === "string" ? second : "{}" }));
