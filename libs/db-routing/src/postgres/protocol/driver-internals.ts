import type { Socket } from 'node:net';
import type { Client, ClientBase, Connection } from 'pg';
import type { TypeSource } from './rows/driver-parsers';

/**
 * Members of node-postgres' client that its type declarations lack. Check them with every new version of
 * `pg`.
 */
interface ClientInternals {
  /** The backend's process id, and the key for a cancel request; null until the server has sent them. */
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly sslNegotiation: 'postgres' | 'direct';
  readonly connectionParameters: {
    readonly options?: string;
    query_timeout: number | string | false | undefined;
  };
  /** Whether the client sends statements without waiting for earlier answers. */
  pipeline: boolean;
  /** False while the driver waits for the ReadyForQuery of a statement, such as after its error. */
  readonly readyForQuery: boolean;
  /** False once the socket has broken. */
  readonly _queryable: boolean;
  readonly _ending: boolean;
  readonly _types: TypeSource;
  /** The query that the server is answering. */
  readonly _activeQuery: object | null;
  /** The transaction status of the last ReadyForQuery. */
  _txStatus: string | null;
  ref(): void;
  unref(): void;
}

/** Members of its connection. */
interface ConnectionInternals {
  /** Statements that the server has parsed, by name; the driver sends no Parse for them. */
  readonly parsedStatements: Record<string, string>;
  /** Statements that the server has been sent but has not parsed yet. */
  readonly submittedNamedStatements: Record<string, string>;
  /** Makes the driver read what the socket receives: once connected, or once TLS is set up. */
  attachListeners(stream: Socket): void;
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

/** Makes the driver parse each named statement again. Call this when the server has deallocated them all. */
export function forgetNames({ connection }: Client): void {
  const { parsedStatements, submittedNamedStatements } = connectionInternals(connection);
  for (const names of [parsedStatements, submittedNamedStatements])
    for (const name of Object.keys(names)) Reflect.deleteProperty(names, name);
}
