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
