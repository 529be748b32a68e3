import type { QueryConfig } from 'pg';
import { KEPT_POSITION_QUERY } from '../../position/position-query';
import { POSITION_NAME, positionShape } from './kept-exchange';
import type { ParsedNames } from './statement-exchange';
import type { NamedUse } from './wire-call';

/** Of the library's own texts; there are as many as combinations of a transaction's modes. */
const CONTROL = /^(?:BEGIN|COMMIT$|ROLLBACK$)/;

const POSITION: NamedUse['entry'] = { name: POSITION_NAME, isDescribed: true, shape: positionShape };
const controls = new Map<string, NamedUse['entry']>();

/** Whether it is a control of a transaction, or the position query. */
export function isControl(config: QueryConfig | string): boolean {
  return typeof config === 'string' ? CONTROL.test(config) : config === KEPT_POSITION_QUERY;
}

/**
 * The name of a control, which the server need not parse each time; undefined for any other statement. No
 * change of the schema concerns it.
 */
export function namedControl(config: QueryConfig | string, parsed: ParsedNames): NamedUse | undefined {
  if (!isControl(config)) return undefined;
  const entry = typeof config === 'string' ? controlOf(config) : POSITION;
  return { entry, isKept: entry.name in parsed };
}

function controlOf(text: string): NamedUse['entry'] {
  let entry = controls.get(text);
  if (!entry) {
    entry = { name: `db_routing_control_${controls.size + 1}`, isDescribed: true, shape: undefined };
    controls.set(text, entry);
  }
  return entry;
}
