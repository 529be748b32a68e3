export type IsolationLevel = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** `synchronous_commit` of one transaction: what COMMIT waits for. */
export type Durability = 'local' | 'on' | 'remote_write' | 'remote_apply';

/** What a physical transaction is begun with. */
export interface Characteristics {
  readonly name: string;
  readonly isolation: IsolationLevel;
  /** The caller has not asked for it: where it writes, the server's own default holds. */
  readonly isIsolationOpen?: boolean;
  readonly readOnly: boolean;
  readonly deferrable: boolean;
  /** undefined: the server's default. */
  readonly durability: Durability | 'off' | undefined;
  /** Whether COMMIT asks for the position it reached. */
  readonly issuesToken: boolean;
}
