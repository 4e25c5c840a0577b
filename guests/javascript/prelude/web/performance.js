// performance: time since the run began, marks and measures.
import { host } from "../host.js";
import { nodeError } from "../errors.js";
import { structuredClone } from "./clone.js";

const REALTIME = 0;
const MONOTONIC = 1;

let origin = null;

// Both clocks at the run's beginning; read when first asked for, and again after an image was mapped.
function start() {
  const resumed = host.resumed();
  if (origin?.resumed !== resumed) origin = { resumed, wall: host.clockMs(REALTIME), steady: host.clockMs(MONOTONIC) };
  return origin;
}

class PerformanceEntry {
  constructor(name, entryType, startTime, duration, detail) {
    Object.assign(this, { name, entryType, startTime, duration });
    if (detail !== undefined) this.detail = detail;
  }
  toJSON() {
    return { ...this };
  }
}
class PerformanceMark extends PerformanceEntry {}
class PerformanceMeasure extends PerformanceEntry {}

export class Performance {
  #entries = [];

  now() {
    const { steady } = start();
    return host.clockMs(MONOTONIC) - steady;
  }
  get timeOrigin() {
    return start().wall;
  }
  mark(name, options = {}) {
    const detail = options.detail === undefined ? null : structuredClone(options.detail);
    return this.#add(new PerformanceMark(String(name), "mark", options.startTime ?? this.now(), 0, detail));
  }
  measure(name, from, to) {
    const options = from !== null && typeof from === "object" ? from : { start: from, end: to };
    const end = options.end === undefined ? this.now() : this.#time(options.end);
    const begin = options.start === undefined ? 0 : this.#time(options.start);
    const detail = options.detail === undefined ? null : structuredClone(options.detail);
    return this.#add(new PerformanceMeasure(String(name), "measure", begin, options.duration ?? end - begin, detail));
  }
  #time(mark) {
    if (typeof mark === "number") return mark;
    const found = this.#entries.findLast((entry) => entry.entryType === "mark" && entry.name === mark);
    if (!found) throw nodeError("ERR_INVALID_PERFORMANCE_MARK", `The "${mark}" performance mark has not been set`);
    return found.startTime;
  }
  #add(entry) {
    this.#entries.push(entry);
    return entry;
  }
  clearMarks(name) {
    this.#entries = this.#entries.filter((e) => e.entryType !== "mark" || (name !== undefined && e.name !== name));
  }
  clearMeasures(name) {
    this.#entries = this.#entries.filter((e) => e.entryType !== "measure" || (name !== undefined && e.name !== name));
  }
  getEntries() {
    return [...this.#entries].sort((a, b) => a.startTime - b.startTime);
  }
  getEntriesByName(name, type) {
    return this.getEntries().filter((e) => e.name === name && (type === undefined || e.entryType === type));
  }
  getEntriesByType(type) {
    return this.getEntries().filter((e) => e.entryType === type);
  }
  timerify(fn) {
    return fn;
  }
  eventLoopUtilization() {
    return { idle: 0, active: 0, utilization: 0 };
  }
  toJSON() {
    return { timeOrigin: this.timeOrigin };
  }
  get [Symbol.toStringTag]() {
    return "Performance";
  }
}

export const performance = new Performance();
export { PerformanceEntry, PerformanceMark, PerformanceMeasure };
