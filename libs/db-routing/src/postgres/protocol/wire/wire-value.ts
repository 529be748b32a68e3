import * as pg from 'pg';
import type { WireValue } from './message-writer';

/** The driver's conversion of parameters, which its type declarations lack. */
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): WireValue } };

const NO_VALUES: readonly WireValue[] = [];

/**
 * Converts parameters for the wire. Throws TypeError when `values` is no array, and what a `toPostgres`
 * throws.
 */
export function wireValues(values: unknown): readonly WireValue[] {
  if (values === undefined || values === null) return NO_VALUES;
  if (!Array.isArray(values)) throw new TypeError('Query values must be an array');
  const wire: WireValue[] = [];
  for (const value of values as unknown[])
    wire.push(typeof value === 'string' ? value : utils.prepareValue(value));
  return wire;
}

/**
 * Converts the parameters of a statement that the driver sends; undefined if it has none. Throws what
 * wireValues throws, before anything is written: the driver would report the error twice, at once and when
 * the server has answered the rest of the statement, and the count of statements in flight would stay wrong.
 */
export function wireValuesOf(
  config: pg.QueryConfig | string,
  values: unknown[] | undefined,
): WireValue[] | undefined {
  const given = values ?? (typeof config === 'string' ? undefined : config.values);
  return given && [...wireValues(given)];
}
