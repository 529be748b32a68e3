import type { QueryConfig } from 'pg';
import { KEPT_POSITION_QUERY } from '../../position/position-query';
import { textOf } from '../../protocol/query-types';
import { POSITION_NAME, positionShape } from './kept-exchange';
import type { ParsedNames } from './statement-exchange';
import type { NamedUse } from './wire-call';

/** Of the library's own texts; there are as many as combinations of a transaction's modes. */
const CONTROL = /^(?:BEGIN|COMMIT$|ROLLBACK$)/;
/** Of a caller's: those without modes. Any other text may hold several statements. */
const CALLERS_CONTROL = /^(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK)$/i;

const POSITION: NamedUse['entry'] = { name: POSITION_NAME, isDescribed: true, shape: positionShape };
const controls = new Map<string, NamedUse['entry']>();

/** Whether it is a control of a transaction, or the position query. */
export function isControl(config: QueryConfig | string): boolean {
  return typeof config === 'string' ? CONTROL.test(config) : config === KEPT_POSITION_QUERY;
}

/** Whether it is known to be one statement; a text without values may hold several. */
export function isOneStatement(
  config: QueryConfig | string,
  values: readonly unknown[] | undefined,
): boolean {
  if (values !== undefined && values.length > 0) return textOf(config) !== '';
  return isCallersControl(config);
}

function isCallersControl(config: QueryConfig | string): boolean {
  return typeof config === 'string' && CALLERS_CONTROL.test(config);
}

/**
 * The name of a control, which the server need not parse each time; undefined for any other statement. No
 * change of the schema concerns it.
 */
export function namedControl(config: QueryConfig | string, parsed: ParsedNames): NamedUse | undefined {
  const isCallers = isCallersControl(config);
  if (!isCallers && !isControl(config)) return undefined;
  // One entry for all ways of writing it.
  const entry = typeof config === 'string' ? controlOf(isCallers ? config.toUpperCase() : config) : POSITION;
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
