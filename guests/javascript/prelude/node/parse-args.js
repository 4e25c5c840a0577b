// util.parseArgs and util.parseEnv.
import process from "./process.js";
import { nodeTypeError } from "../errors.js";

function optionFor(options, letter) {
  return Object.keys(options).find((name) => options[name].short === letter);
}

function storeValue(values, options, name, value) {
  if (options[name]?.multiple) (values[name] ??= []).push(value);
  else values[name] = value;
}

class Parser {
  constructor({ args = process.argv.slice(2), options = {}, strict = true, allowPositionals = !strict, tokens = false,
    allowNegative = false }) {
    Object.assign(this, { args: [...args], options, strict, allowPositionals, wantTokens: tokens, allowNegative });
    this.values = Object.create(null);
    this.positionals = [];
    this.tokens = [];
  }
  take(rawName, given, value, index) {
    let name = given;
    let negated = false;
    if (this.allowNegative && !Object.hasOwn(this.options, name) && name.startsWith("no-")) {
      name = name.slice(3);
      negated = true;
    }
    const option = Object.hasOwn(this.options, name) ? this.options[name] : undefined;
    if (this.strict && !option)
      throw nodeTypeError("ERR_PARSE_ARGS_UNKNOWN_OPTION", `Unknown option '${rawName}'${
        this.allowPositionals ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- "${rawName}"` : ""}`);
    if (option?.type === "string" && value === undefined && this.args.length > 0 &&
      !(this.strict && this.args[0].startsWith("-") && this.args[0].length > 1))
      value = this.args.shift();
    if (this.strict && option.type === "string" && value === undefined)
      throw nodeTypeError("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${rawName} <value>' argument missing`);
    if (this.strict && option.type === "boolean" && value !== undefined)
      throw nodeTypeError("ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${rawName}' does not take an argument`);
    this.tokens.push({ kind: "option", name, rawName, index, value, inlineValue: value === undefined ? undefined : false });
    storeValue(this.values, this.options, name, value ?? !negated);
  }
  positional(value, index) {
    if (!this.allowPositionals)
      throw nodeTypeError("ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL",
        `Unexpected argument '${value}'. This command does not take positional arguments`);
    this.positionals.push(value);
    this.tokens.push({ kind: "positional", index, value });
  }
  shorts(text, index) {
    for (let i = 1; i < text.length; i++) {
      const name = optionFor(this.options, text[i]) ?? text[i];
      const takesValue = this.options[name]?.type === "string";
      const rest = takesValue && i + 1 < text.length ? text.slice(i + 1) : undefined;
      this.take(`-${text[i]}`, name, rest, index);
      if (takesValue) break;
    }
  }
  parse() {
    const total = this.args.length;
    while (this.args.length > 0) {
      const index = total - this.args.length;
      const text = this.args.shift();
      if (text === "--") {
        this.tokens.push({ kind: "option-terminator", index });
        for (const [i, value] of this.args.entries()) this.positional(value, index + 1 + i);
        break;
      }
      if (text.startsWith("--")) {
        const at = text.indexOf("=", 3);
        const name = at < 0 ? text.slice(2) : text.slice(2, at);
        this.take(`--${name}`, name, at < 0 ? undefined : text.slice(at + 1), index);
      } else if (text.startsWith("-") && text.length > 1) {
        this.shorts(text, index);
      } else {
        this.positional(text, index);
      }
    }
    for (const [name, option] of Object.entries(this.options))
      if (option.default !== undefined && !Object.hasOwn(this.values, name)) this.values[name] = option.default;
    const { values, positionals } = this;
    return this.wantTokens ? { values, positionals, tokens: this.tokens } : { values, positionals };
  }
}

export const parseArgs = (config = {}) => new Parser(config).parse();

export function parseEnv(text) {
  const result = {};
  for (const line of String(text).split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const quoted = /^(["'`])(.*)\1(?:\s*#.*)?$/.exec(match[2]);
    const value = quoted ? quoted[2] : match[2].replace(/\s+#.*$/, "");
    result[match[1]] = quoted?.[1] === '"' ? value.replaceAll("\\n", "\n") : value;
  }
  return result;
}
