import type { QueryConfig } from 'pg';
import type { ServerPosition } from '../../../engine/position';
import type { AnyResult } from '../../protocol/query-types';
import type { WireValue } from '../../protocol/wire/message-writer';
import type { PreparedEntry } from '../../protocol/wire/prepared-statements';
import type { PreparedUse } from './client-prepared-statements';

/** One use of a statement that the server knows by a name, or is to know from now on. */
export interface NamedUse {
  readonly entry: Pick<PreparedEntry, 'name' | 'shape' | 'isDescribed'>;
  /** Whether the server has parsed it before. */
  readonly isKept: boolean;
}

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
  /**
   * Whether it shares a packet and a Sync with the others of this turn of the event loop: only inside a
   * transaction, where one that fails leaves nothing for the others to do. Default false.
   */
  readonly joins?: boolean;
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
  /** Undefined when it was not asked for, or is lost. */
  readonly position: ServerPosition | undefined;
  /** Whether the statement left a transaction open. */
  readonly isOpen: boolean;
}

/** How a statement on a connection ended. */
export type WireOutcome =
  | (WireAnswer & { readonly failure?: undefined })
  | {
      readonly failure: Error;
      /** The connection broke. */
      readonly isLost: boolean;
      /** Only the kept form of the statement may be at fault: the server had executed nothing. */
      readonly isInDoubt: boolean;
      /** That behind the statement, if it was asked for and is known. */
      readonly position?: ServerPosition | undefined;
    };

/** One statement that is ready to be sent. */
export interface WireCall {
  readonly config: QueryConfig | string;
  readonly values: WireValue[] | undefined;
  /** Set when it runs as a prepared statement. */
  readonly use: PreparedUse | undefined;
}

/** A statement that is ready to be sent, and who waits for it how long. */
export type Sending = WireCall & {
  readonly user: WireUser;
  readonly timeoutMs: number | undefined;
};
