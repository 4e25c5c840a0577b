// Building, splitting and counting text; a small template renderer.

const render = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function work(turns = 4000) {
  const template = "Dear {name}, your order {order} of {count} {thing} ships on {day}.\n";
  let text = "";
  for (let i = 0; i < turns; i++)
    text += render(template, { name: `name${i % 50}`, order: i, count: i % 9, thing: i % 3 ? "pear" : "fig", day: i % 31 });
  const counts = new Map();
  for (const word of text.replaceAll(",", "").replaceAll(".", "").split(/\s+/)) counts.set(word, (counts.get(word) ?? 0) + 1);
  let hash = 0;
  for (let i = 0; i < text.length; i += 3) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  const turned = text.slice(0, 20000).split("").reverse().join("").toUpperCase();
  return [text.length, counts.size, counts.get("pear"), hash, turned.indexOf("RAEP"), text.lastIndexOf("fig")];
}
