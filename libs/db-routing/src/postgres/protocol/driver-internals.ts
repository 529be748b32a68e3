import type { ClientBase, Connection } from 'pg';
import type { TypeSource } from './wire/row-shape';

/** What node-postgres' client has beyond its type declarations. To be looked at with every new version of `pg`. */
interface ClientInternals {
  /** Of the server's process, and what a cancel request for it has to show; null before it has said them. */
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly connectionParameters: {
    readonly options?: string;
    query_timeout: number | string | false | undefined;
  };
  /** Statements are sent without waiting for the answers before them. */
  pipeline: boolean;
  /** False from the first byte of an answer's error until the server's ReadyForQuery. */
  readonly readyForQuery: boolean;
  /** False once the socket has broken. */
  readonly _queryable: boolean;
  readonly _ending: boolean;
  readonly _types: TypeSource;
  ref(): void;
  unref(): void;
}

/** The same of its connection. */
interface ConnectionInternals {
  /** The driver's own note of what it has prepared; it sends no Parse for a name that stands there. */
  readonly parsedStatements: Record<string, string>;
  /** Sent, and not yet parsed. */
  readonly submittedNamedStatements: Record<string, string>;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
  close(message: { type: 'S'; name: string }): void;
}

export function clientInternals(client: ClientBase): ClientInternals {
  return client as unknown as ClientInternals;
}

export function connectionInternals(connection: Connection): ConnectionInternals {
  return connection as unknown as ConnectionInternals;
}
