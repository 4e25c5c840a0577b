// The registry of tasks, and what the reference exposes of it as "@capsule-run/sdk/capsule/app.js".

// In order of registration; two of one name are both kept, and the host refuses them.
export const registered = [];

export function register(name, run, options, config, wrapper) {
  const task = { name, run, options, config, wrapper, where: new Error() };
  registered.push(task);
  return task;
}

const find = (name) => registered.find((task) => task.name === name);

export function registerTask(name, func, config = {}) {
  register(name, func, { name }, config, func);
}

export const getTask = (name) => find(name)?.run;

export const getTaskConfig = (name) => find(name)?.config;

export const getTaskNames = () => [...new Set(registered.map((task) => task.name))];

export class TaskRunner {
  // Runs a task inside this sandbox, for programs that call the runner themselves.
  async run(argsJson) {
    try {
      const { task_name: name = "main", args = [], kwargs = {} } = JSON.parse(argsJson);
      const run = getTask(name) ?? getTask("main") ?? registered[0]?.run;
      if (!run) throw new Error(`No tasks or main() function found. Available tasks: ${getTaskNames().join(", ")}`);
      const extra = Object.keys(kwargs).length > 0 ? [kwargs] : [];
      return JSON.stringify({ result: (await run(...args, ...extra)) ?? null });
    } catch (error) {
      return JSON.stringify({ error_type: "task_error", message: error instanceof Error ? error.message : String(error) });
    }
  }
}

export const exports = new TaskRunner();

// Kept for programs that import it; a sandbox serves no requests.
export const incomingHandler = { handle() {} };
