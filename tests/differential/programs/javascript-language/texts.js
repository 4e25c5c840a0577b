// Texts: methods, Unicode, normal forms, tagged templates, regular expressions.
export const methods = () => ["a,b,,c".split(","), "abc".split(""), "x".padEnd(3, "ab"), "abcabc".lastIndexOf("b"), "aXbX".replaceAll("X", (x, at) => at), "abc".substring(2, 0)];
export const slices = () => ["hello".slice(-3), "hello".slice(3, 1), "hello".substr(1, 2), "hello".at(-1), "hello"[9] === undefined];
export const unicode = () => ["é".length, "e\u0301".length, "😀".length, [..."😀x"].length, "😀".codePointAt(0), "\u{1F600}".charCodeAt(1), String.fromCodePoint(128512)];
export const normal_forms = () => ["e\u0301".normalize("NFC").length, "é".normalize("NFD").length, "ﬁ".normalize("NFKC")];
export const letter_case = () => ["straße".toUpperCase(), "İ".toLowerCase().length, "ΑΣ".toLowerCase(), "ǆ".toUpperCase()];
export const lone_surrogate = () => ["\ud800".isWellFormed(), "\ud800".toWellFormed(), "a\udc00".length];
export const lone_surrogate_returned = () => "\ud800";
export const tagged = () => ((strings, ...values) => [strings.raw, values])`a\n${1}b${[2]}`;
export const raw = () => String.raw`C:\new\${5}`;
export const compare = () => ["a" < "B", ["é", "z", "e"].sort(), "a".localeCompare("b"), ["b", "a", "C"].sort()];
export const locale_compare = () => ["ä", "z", "a"].sort((a, b) => a.localeCompare(b));
export const encoding = () => [encodeURIComponent("ü/?"), escape("ü€"), unescape("%u20AC"), encodeURI("a b?c=ü")];
export const broken_uri = () => decodeURIComponent("%E0%A4");
export const named_groups = () => "2020-01-02".match(/(?<year>\d+)-(?<month>\d+)/).groups;
export const sticky_and_global = () => {
  const sticky = /a/y;
  return [sticky.test("ba"), "aXbX".match(/X/g), "x".match(/y/), [..."a1b2".matchAll(/[a-z](\d)/g)].map((m) => [m[1], m.index])];
};
export const look_behind = () => ["$5 €6".match(/(?<=€)\d/)[0], "price 10".replace(/(?<!\d)1/, "9"), "ab".replace(/(a)(b)/, "$2$1$&$$")];
export const unicode_sets = () => [new RegExp("[\\p{L}--[a-z]]", "v").test("a"), /\u{1F600}/u.test("😀"), /^.$/s.test("\n")];
export const indices = () => /b(c)/d.exec("abc").indices;
export const split_by_expression = () => ["a1b2c".split(/\d/), "a1b2c".split(/(\d)/), "abc".split(/(?:)/u)];
export const catastrophic = () => /^(a+)+$/.test("a".repeat(18) + "b");
export const line_ends = () => JSON.stringify("\u2028\u2029\u0000\u001f\u007f");
export const base64 = () => [btoa("\xff\x00"), atob("/wA=").charCodeAt(0)];
export const base64_error = () => btoa("€");
