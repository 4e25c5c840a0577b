// The traceback of a report: what inspect shows of an error, with the lines of source that its frames point at, and of a
// size that people read.
import { inspect } from "./inspect.js";
import { sourceLine } from "./sourcemap.js";

const TEXT_LIMIT = 64 * 1024; // characters of a traceback
const SHOWN_LINES = 20; // frames whose source is shown
const LINE_LIMIT = 160; // characters of source shown
const LINE_BEFORE = 60; // and how many of them stand before what is pointed at

const frame = /^(\s*)at (?:.* \()?([^()\s][^()]*?):(\d+):(\d+)\)?(?: \{|,)?$/;

// The middle of a long text is left out.
export function shorten(text, limit) {
  if (text.length <= limit) return text;
  const head = limit >> 2;
  const tail = limit - head;
  return `${text.slice(0, head)}\n... ${text.length - limit} characters left out ...\n${text.slice(-tail)}`;
}

// A line of source and a pointer at a column (from 1), both behind `indent`.
function pointed(source, column, indent) {
  const text = source.trimEnd().replaceAll("\t", " ");
  const margin = text.length - text.trimStart().length;
  const at = column - 1;
  let first = margin;
  if (text.length - margin > LINE_LIMIT && at - margin > LINE_BEFORE) first = at - LINE_BEFORE;
  const cut = text.slice(first, first + LINE_LIMIT);
  const before = first > margin ? "..." : "";
  const after = first + LINE_LIMIT < text.length ? "..." : "";
  const pointer = at >= first && at < first + cut.length ? `\n${indent}${" ".repeat(before.length + at - first)}^` : "";
  return `${indent}${before}${cut}${after}${pointer}`;
}

function withSources(text) {
  let left = SHOWN_LINES;
  return text
    .split("\n")
    .map((line) => {
      const match = line.length < 1024 && left > 0 ? frame.exec(line) : null;
      if (!match) return line;
      const [, indent, file, row, column] = match;
      const source = sourceLine(file, Number(row));
      if (!source?.trim()) return line;
      left--;
      return `${line}\n${pointed(source, Number(column), `${indent}  `)}`;
    })
    .join("\n");
}

// A frame that follows itself more than twice is told once.
function folded(text) {
  const lines = [];
  let last = "";
  let times = 0;
  const tell = () => {
    const indent = /^\s*/.exec(last)[0];
    lines.push(...(times > 2 ? [`${indent}[previous frame repeated ${times} more times]`] : Array(times).fill(last)));
    times = 0;
  };
  for (const line of text.split("\n")) {
    if (line === last && line.length < 1024 && frame.test(line)) {
      times++;
      continue;
    }
    tell();
    lines.push(line);
    last = line;
  }
  tell();
  return lines.join("\n");
}

export function traceback(error) {
  let text;
  try {
    text = inspect(error);
  } catch {
    text = String(error?.stack ?? "");
  }
  return text ? shorten(withSources(folded(text)), TEXT_LIMIT) : null;
}
