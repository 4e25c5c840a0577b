/** "@capsule-run/sdk" as a host program sees it: what programs in a sandbox have, and `run`. */
export * from "./shared/index.js";
export { closeAll, run } from "./runner.js";
export type { CallOptions, FileOptions, RunnerOptions, RunnerResult, StringOptions } from "./runner.js";
