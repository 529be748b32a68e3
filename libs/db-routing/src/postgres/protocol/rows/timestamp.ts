import type { RowBytes } from './row-bytes';

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const POINT = 0x2e;
const SPACE = 0x20;

const DATE_LENGTH = 10;
const SECONDS_LENGTH = 19;
const MAX_FRACTION_DIGITS = 6;
/** JavaScript takes the years before it for those of the twentieth century. */
const FIRST_YEAR = 100;
const DAY_MS = 86_400_000;

/**
 * A `date`, `timestamp` or `timestamptz` in the server's usual form; undefined for any other (BC, infinity,
 * years of five digits, another DateStyle).
 */
export function timestampIn({ bytes }: RowBytes, at: number, length: number): Date | undefined {
  if (length < DATE_LENGTH || bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return undefined;
  const century = twoDigits(bytes, at);
  const ofCentury = twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  if ((century | ofCentury | day) < 0 || month < 1 || month > 12) return undefined;
  const year = century * 100 + ofCentury;
  if (year < FIRST_YEAR) return undefined;
  if (length === DATE_LENGTH) return new Date(year, month - 1, day);
  if (length < SECONDS_LENGTH || bytes[at + 10] !== SPACE) return undefined;
  return withTime(bytes, at + 11, at + length, { year, month, day });
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function withTime(bytes: Buffer, at: number, end: number, { year, month, day }: Day): Date | undefined {
  if (bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return undefined;
  const hour = twoDigits(bytes, at);
  const minute = twoDigits(bytes, at + 3);
  const second = twoDigits(bytes, at + 6);
  if ((hour | minute | second) < 0) return undefined;
  let ms = 0;
  let next = at + 8;
  if (bytes[next] === POINT && next < end) {
    const from = next + 1;
    next = endOfDigits(bytes, from, end);
    if (next === from || next - from > MAX_FRACTION_DIGITS) return undefined;
    ms = millisecondsIn(bytes, from, next);
  }
  if (next === end) return new Date(year, month - 1, day, hour, minute, second, ms);
  const offset = offsetSeconds(bytes, next, end);
  if (offset === undefined) return undefined;
  const seconds = hour * 3600 + minute * 60 + second - offset;
  return new Date(daysSinceEpoch(year, month, day) * DAY_MS + seconds * 1000 + Math.trunc(ms));
}

/** `+HH`, `+HH:MM` or `+HH:MM:SS`, as seconds; undefined for anything else. */
function offsetSeconds(bytes: Buffer, at: number, end: number): number | undefined {
  const sign = bytes[at];
  if (sign !== PLUS && sign !== MINUS) return undefined;
  let seconds = 0;
  let unit = 3600;
  let next = at + 1;
  while (unit >= 1) {
    const part = next + 2 <= end ? twoDigits(bytes, next) : -1;
    if (part < 0) return undefined;
    seconds += part * unit;
    next += 2;
    if (next === end) return sign === MINUS ? -seconds : seconds;
    if (bytes[next] !== COLON) return undefined;
    next += 1;
    unit /= 60;
  }
  return undefined;
}

/** Days from 1970-01-01 in the Gregorian calendar, counted in years that begin with March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const fromMarch = month > 2 ? month - 3 : month + 9;
  const marchYear = month > 2 ? year : year - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const daysOfMonths = Math.floor((153 * fromMarch + 2) / 5);
  return 365 * marchYear + leapDays + daysOfMonths + day - 719_469;
}

/** In the driver's arithmetic, which multiplies a fraction. */
function millisecondsIn(bytes: Buffer, at: number, end: number): number {
  let digits = 0;
  let scale = 1;
  for (let i = at; i < end; i++) {
    digits = digits * 10 + (bytes[i] as number) - ZERO;
    scale *= 10;
  }
  return 1000 * (digits / scale);
}

function endOfDigits(bytes: Buffer, at: number, end: number): number {
  let next = at;
  while (next < end && isDigit((bytes[next] as number) - ZERO)) next += 1;
  return next;
}

/** -1 unless both are digits. */
function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] as number) - ZERO;
  const ones = (bytes[at + 1] as number) - ZERO;
  return isDigit(tens) && isDigit(ones) ? tens * 10 + ones : -1;
}

function isDigit(value: number): boolean {
  return value >= 0 && value <= 9;
}
