// Programs made of tasks: map and reduce, retries by hand, a pipeline, a fallback, results that steer.
import { task } from "@capsule-run/sdk";

const count: any = task({ name: "count" }, (words: string[]) => words.reduce<Record<string, number>>((all, word) => ({ ...all, [word]: (all[word] ?? 0) + 1 }), {}));
const merge: any = task({ name: "merge" }, (tables: Record<string, number>[]) => {
  const merged: Record<string, number> = {};
  for (const table of tables) for (const [word, n] of Object.entries(table)) merged[word] = (merged[word] ?? 0) + n;
  return merged;
});
const parse: any = task({ name: "parse" }, (text: string) => JSON.parse(text));
const transform: any = task({ name: "transform" }, (values: number[]) => values.map((n) => n * n));
const report: any = task({ name: "report" }, (values: number[]) => `sum ${values.reduce((a, b) => a + b, 0)}`);
const flaky: any = task({ name: "flaky" }, (attempt: number) => {
  if (attempt < 3) throw new Error(`attempt ${attempt} failed`);
  return attempt;
});

export const map_and_reduce = () => merge([["a", "b"], ["b", "b"]].map((words) => count(words).result)).result;
export const pipeline = () => report(transform(parse("[1, 2, 3]").result).result).result;
export const stops_at_the_error = () => {
  const parsed = parse("[1, 2");
  return parsed.success ? report(parsed.result).result : "could not be parsed";
};
export const tried_by_hand = () => {
  const seen = [];
  for (let attempt = 1; attempt < 5; attempt++) {
    const answer = flaky(attempt);
    seen.push(answer.success ? answer.result : answer.error.message);
    if (answer.success) return seen;
  }
};
export const fallback = () => [parse("{").result ?? parse('{"default": true}').result];
export const chosen_by_a_result = () => (count(["x"]).result.x === 1 ? transform([2]) : report([2])).result;
export const collected_errors = () => ["1", "{", "[", '"ok"'].map((text) => parse(text)).filter((answer) => !answer.success).length;
