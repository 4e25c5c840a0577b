import type { TaskConfig, TaskRunner } from "./index.js";

export function registerTask(name: string, func: (...args: any[]) => any, config?: Partial<TaskConfig>): void;
export function getTask(name: string): ((...args: any[]) => any) | undefined;
export function getTaskConfig(name: string): TaskConfig | undefined;
export function getTaskNames(): string[];
export { exports, TaskRunner } from "./index.js";
export const incomingHandler: { handle(request: unknown, response: unknown): void };
