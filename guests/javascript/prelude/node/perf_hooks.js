import { Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, performance } from "../web/performance.js";
import { notAvailable } from "../errors.js";

class PerformanceObserver {
  static supportedEntryTypes = [];
  constructor() {
    throw notAvailable("perf_hooks.PerformanceObserver");
  }
}
const refuse = (name) => () => {
  throw notAvailable(`perf_hooks.${name}`);
};

export default {
  performance, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceObserver,
  monitorEventLoopDelay: refuse("monitorEventLoopDelay"),
  createHistogram: refuse("createHistogram"),
  constants: {},
};
