// The options `allowedFiles`, `envVariables` and `maxRetries` of a subtask: what its caller has makes no difference.
import { process, task } from "@capsule-run/sdk";
import fs from "fs";

const attempt = (action: () => any) => {
  try {
    return action() ?? "done";
  } catch {
    return "refused";
  }
};
const read = (name: string) => attempt(() => fs.readFileSync(name, "utf8"));
const write = (name: string) => attempt(() => fs.writeFileSync(name, "written"));

const textForm = task({ name: "textForm", allowedFiles: ["data"] }, () => [read("data/in.txt"), write("data/text.txt"), read("more/in.txt")]) as any;
const slashForm = task({ name: "slashForm", allowedFiles: ["./data/"] }, () => [read("data/in.txt"), read("./data/in.txt"), read("/data/in.txt")]) as any;
const readOnly = task({ name: "readOnly", allowedFiles: [{ path: "data", mode: "read-only" }] }, () => [read("data/in.txt"), write("data/ro.txt")]) as any;
const readWrite = task({ name: "readWrite", allowedFiles: [{ path: "data", mode: "read-write" }] }, () => [read("data/in.txt"), write("data/rw.txt")]) as any;
const noMode = task({ name: "noMode", allowedFiles: [{ path: "data" }] }, () => [read("data/in.txt"), write("data/none.txt")]) as any;
const folderBelow = task({ name: "folderBelow", allowedFiles: ["data/sub"] }, () => [read("data/sub/in.txt"), read("data/in.txt")]) as any;
const nothing = task({ name: "nothing" }, () => [read("data/in.txt"), process.env.SECRET ?? null]) as any;
const missing = task({ name: "missing", allowedFiles: ["nowhere"] }, () => "ran") as any;
const variables = task({ name: "variables", envVariables: ["SECRET", "NOT_SET"] }, () => [process.env.SECRET ?? null, process.env.OTHER ?? null, "NOT_SET" in process.env]) as any;
const names = task({ name: "names", envVariables: ["SECRET"] }, () => Object.keys(process.env)) as any;
const laterFine = task({ name: "laterFine", maxRetries: 2, allowedFiles: ["data"] }, () => {
  fs.appendFileSync("data/attempts.txt", "x");
  const tries = fs.readFileSync("data/attempts.txt", "utf8").length;
  if (tries < 3) throw new Error("not yet");
  return tries;
}) as any;

export const as_text = () => textForm().result;
export const with_slashes = () => slashForm().result;
export const modes = () => [readOnly().result, readWrite().result, noMode().result];
export const below = () => folderBelow().result;
export const none_at_all = () => nothing().result;
export const of_the_caller = () => [read("data/in.txt"), write("more/y.txt")];
export const folder_that_is_missing = () => missing().success;
export const environment = () => variables().result;
export const environment_names = () => names().result;
export const environment_of_the_caller = () => process.env.SECRET ?? null;
export const third_attempt = () => laterFine().result;
