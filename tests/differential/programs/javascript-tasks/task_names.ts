// Names of tasks: odd ones, tasks in tables and classes, functions that are passed about, tasks made late.
import { task } from "@capsule-run/sdk";

const odd = task({ name: "with blanks and ü" }, () => "odd") as any;
const named = task({ name: "by_function" }, function given() {
  return "given";
}) as any;
const table = { inside: task({ name: "inside" }, (n: number) => n + 1) as any };
class Holder {
  static method = task({ name: "of_a_class" }, (n: number) => n + 2) as any;
}
const generic = <T,>(name: string, value: T) => task({ name }, () => value) as any;
const made = generic("made_by_a_function", [1, 2]);

export const names_in_envelopes = () => [odd(), named(), table.inside(1), Holder.method(1), made()].map((answer) => answer.execution.task_name);
export const results = () => [odd(), named(), table.inside(1), Holder.method(1), made()].map((answer) => answer.result);
export const passed_about = () => [odd, () => table.inside(5), Holder.method.bind(null, 7)].map((call) => call().result);
export const type_of_a_task = () => [typeof odd, odd instanceof Function];
export const made_while_running = () => {
  const answer = (task({ name: "made_late" }, () => "late") as any)();
  return answer.success;
};
