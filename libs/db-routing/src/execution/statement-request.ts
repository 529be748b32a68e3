import type { Session } from '../consistency/session';
import type { ExclusiveConnection } from '../engine/node-connections';
import type { StatementKind } from '../engine/statement';

/** One autocommit statement, as it was given. */
export interface StatementRequest {
  readonly text: string;
  /** What the engine's driver takes. */
  readonly input: unknown;
  readonly values: unknown[] | undefined;
  readonly work: 'read' | 'write';
  readonly kind?: StatementKind | undefined;
  /** Whose knowledge of the data moves on by the answer. */
  readonly session?: Session | undefined;
  /** Whether it is one of the statements that a request asks for. Default true. */
  readonly isTraced?: boolean;
  /** Takes over the connection of its own that the statement is about to run on. Default: it goes back. */
  readonly keep?: ((connection: ExclusiveConnection) => void) | undefined;
  /** It leaves something on its connection that no other borrower may find there. */
  readonly changesBackendState?: boolean;
  /** See Statement. */
  readonly outlivesDiscard?: boolean | undefined;
  /** Only the server knows whether a transaction is open when it is answered. */
  readonly mayOpenTransaction?: boolean;
  /** It may commit part of what it does and fail afterwards. */
  readonly mayCommitAndFail?: boolean;
}
