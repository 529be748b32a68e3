import type { Router } from '../../../routing/router';
import type { Statement } from '../../../engine/statement';
import type { Characteristics } from '../../../engine/characteristics';
import type { Scope, Transaction } from '../../../transaction/scope';
import type { PostgresTransaction } from './postgres-transaction';

type Durability = NonNullable<Characteristics['durability']>;

/** What COMMIT waits for, from nothing to the most (PostgreSQL manual, synchronous_commit). */
const STRENGTH: readonly Durability[] = ['off', 'local', 'remote_write', 'on', 'remote_apply'];

/** What no rule speaks of gets the server's default, which is `on` unless an administrator lowered it. */
const DEFAULT_STRENGTH = STRENGTH.indexOf('on');

/** What the first write asked for, and the most that any has asked for since. */
interface Settled {
  readonly first: Durability | undefined;
  strongest: Durability | undefined;
}

/**
 * Rules on the durability of what a transaction writes to. A transaction waits as long as the most demanding of its writes
 * asks for, so the first write settles the durability and later ones can only raise it.
 */
export class TransactionDurability {
  readonly #settled = new WeakMap<Transaction<PostgresTransaction>, Settled>();

  constructor(private readonly router: Router) {}

  /** Called before the statement is sent; what it sends travels with it. */
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
    // Again each time: what was set inside a savepoint goes when that is rolled back.
    if (strengthOf(wanted) > strengthOf(settled.first)) send(scope, settled.strongest);
  }
}

function send(scope: Scope<PostgresTransaction>, durability: Durability | undefined): void {
  const text = `SET LOCAL synchronous_commit = ${durability ?? 'DEFAULT'}`;
  // Its failure fails the transaction, and so the statement behind it, which says so.
  scope.use((session) => session.query(text)).catch(() => undefined);
}

function strengthOf(durability: Durability | undefined): number {
  return durability === undefined ? DEFAULT_STRENGTH : STRENGTH.indexOf(durability);
}
