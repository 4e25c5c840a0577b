// State and workspace of a session: folders below .capsule/sessions, where host programs keep what their runs share.
import fs from "fs";

const STATE = ".capsule/sessions/states/one.json";

const attempt = (action: () => any) => {
  try {
    return action();
  } catch {
    return "refused";
  }
};

export const state = () => {
  const found = JSON.parse(fs.readFileSync(STATE, "utf8"));
  fs.writeFileSync(STATE, JSON.stringify({ ...found, runs: (found.runs ?? 0) + 1 }));
  return JSON.parse(fs.readFileSync(STATE, "utf8"));
};
export const workspace = () => {
  fs.mkdirSync("workspace/a", { recursive: true });
  fs.writeFileSync("workspace/a/f.txt", "kept");
  return fs.readdirSync("workspace");
};
export const other_sessions = () => attempt(() => fs.readdirSync(".capsule/sessions/other"));
export const above = () => attempt(() => fs.readFileSync(".capsule/sessions/states/../../trace.db").length > 0);
