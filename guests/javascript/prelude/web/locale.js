// toLocaleString in the one locale there is, en-US. Intl itself does not exist; what would need it says so.
import { nodeRangeError } from "../errors.js";


function checkLocale(locales) {
  for (const locale of Array.isArray(locales) ? locales : locales === undefined ? [] : [locales])
    if (typeof locale !== "string" || !/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(locale))
      throw new RangeError("Incorrect locale information provided");
}

const group = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

function digitRange(options, low, high) {
  const least = options.minimumFractionDigits ?? Math.min(low, options.maximumFractionDigits ?? low);
  const most = options.maximumFractionDigits ?? Math.max(high, least);
  if (!(least >= 0 && least <= 100 && most >= least && most <= 100))
    throw new RangeError("minimumFractionDigits or maximumFractionDigits value is out of range");
  return [least, most];
}

// Half away from zero on the decimal digits, as Intl does.
function fixedDigits(value, least, most) {
  let text = value.toFixed(most);
  const exact = String(value);
  if (!exact.includes("e") && (exact.split(".")[1]?.length ?? 0) === most + 1 && exact.endsWith("5"))
    text = Number(`${exact.slice(0, -1)}6`).toFixed(most);
  if (most > least && text.includes(".")) text = text.replace(new RegExp(`(\\.\\d{${least}}\\d*?)0+$`), "$1").replace(/\.$/, "");
  return text;
}

const CURRENCY = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", INR: "₹", CNY: "CN¥", KRW: "₩" };

