/** What a statement is, by its first words. Everything PostgreSQL has that no caller tells apart is 'other'. */
export type StatementKind =
  | 'select'
  | 'values'
  | 'show'
  | 'explain'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'truncate'
  | 'ddl'
  | 'grant'
  | 'comment'
  | 'maintenance'
  | 'call'
  | 'do'
  | 'copy-to'
  | 'copy-from'
  | 'lock'
  | 'listen'
  | 'unlisten'
  | 'notify'
  | 'set'
  | 'reset'
  | 'load'
  | 'prepare'
  | 'execute'
  | 'deallocate'
  | 'declare-cursor'
  | 'fetch'
  | 'close-cursor'
  | 'discard'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'release-savepoint'
  | 'rollback-to-savepoint'
  | 'prepare-transaction'
  | 'commit-prepared'
  | 'rollback-prepared'
  | 'multi'
  | 'empty'
  | 'unparseable'
  | 'other';

/** Why a statement goes where it goes: one word, for metrics and headers. */
export type StatementReason =
  | 'read'
  | 'write'
  | 'locking'
  | 'procedure'
  | 'transaction-control'
  | 'transaction-state'
  | 'session-state'
  | 'notification'
  | 'administration'
  | 'server-file'
  | 'sequence'
  | 'advisory-lock'
  | 'large-object'
  | 'dynamic-sql'
  | 'primary-only'
  | 'node-local'
  | 'volatile-function'
  | 'unknown-function'
  | 'unproven-function'
  | 'unknown-operator'
  | 'unknown-type'
  | 'unknown-relation'
  | 'unknown-definitions'
  | 'unlogged-table'
  | 'temporary-table'
  | 'foreign-table'
  | 'multi-statement'
  | 'unparseable'
  | 'too-long'
  | 'parser-restarting'
  | 'refused-by-replica';

/** A name as it stands in the text; without a schema it is looked for on the whole search path. */
export interface QualifiedName {
  readonly schema?: string;
  readonly name: string;
}

export type IsolationLevel = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** What a transaction statement asks for; fields that the text leaves open are absent. */
export interface TransactionRequest {
  readonly isolationLevel?: IsolationLevel;
  readonly readOnly?: boolean;
  readonly deferrable?: boolean;
  /** COMMIT or ROLLBACK AND CHAIN: the next transaction is open at once. */
  readonly chain?: boolean;
  /** SAVEPOINT, RELEASE and ROLLBACK TO. */
  readonly savepoint?: string;
  /** PREPARE TRANSACTION and its COMMIT or ROLLBACK. */
  readonly preparedId?: string;
}

/**
 * none: provably leaves its connection as it was; uses: needs what an earlier statement left there; advances: leaves what only currval() and lastval()
 * ask for, which the next borrower may inherit; changes: is not proven to leave nothing that the next borrower must not inherit.
 */
export type BackendStateEffect = 'none' | 'uses' | 'advances' | 'changes';

/** One text sent to the database, understood. Immutable and shared: the same text gives the same object. */
export interface Statement {
  /** As it was sent, comments included. */
  readonly text: string;
  readonly kind: StatementKind;
  /** 'replica': provably a read that any replica may run. 'primary': everything else. */
  readonly target: 'replica' | 'primary';
  readonly reason: StatementReason;
  /** What was found, for a person: 'function shop.f() is volatile'. */
  readonly detail?: string;
  /**
   * Whether it depends on or changes the state of its connection: SET, LISTEN, temporary tables, PREPARE and
   * EXECUTE, cursors, session-level advisory locks, currval(). Other than 'none', it holds its client.
   */
  readonly backendState: BackendStateEffect;
  /** Tables and views named in the text, read or written; names of CTEs are not among them. */
  readonly tables: readonly QualifiedName[];
  readonly functions: readonly QualifiedName[];
  /**
   * It is not proven to leave definitions (functions, views, tables …) as they are: DDL, or a function whose source does not show
   * what it does. What is known of definitions is read again before its answer is given, or that of its COMMIT.
   */
  readonly mayDefine?: boolean;
  /**
   * What it leaves, or may leave, DISCARD ALL does not undo (the seed, a library, a connection of dblink, globals of PL/Python): its connection
   * is closed.
   */
  readonly outlivesDiscard?: boolean;
  /** For transaction statements: what they ask for. */
  readonly transaction?: TransactionRequest;
  /** COMMIT, ROLLBACK or PREPARE TRANSACTION, on its own or among several: the transaction that is open is over then. */
  readonly endsTransaction?: boolean;
}
