import * as pg from 'pg';
import type { WireValue } from './message-writer';

/** The driver's own conversion of parameters: there, but not in its type declarations. */
const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): WireValue } };

const NO_VALUES: readonly WireValue[] = [];

/** Parameters as they go over the wire. Throws what a value's own `toPostgres` throws, and TypeError for what is no array. */
export function wireValues(values: unknown): readonly WireValue[] {
  if (values === undefined || values === null) return NO_VALUES;
  if (!Array.isArray(values)) throw new TypeError('Query values must be an array');
  const wire: WireValue[] = [];
  for (const value of values as unknown[])
    wire.push(typeof value === 'string' ? value : utils.prepareValue(value));
  return wire;
}

/**
 * The parameters of what the driver is given; undefined where there are none. What cannot be converted is refused before anything is written:
 * the driver would tell of it twice, at once and when the server has answered the rest of the statement, and what is in flight would never be
 * counted right again.
 */
export function wireValuesOf(
  config: pg.QueryConfig | string,
  values: unknown[] | undefined,
): unknown[] | undefined {
  const given = values ?? (typeof config === 'string' ? undefined : config.values);
  return given && [...wireValues(given)];
}
