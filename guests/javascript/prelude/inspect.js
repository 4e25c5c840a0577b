// util.inspect and util.format: node's own code, from the package node-inspect-extracted, over this engine's internals.
import inspector from "capsule-inspect";

export const { inspect, format, formatWithOptions, stripVTControlCharacters } = inspector;
