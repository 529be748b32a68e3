import type { ParsedNames } from './statement-exchange';
import type { NamedUse } from './wire-call';

/** Of the library's own texts; there are as many as combinations of a transaction's modes. */
const CONTROL = /^(?:BEGIN|COMMIT$|ROLLBACK$)/;

const entries = new Map<string, NamedUse['entry']>();

/**
 * The name of a transaction control, which the server need not parse each time; undefined for any other text.
 * No change of the schema concerns it.
 */
export function namedControl(text: string, parsed: ParsedNames): NamedUse | undefined {
  if (!CONTROL.test(text)) return undefined;
  let entry = entries.get(text);
  if (!entry) {
    entry = { name: `db_routing_control_${entries.size + 1}`, isDescribed: true, shape: undefined };
    entries.set(text, entry);
  }
  return { entry, isKept: entry.name in parsed };
}
