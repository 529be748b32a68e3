import type { PostgresCluster } from '@app/postgres-cluster';
import {
  currentTransaction,
  type Propagation,
  type RoutedPool,
  runInTransaction,
  type TransactionOptions,
} from '../../../src';
import { startPool, untilAllFit } from '../../support';
import { startCluster } from '../../test-cluster';

/**
 * The truth table of propagation. The caller writes the row `outer` (unless it is read-only), then calls the
 * callee, which writes the row `callee` and succeeds or fails; the caller passes the failure on, or catches
 * it. `runs in` is where the callee ran: in no transaction, in the caller's, or in its own. `rows` is what
 * the database holds at the end.
 */
const TABLE = `
mode          | caller    | callee  | runs in | rows         | caller ends with
REQUIRED      | none      | succeeds| own     | outer callee | ok
REQUIRED      | none      | caught  | own     | outer        | ok
REQUIRED      | none      | through | own     | outer        | CalleeError
REQUIRED      | active    | succeeds| same    | outer callee | ok
REQUIRED      | active    | caught  | same    |              | TransactionRolledBackError
REQUIRED      | active    | through | same    |              | CalleeError
REQUIRED      | read-only | succeeds| same    |              | ReadOnlyTransactionError
REQUIRED      | read-only | caught  | same    |              | ok
REQUIRED      | read-only | through | same    |              | ReadOnlyTransactionError
REQUIRES_NEW  | none      | succeeds| own     | outer callee | ok
REQUIRES_NEW  | none      | caught  | own     | outer        | ok
REQUIRES_NEW  | none      | through | own     | outer        | CalleeError
REQUIRES_NEW  | active    | succeeds| own     | outer callee | ok
REQUIRES_NEW  | active    | caught  | own     | outer        | ok
REQUIRES_NEW  | active    | through | own     |              | CalleeError
REQUIRES_NEW  | read-only | succeeds| own     | callee       | ok
REQUIRES_NEW  | read-only | caught  | own     |              | ok
REQUIRES_NEW  | read-only | through | own     |              | CalleeError
NESTED        | none      | succeeds| own     | outer callee | ok
NESTED        | none      | caught  | own     | outer        | ok
NESTED        | none      | through | own     | outer        | CalleeError
NESTED        | active    | succeeds| same    | outer callee | ok
NESTED        | active    | caught  | same    | outer        | ok
NESTED        | active    | through | same    |              | CalleeError
NESTED        | read-only | succeeds| same    |              | ReadOnlyTransactionError
NESTED        | read-only | caught  | same    |              | ok
NESTED        | read-only | through | same    |              | ReadOnlyTransactionError
SUPPORTS      | none      | succeeds| none    | outer callee | ok
SUPPORTS      | none      | caught  | none    | outer callee | ok
SUPPORTS      | none      | through | none    | outer callee | CalleeError
SUPPORTS      | active    | succeeds| same    | outer callee | ok
SUPPORTS      | active    | caught  | same    |              | TransactionRolledBackError
SUPPORTS      | active    | through | same    |              | CalleeError
SUPPORTS      | read-only | succeeds| same    |              | ReadOnlyTransactionError
SUPPORTS      | read-only | caught  | same    |              | ok
SUPPORTS      | read-only | through | same    |              | ReadOnlyTransactionError
MANDATORY     | none      | succeeds| refused | outer        | TransactionPropagationError
MANDATORY     | none      | caught  | refused | outer        | ok
MANDATORY     | none      | through | refused | outer        | TransactionPropagationError
MANDATORY     | active    | succeeds| same    | outer callee | ok
MANDATORY     | active    | caught  | same    |              | TransactionRolledBackError
MANDATORY     | active    | through | same    |              | CalleeError
MANDATORY     | read-only | succeeds| same    |              | ReadOnlyTransactionError
MANDATORY     | read-only | caught  | same    |              | ok
MANDATORY     | read-only | through | same    |              | ReadOnlyTransactionError
NOT_SUPPORTED | none      | succeeds| none    | outer callee | ok
NOT_SUPPORTED | none      | caught  | none    | outer callee | ok
NOT_SUPPORTED | none      | through | none    | outer callee | CalleeError
NOT_SUPPORTED | active    | succeeds| none    | outer callee | ok
NOT_SUPPORTED | active    | caught  | none    | outer callee | ok
NOT_SUPPORTED | active    | through | none    | callee       | CalleeError
NOT_SUPPORTED | read-only | succeeds| none    | callee       | ok
NOT_SUPPORTED | read-only | caught  | none    | callee       | ok
NOT_SUPPORTED | read-only | through | none    | callee       | CalleeError
NEVER         | none      | succeeds| none    | outer callee | ok
NEVER         | none      | caught  | none    | outer callee | ok
NEVER         | none      | through | none    | outer callee | CalleeError
NEVER         | active    | succeeds| refused |              | TransactionPropagationError
NEVER         | active    | caught  | refused | outer        | ok
NEVER         | active    | through | refused |              | TransactionPropagationError
NEVER         | read-only | succeeds| refused |              | TransactionPropagationError
NEVER         | read-only | caught  | refused |              | ok
NEVER         | read-only | through | refused |              | TransactionPropagationError
`;

const CELLS = TABLE.trim()
  .split('\n')
  .slice(1)
  .map(
    (line) =>
      line.split('|').map((cell) => cell.trim()) as [Propagation, string, string, string, string, string],
  );

class CalleeError extends Error {
  override name = 'CalleeError';
}

describe('propagation', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE line (run int, who text)');
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
    await pool.refreshCatalog();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('has every combination in its table, once', () => {
    expect(new Set(CELLS.map(([mode, caller, callee]) => `${mode} ${caller} ${callee}`)).size).toBe(
      7 * 3 * 3,
    );
    expect(CELLS).toHaveLength(7 * 3 * 3);
  });

  it.each(CELLS.map((cell, run) => [...cell, run] as const))(
    '%s, caller %s, callee %s: runs in %s, leaves [%s], caller ends with %s',
    async (propagation, caller, callee, runsIn, rows, ending, run) => {
      let ranIn = 'refused';
      const write = (who: string) => pool.query('INSERT INTO line VALUES ($1, $2)', [run, who]);

      const calleeWork = async (callersId: string | undefined) => {
        const id = currentTransaction()?.id;
        ranIn = id === undefined ? 'none' : id === callersId ? 'same' : 'own';
        await write('callee');
        if (callee !== 'succeeds') throw new CalleeError();
      };
      const callerWork = async () => {
        const callersId = currentTransaction()?.id;
        if (caller !== 'read-only') await write('outer');
        try {
          await runInTransaction({ propagation, name: 'callee' } as TransactionOptions, () =>
            calleeWork(callersId),
          );
        } catch (error) {
          if (callee !== 'caught') throw error;
        }
      };

      const ended = (
        caller === 'none'
          ? callerWork()
          : runInTransaction(caller === 'read-only' ? { readOnly: true } : {}, callerWork)
      ).then(
        () => 'ok',
        (error: unknown) => (error as Error).name,
      );

      expect(await ended).toBe(ending);
      expect(ranIn).toBe(runsIn);
      const { rows: left } = await cluster.primary.query(
        'SELECT who FROM line WHERE run = $1 ORDER BY who DESC',
        [run],
      );
      expect(left.map((row) => row['who'] as string).join(' ')).toBe(rows);
      const { rows: open } = await cluster.primary.query(
        "SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'",
      );
      expect(open).toEqual([]);
    },
  );
});
