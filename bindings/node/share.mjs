// share.mjs [FOLDER]: copies what this package shares with the SDK inside the sandbox into shared/, and the whole package
// into FOLDER when one is given. npm runs it before it packs or installs the package from the repository.
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SHARED = ["app.js", "app.d.ts", "errors.js", "index.d.ts", "mapping.js"];
const here = dirname(fileURLToPath(import.meta.url));
const sdk = join(here, "..", "..", "guests", "javascript", "sdk");
const folder = process.argv[2] ? resolve(process.argv[2]) : here;

mkdirSync(join(folder, "shared"), { recursive: true });
if (existsSync(sdk)) for (const name of SHARED) cpSync(join(sdk, name), join(folder, "shared", name));
if (folder !== here)
  for (const name of readdirSync(here))
    if (/\.(js|d\.ts|json|md)$/.test(name)) cpSync(join(here, name), join(folder, name));
