// A first program: `build/capsule run examples/hello.ts Ada`.
import { task } from "@capsule-run/sdk";

interface Greeting {
  greeting: string;
  fromSandbox: boolean;
}

const greet = task({ name: "greet", compute: "LOW", ram: "64MB", timeout: "2s" }, (name: string): string => {
  return `Hello, ${name}!`;
});

export const main = task({ name: "main", timeout: "10s" }, async (name: string = "world"): Promise<Greeting> => {
  console.log("JavaScript on %s speaking", process.platform);
  const answer = await greet(name);
  return { greeting: answer.result, fromSandbox: answer.success };
});
