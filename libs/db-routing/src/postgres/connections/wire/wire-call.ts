import type { QueryConfig } from 'pg';
import type { ServerPosition } from '../../../engine/position';
import type { AnyResult } from '../../protocol/query-types';
import type { WireValue } from '../../protocol/wire/message-writer';
import type { PreparedUse } from './client-prepared-statements';

/** The borrower of the client. */
export interface WireUser {
  /** The connection broke. Returns the error for the statement. */
  onBroken(error: Error): Error;
  /** No answer has come for `ms` milliseconds, and the backend does not work on one. */
  onSilent(ms: number): void;
}

export interface SendOptions {
  /** Whether it may run as a prepared statement: only if nothing is lost when that fails. Default false. */
  readonly mayPrepare?: boolean;
  /** How long the caller waits for the answer; the statement runs on after that. */
  readonly timeoutMs?: number | undefined;
}

/** How to send one autocommit statement. */
export interface AskOptions extends SendOptions {
  /** Whether to ask for the server's position behind the statement. */
  readonly wantsPosition: boolean;
}

/** The answer to a statement, and the position behind it. */
export interface WireAnswer {
  readonly result: AnyResult;
  readonly position: ServerPosition | undefined;
}

/** How a statement on a connection ended. */
export type WireOutcome =
  | {
      readonly result: AnyResult;
      /** Undefined when it was not asked for, or is lost. */
      readonly position: ServerPosition | undefined;
      /** Whether the statement left a transaction open. */
      readonly isOpen: boolean;
      readonly failure?: undefined;
    }
  | {
      readonly failure: Error;
      /** The connection broke. */
      readonly isLost: boolean;
      /** Only the kept form of the statement may be at fault: the server had executed nothing. */
      readonly isInDoubt: boolean;
    };

/** One statement that is ready to be sent. */
export interface WireCall {
  readonly config: QueryConfig | string;
  readonly values: WireValue[] | undefined;
  /** Set when it runs as a prepared statement. */
  readonly use: PreparedUse | undefined;
}
