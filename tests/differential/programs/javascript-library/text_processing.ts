// Programs that work on text: counting, wrapping, CSV, Markdown, templates, ciphers, comparison.
const TEXT = "the quick brown fox jumps over the lazy dog the end";

export const word_counts = () => {
  const counts = new Map<string, number>();
  for (const word of TEXT.split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, 3);
};
export const wrapped = () => {
  const lines = [""];
  for (const word of TEXT.split(" ")) {
    if ((lines.at(-1) + " " + word).length > 16) lines.push(word);
    else lines[lines.length - 1] = (lines.at(-1) + " " + word).trim();
  }
  return lines;
};
export const csv = () => {
  const rows: string[][] = [[""]];
  let quoted = false;
  const text = 'a,"b ""c"", d",\n1,,3';
  for (let n = 0; n < text.length; n++) {
    const row = rows.at(-1)!;
    if (quoted ? text[n] !== '"' : !/[",\n]/.test(text[n])) row[row.length - 1] += text[n];
    else if (text[n] === '"') {
      if (quoted && text[n + 1] === '"') row[row.length - 1] += text[n++];
      else quoted = !quoted;
    } else if (text[n] === ",") row.push("");
    else rows.push([""]);
  }
  return rows;
};
export const markdown = () => "# Title\nsome *bold* and `code`\n- item".split("\n").map((line) =>
  line.replace(/^(#+) (.*)$/, (_, marks, title) => `<h${marks.length}>${title}</h${marks.length}>`).replace(/^- (.*)$/, "<li>$1</li>").replace(/\*(.+?)\*/g, "<b>$1</b>").replace(/`(.+?)`/g, "<code>$1</code>"));
export const template = () => "Dear {name}, you owe {amount}{missing}".replace(/\{(\w+)\}/g, (whole, key) => (({ name: "A", amount: 5 }) as any)[key] ?? whole);
export const cipher = () => {
  const shift = (text: string, by: number) => text.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 97 + by + 26) % 26) + 97));
  return [shift("hello, world", 3), shift(shift("abc", 5), -5)];
};
export const run_length = () => {
  const packed = "aaabccdddd".replace(/(.)\1*/g, (run, c) => c + run.length);
  return [packed, packed.replace(/(.)(\d+)/g, (_, c, n) => c.repeat(+n))];
};
export const palindromes = () => ["A man, a plan, a canal: Panama", "no"].map((text) => {
  const letters = text.toLowerCase().replace(/[^a-z]/g, "");
  return letters === [...letters].reverse().join("");
});
export const slug = () => "Crème Brûlée & Ünïcode!".normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
export const table = () => [["name", "n"], ["a", 1], ["long name", 22]].map(([name, n]) => `${String(name).padEnd(10)}|${String(n).padStart(3)}`).join("\n");
export const camel_case = () => ["some-text_here", "Other text"].map((text) => text.toLowerCase().replace(/[-_ ]+(\w)/g, (_, c) => c.toUpperCase()));
export const html_escaped = () => `<a href="x">'&'</a>`.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