export function formatNumber(value, options = {}) {
  const { style = "decimal", useGrouping = true, currency } = options;
  if (style === "currency" && currency === undefined) throw new TypeError("Currency code is required with currency style.");
  const money = style === "currency" ? String(currency).toUpperCase() : "";
  const whole = money === "JPY" || money === "KRW" ? 0 : 2;
  const [least, most] = digitRange(options, money ? whole : 0, money ? whole : style === "percent" ? 0 : 3);
  const scaled = style === "percent" ? value * 100 : value;
  if (Number.isNaN(scaled)) return "NaN";
  const size = Math.abs(scaled);
  let text = size === Infinity ? "∞" : fixedDigits(size, least, most);
  if (size >= 1e21 && size !== Infinity) text = BigInt(size).toString();
  let [integer, fraction] = text.split(".");
  if (options.minimumIntegerDigits) integer = integer.padStart(options.minimumIntegerDigits, "0");
  if (useGrouping !== false) integer = group(integer);
  const sign = scaled < 0 || Object.is(scaled, -0) ? "-" : "";
  const body = fraction === undefined ? integer : `${integer}.${fraction}`;
  const symbol = CURRENCY[money] ?? `${money}\u00a0`;
  return `${sign}${money ? symbol : ""}${body}${style === "percent" ? "%" : ""}`;
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const DATE_STYLES = {
  full: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  long: { year: "numeric", month: "long", day: "numeric" },
  medium: { year: "numeric", month: "short", day: "numeric" },
  short: { year: "2-digit", month: "numeric", day: "numeric" },
};
const TIME = { hour: "numeric", minute: "2-digit", second: "2-digit" };
const TIME_STYLES = {
  full: { ...TIME, timeZoneName: "long" }, long: { ...TIME, timeZoneName: "short" }, medium: TIME,
  short: { hour: "numeric", minute: "2-digit" },
};
const two = (value) => String(value).padStart(2, "0");

function dateText(date, { weekday, year, month, day }) {
  const y = year && (year === "2-digit" ? two(date.getUTCFullYear() % 100) : String(date.getUTCFullYear()));
  const d = day && (day === "2-digit" ? two(date.getUTCDate()) : String(date.getUTCDate()));
  const dayName = weekday && (weekday === "long" ? DAYS[date.getUTCDay()] : DAYS[date.getUTCDay()].slice(0, weekday === "narrow" ? 1 : 3));
  const named = month === "long" || month === "short" || month === "narrow";
  if (!named) {
    const m = month && (month === "2-digit" ? two(date.getUTCMonth() + 1) : String(date.getUTCMonth() + 1));
    return [dayName, [m, d, y].filter(Boolean).join("/")].filter(Boolean).join(", ");
  }
  const name = MONTHS[date.getUTCMonth()];
  const m = month === "long" ? name : name.slice(0, month === "short" ? 3 : 1);
  const rest = [d ? `${m} ${d}` : m, y].filter(Boolean).join(d ? ", " : " ");
  return [dayName, rest].filter(Boolean).join(", ");
}

function timeText(date, { hour, minute, second, hour12, hourCycle, timeZoneName, fractionalSecondDigits }) {
  const twelve = hour12 ?? (hourCycle ? hourCycle === "h12" || hourCycle === "h11" : true);
  const parts = [];
  const h = date.getUTCHours();
  if (hour) {
    const shown = twelve ? h % 12 || 12 : h;
    parts.push(hour === "2-digit" || !twelve ? two(shown) : String(shown));
  }
  if (minute) parts.push(hour || minute === "2-digit" ? two(date.getUTCMinutes()) : String(date.getUTCMinutes()));
  if (second) {
    const ms = String(date.getUTCMilliseconds()).padStart(3, "0").slice(0, fractionalSecondDigits ?? 0);
    parts.push((minute || second === "2-digit" ? two(date.getUTCSeconds()) : String(date.getUTCSeconds())) + (ms && `.${ms}`));
  }
  const text = parts.join(":") + (hour && twelve ? (h < 12 ? " AM" : " PM") : "");
  return timeZoneName ? `${text} ${timeZoneName === "long" ? "Coordinated Universal Time" : "UTC"}` : text;
}

const DATE_KEYS = ["weekday", "year", "month", "day"];
const TIME_KEYS = ["hour", "minute", "second", "fractionalSecondDigits"];

function formatDate(date, options = {}, defaults) {
  if (Number.isNaN(date.getTime())) return "Invalid Date";
  const zone = options.timeZone;
  if (zone !== undefined && !/^(utc|etc\/utc|gmt|etc\/gmt|z)$/i.test(zone))
    throw nodeRangeError("ERR_NOT_AVAILABLE", `Time zone ${zone} is not available in a Capsule sandbox: Intl does not exist, times are UTC`);
  let chosen = { ...options };
  if (options.dateStyle || options.timeStyle)
    chosen = { ...options, ...DATE_STYLES[options.dateStyle], ...TIME_STYLES[options.timeStyle] };
  else if (![...(defaults.date ? DATE_KEYS : []), ...(defaults.time ? TIME_KEYS : [])].some((key) => options[key] !== undefined))
    chosen = { ...options, ...(defaults.date && { year: "numeric", month: "numeric", day: "numeric" }), ...(defaults.time && TIME) };
  const day = dateText(date, chosen);
  const time = timeText(date, chosen);
  const joint = options.dateStyle === "full" || options.dateStyle === "long" ? " at " : ", ";
  return [day, time].filter(Boolean).join(joint);
}

function install(prototype, name, value) {
  Object.defineProperty(prototype, name, { value, writable: true, enumerable: false, configurable: true });
}

export function installLocale() {
  const numberValue = Number.prototype.valueOf;
  const bigValue = BigInt.prototype.valueOf;
  install(Number.prototype, "toLocaleString", function toLocaleString(locales, options) {
    checkLocale(locales);
    return formatNumber(numberValue.call(this), options);
  });
  install(BigInt.prototype, "toLocaleString", function toLocaleString(locales) {
    checkLocale(locales);
    const text = bigValue.call(this).toString();
    return text.startsWith("-") ? `-${group(text.slice(1))}` : group(text);
  });
  for (const [name, defaults] of [["toLocaleString", { date: true, time: true }], ["toLocaleDateString", { date: true }],
    ["toLocaleTimeString", { time: true }]])
    install(Date.prototype, name, { [name](locales, options) {
      checkLocale(locales);
      return formatDate(this, options, defaults);
    } }[name]);
}
