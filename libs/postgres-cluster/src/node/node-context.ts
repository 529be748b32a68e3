import type { Passwords } from '../passwords';
import type { Platform } from '../platform';
import type { Identity } from '../process/run-as';

/** What the nodes of one cluster share. */
export interface NodeContext<N> {
  readonly host: string;
  readonly platform: Platform;
  readonly passwords: Passwords;
  /** The default database for statements. */
  readonly database: string;
  readonly passfile: string;
  readonly identity: Identity | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** All nodes of the cluster. */
  readonly nodes: () => readonly N[];
  /** Called with the port that a server is about to listen on. */
  readonly beforeStart: (port: number) => Promise<void>;
  /** Called when a node has become a primary or a replica. */
  readonly onRoleChange: (node: N) => void;
}
