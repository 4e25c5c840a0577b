// Dates: parsing, arithmetic, overflow, texts, the zone.
const utc = (...parts) => new Date(Date.UTC(...parts));
const written = (date) => date.toISOString().slice(0, -1); // without the Z a moment is not taken for that of the run

export const iso = () => [written(new Date(0)), written(utc(2024, 1, 29, 23, 59, 59, 999)), written(new Date("2024-03-10T10:00:00+02:00"))];
export const date_alone = () => [new Date("2024-01-15").getTime(), new Date("2024-01-15T00:00").getTime(), new Date(2024, 0, 15).getTime()];
export const overflow = () => [written(utc(2023, 13, 1)), written(utc(2024, 1, 30)), written(utc(2024, 0, 0)), utc(2024, 0, 1, 25).getUTCHours()];
export const parts = () => {
  const date = utc(2024, 1, 29, 12, 34, 56);
  return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDay(), date.getTimezoneOffset(), date.getHours()];
};
export const setters = () => {
  const date = utc(2024, 0, 31);
  date.setUTCMonth(1);
  date.setUTCHours(36);
  return written(date);
};
export const arithmetic = () => [utc(2024, 2, 1) - utc(2024, 1, 1), utc(2024, 0, 1) < utc(2024, 0, 2), +new Date(5)];
export const invalid = () => [isNaN(new Date("nothing")), String(new Date(NaN)), new Date(8.64e15 + 1).getTime()].map(String);
export const texts = () => [String(utc(2024, 1, 29)), utc(2024, 1, 29).toUTCString(), utc(2024, 1, 29).toDateString(), utc(2024, 1, 29).toTimeString()];
export const odd_texts = () => ["Feb 29 2024", "2024/02/29", "Thu, 29 Feb 2024 00:00:00 GMT", "29 February 2024 10:00 UTC", "2024-02-30"].map((text) => new Date(text).getTime()).map(String);
export const before_epoch = () => [written(new Date(-1)), written(new Date("-000001-01-01T00:00:00Z")), written(new Date(-62198755200000))];
export const two_digit_year = () => [new Date(99, 0).getFullYear(), utc(99, 0).getUTCFullYear()];
export const json = () => JSON.stringify({ when: utc(2024, 0, 1) }).replace("Z", "");
export const now_is_recent = () => Date.now() > Date.UTC(2024, 0, 1) && typeof performance.now() === "number";
export const as_key = () => ({ [written(utc(2024, 0, 1))]: 1 });
