// Evaluates code that a model wrote, and tells the model what came of it until the answer is there.
//
// Each answer runs in a sandbox of its own, with no files and little of everything else. The value of its last expression is the
// answer; a traceback or a limit goes back to the model as text. A list of canned answers stands for the model here.
//
//     capsule run examples/agent/agent.ts
import { runCode, task, type ErrorInfo } from "@capsule-run/sdk";

interface Message {
  role: "user" | "assistant";
  content: string;
}

const QUESTION = "What did the orders cost together? Their text is in `orders`, a line each: article, price, count.";
const ORDERS = "article,price,count\nlamp,19.90,2\ndesk,149.00,1\nchair,49.50,4\n";
const CANNED_ANSWERS = [
  "const rows = orders.map((line) => line.split(','));\nrows.reduce((sum, [, price, count]) => sum + price * count, 0)",
  "const rows = orders.trim().split('\\n');\nwhile (rows.length) console.log(rows[0]);",
  "const rows = orders.trim().split('\\n').slice(1).map((line) => line.split(','));\nconsole.log(rows.length, 'orders');\n" +
    "rows.reduce((sum, [, price, count]) => sum + price * count, 0)",
];

// Replace it with a call of your model. It sees the whole conversation, tracebacks included.
function askModel(conversation: Message[]): string {
  return CANNED_ANSWERS[conversation.filter((message) => message.role === "assistant").length];
}

// What the model is told about a failure.
function report(error: ErrorInfo, stdout: string): string {
  const lines = [`Your code failed: ${error.error_type}: ${error.message}`];
  if (error.traceback) lines.push(error.traceback);
  if (stdout) lines.push(`It printed, at first: ${JSON.stringify(stdout.slice(0, 15))}`);
  return lines.join("\n");
}

export const main = task({ name: "main", compute: "HIGH" }, async () => {
  const conversation: Message[] = [{ role: "user", content: QUESTION }];
  for (let attempts = 1; attempts <= 5; attempts++) {
    const code = askModel(conversation);
    const end = await runCode(code, { variables: { orders: ORDERS }, compute: "LOW", ram: "64MB", timeout: "5s" });
    if (end.success) return { answer: end.result, printed: end.stdout, attempts };
    conversation.push({ role: "assistant", content: code }, { role: "user", content: report(end.error, end.stdout) });
    console.log(conversation.at(-1)!.content);
  }
  return { answer: null };
});
