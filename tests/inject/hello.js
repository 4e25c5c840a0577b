// A standard run: arguments, output, the environment, files, a subtask.
import { task } from "@capsule-run/sdk";
import * as fs from "node:fs";

export const double = task({ name: "double", compute: "LOW", ram: "64MB" }, (number) => number * 2);

export const main = task({ name: "main", allowedFiles: ["data"], envVariables: ["INJECT_WHO"] }, async (number) => {
  console.log("hello", process.env.INJECT_WHO);
  const text = fs.readFileSync("/data/in.txt", "utf8");
  fs.writeFileSync("/data/out.txt", text);
  const answer = await double(number);
  if (!answer.success) throw new Error(answer.error.message);
  return { text, double: answer.result, files: fs.readdirSync("/data").sort() };
});
