import type { Router } from '../../../routing/router';
import type { Statement } from '../../../engine/statement';
import type { Characteristics } from '../../../engine/characteristics';
import type { Scope, Transaction } from '../../../transaction/scope';
import type { PostgresTransaction } from './postgres-transaction';

type Durability = NonNullable<Characteristics['durability']>;

/** From the shortest wait of COMMIT to the longest (PostgreSQL manual, synchronous_commit). */
const STRENGTH: readonly Durability[] = ['off', 'local', 'remote_write', 'on', 'remote_apply'];

/**
 * The strength of a write that no rule matches: the server's default, which is `on` unless an administrator
 * lowered it.
 */
const DEFAULT_STRENGTH = STRENGTH.indexOf('on');

/** The durabilities that the rules give the writes of one transaction. */
interface Settled {
  /** Of the first write. */
  readonly first: Durability | undefined;
  /** The strongest of any write so far. */
  strongest: Durability | undefined;
}

/**
 * Applies the rules on durability to the writes of managed transactions. COMMIT waits for as long as the most
 * demanding write needs: the first write sets the durability, and later ones can only raise it.
 */
export class TransactionDurability {
  readonly #settled = new WeakMap<Transaction<PostgresTransaction>, Settled>();

  constructor(private readonly router: Router) {}

  /**
   * Called before each statement of the scope. Sends SET LOCAL in front of a write that needs another
   * durability.
   */
  prepare(statement: Statement, scope: Scope<PostgresTransaction>): void {
    const { readOnly, durability } = scope.transaction.characteristics;
    if (readOnly || durability !== undefined || statement.target === 'replica') return;
    if (statement.reason === 'transaction-control') return;
    const wanted = this.router.durabilityOf(statement);
    const settled = this.#settled.get(scope.transaction);
    if (!settled) {
      this.#settled.set(scope.transaction, { first: wanted, strongest: wanted });
      if (wanted !== undefined) send(scope, wanted);
      return;
    }
    if (strengthOf(wanted) > strengthOf(settled.strongest)) settled.strongest = wanted;
    // Sent again with each such write: rolling back to a savepoint undoes an earlier SET LOCAL.
    if (strengthOf(wanted) > strengthOf(settled.first)) send(scope, settled.strongest);
  }
}

function send(scope: Scope<PostgresTransaction>, durability: Durability | undefined): void {
  const text = `SET LOCAL synchronous_commit = ${durability ?? 'DEFAULT'}`;
  // If SET LOCAL fails, so does the statement behind it, and its caller gets the error.
  scope.use((session) => session.query(text)).catch(() => undefined);
}

function strengthOf(durability: Durability | undefined): number {
  return durability === undefined ? DEFAULT_STRENGTH : STRENGTH.indexOf(durability);
}
