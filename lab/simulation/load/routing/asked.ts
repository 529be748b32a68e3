import type { Level } from '../../../consistency/history/lines';
import type { ReadText } from '../../world/read-texts';

/** How a caller asks for a read: what rules can match, and what hints and levels the code sets. */
export interface Asked {
  readonly read: ReadText;
  readonly subject?: string;
  readonly roles?: readonly string[];
  readonly tenant?: string;
  readonly handler?: string;
  /** Where the code sends its reads, as by readFrom() and onPrimary(). */
  readonly hint?: { readonly to: string; readonly maxStalenessMs?: number };
  /** Undefined: the code leaves it to the rules, and to the service. */
  readonly level?: Level;
  readonly maxStalenessMs?: number;
  /** Set for a transaction as a whole, whose statements no rule can match. */
  readonly transaction?: string;
}
