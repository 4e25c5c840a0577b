// A standard run: arguments, output, the environment, files, a subtask, and one that has to be stopped.
import { task } from "@capsule-run/sdk";
import * as fs from "node:fs";

export const double = task({ name: "double", compute: "LOW", ram: "64MB" }, (number) => number * 2);

export const spin = task({ name: "spin", timeout: "10ms" }, () => { while (true); });

export const main = task({ name: "main", allowedFiles: ["data"], envVariables: ["INJECT_WHO"] }, async (number) => {
  console.log("hello", process.env.INJECT_WHO);
  const text = fs.readFileSync("/data/in.txt", "utf8");
  fs.writeFileSync("/data/out.txt", text);
  const answer = await double(number);
  if (!answer.success) throw new Error(answer.error.message);
  const ended = (await spin()).error.error_type;
  if (ended !== "timeout") throw new Error(ended);
  return { text, double: answer.result, files: fs.readdirSync("/data").sort() };
});
