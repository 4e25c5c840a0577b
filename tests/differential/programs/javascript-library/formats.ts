// A module with a default export, and texts of values in each way a program makes them.
export interface Format {
  text: string;
}
export const LIMIT = 10;
export default function format(value: Format) {
  return `<${value.text}>`;
}

export const dates_and_numbers = () => [(1234.5).toFixed(1), (0.1).toString(2).length > 10, (25).toString(36), (1e21).toLocaleString === undefined];
export const padded = () => [1, 22, 333].map((n) => String(n).padStart(5, "0"));
export const grouped = () => "1234567".replace(/\B(?=(\d{3})+$)/g, ",");
export const of_objects = () => [String({}), String([1, [2, 3]]), String(null), String(Symbol("s")), `${() => 1}`, String(new Error("x"))];
export const of_numbers = () => [1 / 3, 100, 1e5, 123e-20, -0, NaN, Infinity].map(String);
export const joined = () => [[null, undefined, 1].join(), [[]].toString(), [1, 2].join("")];
export const json_and_string = () => [JSON.stringify("\u2028"), JSON.stringify({ a: [] }, null, 1), JSON.stringify([undefined, NaN]), JSON.stringify(undefined) === undefined];
