// A program of several files: modules beside it, types, re-exports, tasks that other modules register.
import { task, isWasmMode } from "@capsule-run/sdk";
import * as sdk from "@capsule-run/sdk";
import table from "./table.json";
import { double, count } from "./helper";
import { area, VERSION, type Shape } from "./shapes";
import { shout } from "./tasks";

enum Colour {
  Red = 1,
  Green,
}

interface Named {
  name: string;
}

abstract class Base implements Named {
  constructor(public readonly name: string, private hidden = 1) {}
  total(): number {
    return this.hidden + this.name.length;
  }
}

class Derived extends Base {}

namespace Space {
  export const inside = "inside";
}

const KINDS: Record<string, () => unknown> = {
  "module": () => double(21),
  "folder": () => [VERSION, area({ a: 2, b: 3 } as Shape)],
  "state": () => [count(), count()],
  "json": () => table,
  "enum": () => [Colour.Green, Colour[1]],
  "class": () => new Derived("four").total(),
  "namespace": () => Space.inside,
  "satisfies": () => ({ name: "n" } satisfies Named),
  "generic": () => (<T,>(value: T): T[] => [value])(5),
  "task-elsewhere": () => (shout("quiet") as any).result,
  "lazy": async () => (await import("./helper")).double(4),
  "sdk": () => ["task", "TaskRunner", "exports", "fs", "fsPromises", "isWasmMode", "os", "process"].filter((name) => name in sdk),
  "wasm-mode": () => isWasmMode(),
};

export const main = task({ name: "main" }, (kind: string) => KINDS[kind]());
