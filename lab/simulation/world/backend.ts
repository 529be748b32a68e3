import type { Version } from './timeline';
import type { Locks } from './locks';
import type { Values } from './sql';

/** A key's new version, not committed yet. */
export interface Draft {
  readonly version: number;
  readonly writer: string;
  readonly request: string | undefined;
}

/** The transaction of one backend. */
export interface OpenTransaction {
  /** Begun by BEGIN; otherwise a statement's own. */
  readonly isBlock: boolean;
  isFailed: boolean;
  readonly isReadOnly: boolean;
  readonly isRepeatable: boolean;
  /** What it sees, from its first statement on, in REPEATABLE READ. */
  snapshot: Snapshot | undefined;
  /** Made with the first draft: most transactions only read. */
  drafts: Map<string, Draft> | undefined;
  readonly savepoints: { readonly name: string; readonly drafts: ReadonlyMap<string, Draft> }[];
  durability: string;
  /** The operation whose statements it has run: it must stay the only one. */
  owner: string | undefined;
}

/** What a statement may see of the server's data. */
export interface Snapshot {
  readonly lsn: number;
  readonly commits: number;
}

/** The server of a backend, as the backend needs it. */
export interface Home {
  readonly locks: Locks<Backend>;
  readonly backends: Set<Backend>;
  readonly world: { readonly scheduler: { readonly nowMs: number } };
}

export type Status = 'I' | 'T' | 'E';

/** The server's side of one connection. */
export class Backend {
  transaction: OpenTransaction | undefined;
  /** What the backend session carries beyond its transaction. */
  state = new Set<string>();
  isGone = false;
  idleSinceMs = 0;
  /** The newest timeline that the client had seen when it took the connection. */
  clientSawTimeline = 0;
  /** The login's default_transaction_read_only, which each transaction looks at when it begins. */
  isReadOnlyByDefault = false;
  /** Ends what the backend waits for: a lock, a standby, the end of a slow statement. */
  interrupt: ((reason: 'cancel' | 'timeout' | 'gone') => void) | undefined;
  readonly queue: (() => void)[] = [];
  isBusy = false;
  /** The last statement of the load, for reports. */
  lastSent: { readonly text: string; readonly values: Values | undefined } | undefined;

  constructor(
    private readonly server: Home,
    /** Tells the client that the connection is over. */
    readonly onClosed: (reason: Error) => void,
  ) {}

  /** The last statement of the load, and whose it was. */
  get last(): string {
    return this.lastSent ? `${this.lastSent.values?.[3].id ?? ''}: ${this.lastSent.text}` : 'nothing';
  }

  get status(): Status {
    if (!this.transaction?.isBlock) return 'I';
    return this.transaction.isFailed ? 'E' : 'T';
  }

  begin(isBlock: boolean, text = ''): OpenTransaction {
    return (this.transaction = {
      isBlock,
      isFailed: false,
      isReadOnly: this.isReadOnlyByDefault || text.includes('READ ONLY'),
      isRepeatable: text.includes('REPEATABLE READ') || text.includes('SERIALIZABLE'),
      snapshot: undefined,
      drafts: undefined,
      savepoints: [],
      durability: 'on',
      owner: undefined,
    });
  }

  /** Runs `work` when everything before it has been answered; the work calls `goOn` at its end. */
  enqueue(work: () => void): void {
    this.queue.push(work);
    if (!this.isBusy) this.goOn();
  }

  goOn(): void {
    this.isBusy = false;
    this.idleSinceMs = this.server.world.scheduler.nowMs;
    const next = this.queue.shift();
    if (!next || this.isGone) return;
    this.isBusy = true;
    next();
  }

  /** Ends the backend session, and with it its transaction. */
  end(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.queue.length = 0;
    this.interrupt?.('gone');
    this.abandon();
    this.server.backends.delete(this);
  }

  abandon(): void {
    this.transaction = undefined;
    this.server.locks.releaseAll(this);
  }
}

export function isVisibleTo({ commits }: Snapshot): (version: Version) => boolean {
  return ({ visibleAs }) => visibleAs <= commits;
}
