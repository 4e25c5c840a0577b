// Packages of several kinds, an import of the whole namespace, a default import of a module in CommonJS.
import { task } from "@capsule-run/sdk";
import pad from "./vendor/pad.cjs";
import * as shapes from "./vendor/shapes.mjs";
import fallback, { named } from "./vendor/both.mjs";

export const main = task({ name: "main" }, (kind) => ({ cjs: () => pad("x", 3), namespace: () => Object.keys(shapes), both: () => [fallback, named] })[kind]());
