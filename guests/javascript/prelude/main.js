import { host } from "./host.js";
const K = { RESULT: 0, FAILURE: 1, TASKS: 5, LOAD_FAILURE: 6 };
const tasks = new Map();
const registry = { "@capsule-run/sdk": { task(options, fn) { tasks.set(options.name, fn); return fn; } } };
globalThis.console = { log(...a) { host.write(1, a.join(" ") + "\n"); } };
let namespace;
function settle(p) { host.runJobs(); const s = host.promiseState(p); if (s === 2) throw host.promiseResult(p); if (s === 0) throw new Error("the promise never settles"); return s === 1 ? host.promiseResult(p) : p; }
host.setHooks([
  (request) => {
    const [promise, ns] = host.evaluateModule(request.source, "capsule:app", { url: "file:///x", filename: "/x", dirname: "/" });
    namespace = ns;
    settle(promise);
    if (!tasks.has("main") && typeof ns.main === "function") tasks.set("main", ns.main);
    const list = [...tasks.keys()].map((name) => ({ name, options: {}, line: null }));
    host.report(K.TASKS, JSON.stringify({ tasks: list, default: tasks.has("main") ? "main" : list[0]?.name ?? null, has_main: tasks.has("main") }));
  },
  () => {},
  (request) => {
    const r = settle(tasks.get(request.task)(...request.args));
    host.report(K.RESULT, JSON.stringify(r ?? null));
  },
  (name) => registry[name],
  () => {},
  (e) => JSON.stringify({ message: String(e?.message ?? e), traceback: e?.stack ?? null, type: e?.name ?? "Error" }),
]);
