import type { Status } from './backend';
import type { ServerFacts } from './facts';
import type { Values } from './sql';

/** One statement on its way to a server. */
export interface Sent {
  readonly text: string;
  readonly values: Values | undefined;
  /** Called when the server runs it. */
  readonly onRun?: () => void;
}

export interface Row {
  readonly key: string;
  readonly version: number;
  readonly writer: string;
}

/** What the driver makes of an answer. */
export interface Result {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: readonly object[];
  /** Where the statement saw the data, for the checker: no caller reads it. */
  readonly seenAt?:
    { readonly timeline: number; readonly lsn: number; readonly isPrimary: boolean } | undefined;
}

/** The server's answer to one statement. */
export interface Answer {
  readonly result?: Result | undefined;
  readonly error?: Error | undefined;
  readonly status: Status;
  /** For the question for the position. */
  readonly facts?: ServerFacts;
}
