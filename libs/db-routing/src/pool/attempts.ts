import type { Decision } from '../routing/decide';
import type { AnyResult } from './query-types';
import type { StatementOutcome } from './reports';
import type { Route } from './route';

/** One autocommit statement, as it is tried here and there, one node at a time. */
export interface Attempts {
  /** Sends it to the node. */
  send(decision: Decision, route: Route): Promise<AnyResult>;
  /** Told of each try how it ended. */
  ended?(decision: Decision, outcome: StatementOutcome, error?: unknown): void;
  /** The same statement, for a try beside this one; there where reads are hedged. */
  beside?(): Attempts;
  /** The same statement, once it is known that it writes. */
  asWrite(): Attempts;
}
