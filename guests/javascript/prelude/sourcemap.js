// Source maps: positions in the bundle back to positions in the files that the user wrote.
//
// Nothing is decoded before the first stack trace is asked for. A decoded line is a flat array of
// [column, source, line, column, ...], all zero-based.

const digits = new Uint8Array(128);
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".split("").forEach((c, i) => {
  digits[c.charCodeAt(0)] = i;
});

let text = null;
let map = null;
let program = null; // {name, text} of one that is a string

export function setSourceMap(json) {
  text = json ?? null;
  map = null;
}

// The text of a program that is a string, as its user wrote it.
export function setSourceText(name, source) {
  program = { name, text: source };
}

function decodeLines(mappings) {
  const lines = [];
  let line = [];
  const field = [0, 0, 0, 0, 0];
  let count = 0;
  let value = 0;
  let shift = 0;
  const finish = () => {
    if (count >= 4) line.push(field[0], field[1], field[2], field[3]);
    count = 0;
  };
  for (let i = 0; i < mappings.length; i++) {
    const code = mappings.charCodeAt(i);
    if (code === 44 /* , */) {
      finish();
    } else if (code === 59 /* ; */) {
      finish();
      lines.push(line);
      line = [];
      field[0] = 0;
    } else {
      const digit = digits[code & 127];
      value |= (digit & 31) << shift;
      if (digit & 32) {
        shift += 5;
      } else {
        field[count++] += value & 1 ? -(value >>> 1) : value >>> 1;
        value = shift = 0;
      }
    }
  }
  finish();
  lines.push(line);
  return lines;
}

function load() {
  if (map || !text) return map;
  try {
    const json = JSON.parse(text);
    const root = json.sourceRoot ?? "";
    map = {
      sources: json.sources.map((source) => root + (source ?? "")),
      texts: json.sourcesContent ?? [],
      lines: decodeLines(json.mappings),
    };
  } catch {
    map = null;
  }
  text = null;
  return map;
}

// Line and column count from one, as stacks do. Null when the map does not know the position.
export function originalPosition(line, column) {
  const segments = load()?.lines[line - 1];
  if (!segments || segments.length === 0) return null;
  let low = 0;
  let high = segments.length / 4 - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (segments[middle * 4] <= column - 1) low = middle;
    else high = middle - 1;
  }
  const at = low * 4;
  return { source: map.sources[segments[at + 1]], line: segments[at + 2] + 1, column: segments[at + 3] + 1 };
}

// A line (from one) of a file that the user wrote; undefined when its text is not known.
export function sourceLine(source, line) {
  const text = source === program?.name ? program.text : load()?.texts[map.sources.indexOf(source)];
  if (typeof text !== "string") return undefined;
  let start = 0;
  for (let i = 1; i < line; i++) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return undefined;
  }
  const end = text.indexOf("\n", start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}
