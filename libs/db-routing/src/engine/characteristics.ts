export type IsolationLevel = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** `synchronous_commit` of one transaction: what COMMIT waits for. */
export type Durability = 'local' | 'on' | 'remote_write' | 'remote_apply';

/** What a physical transaction begins with. */
export interface Characteristics {
  readonly name: string;
  readonly isolation: IsolationLevel;
  /** True when the caller named no level: a transaction that writes then uses the server's default. */
  readonly isIsolationOpen?: boolean;
  readonly readOnly: boolean;
  readonly deferrable: boolean;
  /** Undefined uses the server's default. */
  readonly durability: Durability | 'off' | undefined;
  /** Whether COMMIT asks for the position that it reached. */
  readonly issuesToken: boolean;
}
