import type { Level } from '../../../consistency/history/lines';
import type { ReadText } from '../../world/read-texts';

/** How a caller asks for a read: what rules can match, and what hints and levels the code sets. */
export interface Asked {
  readonly read: ReadText;
  readonly subject?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly handler?: string | undefined;
  /** Where the code sends its reads, as by readFrom() and onPrimary(). */
  readonly hint?: { readonly to: string; readonly maxStalenessMs?: number } | undefined;
  /** Undefined: the code leaves it to the rules, and to the service. */
  readonly level?: Level | undefined;
  readonly maxStalenessMs?: number | undefined;
  /** Set for a transaction as a whole, whose statements no rule can match. */
  readonly transaction?: string;
}
