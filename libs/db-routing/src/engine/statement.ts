/**
 * What a statement is, by its first words. 'other' covers the kinds of PostgreSQL that no code here tells
 * apart.
 */
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

/** A name as written in the text. Without a schema, it is looked up on the whole search path. */
export interface QualifiedName {
  readonly schema?: string;
  readonly name: string;
}

/** An isolation level as written in the text. */
export type WrittenIsolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** What a transaction statement asks for; absent fields were left open by the text. */
export interface TransactionRequest {
  readonly isolationLevel?: WrittenIsolation;
  readonly readOnly?: boolean;
  readonly deferrable?: boolean;
  /** COMMIT or ROLLBACK AND CHAIN: the next transaction begins at once. */
  readonly chain?: boolean;
  /** The name in SAVEPOINT, RELEASE and ROLLBACK TO. */
  readonly savepoint?: string;
  /** The identifier in PREPARE TRANSACTION, COMMIT PREPARED and ROLLBACK PREPARED. */
  readonly preparedId?: string;
}

/**
 * What a statement does to its backend session. `none`: provably leaves it as it was. `uses`: needs what an
 * earlier statement left there. `advances`: leaves only what currval() and lastval() report, which the next
 * borrower may inherit. `changes`: may leave something that the next borrower must not inherit.
 */
export type BackendStateEffect = 'none' | 'uses' | 'advances' | 'changes';

/** One text sent to the database, classified. Immutable and shared: the same text gives the same object. */
export interface Statement {
  /** The text as sent, comments included. */
  readonly text: string;
  readonly kind: StatementKind;
  /** `replica`: provably a read that any replica may run. `primary`: everything else. */
  readonly target: 'replica' | 'primary';
  readonly reason: StatementReason;
  /** What was found, for people: 'function shop.f() is volatile'. */
  readonly detail?: string;
  /**
   * Whether it depends on or changes its backend session: SET, LISTEN, temporary tables, PREPARE and EXECUTE,
   * cursors, session-level advisory locks, currval(). Any value but `none` binds its client to the
   * connection.
   */
  readonly backendState: BackendStateEffect;
  /** Tables and views named in the text, read or written, without the names of CTEs. */
  readonly tables: readonly QualifiedName[];
  readonly functions: readonly QualifiedName[];
  /**
   * True when the statement may change definitions (functions, views, tables …): DDL, or a function whose
   * source does not show what it does. The catalog is read again before the answer of the statement, or of
   * its COMMIT, is returned.
   */
  readonly mayDefine?: boolean;
  /**
   * True when DISCARD ALL may not undo what the statement leaves (the seed, a library, a connection of
   * dblink, globals of PL/Python): its connection is closed.
   */
  readonly outlivesDiscard?: boolean;
  /** What a transaction statement asks for. */
  readonly transaction?: TransactionRequest;
  /**
   * True for COMMIT, ROLLBACK or PREPARE TRANSACTION, alone or among several statements: the open transaction
   * is over then.
   */
  readonly endsTransaction?: boolean;
}
