import { z } from 'zod';

/**
 * Text without control characters: PostgreSQL text cannot contain NUL, and logs must not contain line breaks
 * from outside. JSON may contain half a surrogate pair, which is not a character: PostgreSQL refuses it, and
 * in UTF-8 all of them look the same.
 */
export function plainText(maxLength: number) {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^\P{Cc}*$/u, { error: 'must not have control characters' })
    .regex(/^\P{Cs}*$/u, { error: 'must not have half a surrogate pair' });
}

/**
 * A whole number given as text, in a query string or in the environment. Digits only, so "1e3", "0x10" and "
 * 5" are invalid.
 */
export function integerText({ min, max, fallback }: IntegerRange & { fallback: number }) {
  return z.preprocess(numberIn, z.int().min(min).max(max).default(fallback));
}

/** The same, for a number that has no default here; undefined when there is none. */
export function optionalIntegerText({ min, max }: IntegerRange) {
  return z.preprocess(numberIn, z.int().min(min).max(max).optional());
}

interface IntegerRange {
  min: number;
  max: number;
}

function numberIn(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

/** Any JSON value given as text; undefined when there is none. */
export function jsonText() {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch (error) {
        context.issues.push({
          code: 'custom',
          message: `must be JSON: ${(error as Error).message}`,
          input: text,
        });
        return z.NEVER;
      }
    })
    .optional();
}

/** Comma-separated names; undefined when there are none. */
export function namesText() {
  return z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .optional();
}

/** A point in time in a query string: a date (its start in UTC) or a time with its offset. */
export function queryTime() {
  return z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date (2026-01-31, UTC) or a time with its offset (2026-01-31T12:00:00Z)',
    })
    .transform((text) => new Date(text));
}
