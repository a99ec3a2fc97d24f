// Numbers and times as people read them.

const counts = new Intl.NumberFormat("en");
const rates = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
});
const seconds = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const day = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

export const count = (number) => counts.format(number);

/** "1 message", "2 messages". */
export const many = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

export const rate = (perSecond) =>
  perSecond >= 100 ? counts.format(Math.round(perSecond)) : rates.format(perSecond);

/** The time of day; with the day if that is not today. `milliseconds` are since 1970. */
export function time(milliseconds) {
  const date = new Date(milliseconds);
  // What no calendar has.
  if (Number.isNaN(date.getTime())) return String(milliseconds);
  const today = day.format(date) === day.format(new Date());
  return today ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** Whole, with the time zone UTC, for machines and tooltips. */
export function instant(milliseconds) {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? String(milliseconds) : date.toISOString();
}

export const now = () => seconds.format(new Date());

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** "12 B", "3.4 MiB". */
export function bytes(number) {
  const power = Math.min(UNITS.length - 1, number < 1 ? 0 : Math.floor(Math.log2(number) / 10));
  const value = number / 1024 ** power;
  return `${power === 0 ? count(value) : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[power]}`;
}
