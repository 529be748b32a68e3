import {
  bounded,
  type Position,
  type ReadConsistencyChoice,
  type RoutedPool,
  runInTransaction,
  Session,
  withReadConsistency,
  walPositions,
} from 'db-routing';
import type { QueryResult } from 'pg';
import type * as Traces from '../../../libs/db-routing/src/routing/route-trace';
import { internal } from '../../db-routing-internals';
import type { Level, Observation, OperationLine, Outcome, Pair, TokenPosition } from '../history/lines';
import type { Recorder } from '../history/recorder';
import { describeError, transactionOutcome, writeOutcome } from './outcome';
import { observed, READ_SQL, type RegisterRow, WRITE_SQL } from './register-table';

const { RouteTrace } = internal('routing/route-trace') as typeof Traces;

/** What an operation has found. */
interface Findings {
  readonly written?: readonly RegisterRow[];
  readonly reads?: readonly Observation[];
  readonly pairs?: readonly Pair[];
}

type Operation = Pick<OperationLine, 'op' | 'level' | 'maxStalenessMs' | 'writes'>;

/** How a transaction ends. `timeout`: it does nothing more until its time limit has passed. */
export type Ending = 'commit' | 'rollback' | 'timeout';

const TRANSACTION_TIMEOUT_MS = 150;

class Undone extends Error {
  override readonly name = 'Undone';
}

/** One caller of the pool, who performs one operation after the other and carries the session along. */
export class RegisterSession {
  #position: Position | undefined;
  /** The number of concurrent operations. */
  #shared: Session | undefined;
  #count = 0;

  constructor(
    readonly name: string,
    private readonly phase: string,
    private readonly pool: RoutedPool,
    private readonly recorder: Recorder,
  ) {}

  get position(): Position | undefined {
    return this.#position;
  }

  /** An autocommit write. */
  write(keys: readonly string[]): Promise<Outcome> {
    return this.#perform({ op: 'write', writes: keys.map((key) => ({ key })) }, writeOutcome, async (id) => ({
      written: await this.#query(WRITE_SQL, [keys, id]),
    }));
  }

  /** One transaction that writes all keys, with one statement for each group. */
  transaction(groups: readonly (readonly string[])[], ending: Ending = 'commit'): Promise<Outcome> {
    const writes = groups.flat().map((key) => ({ key }));
    return this.#perform({ op: 'transaction', writes }, transactionOutcome, async (id) => {
      const options = { manager: this.pool.transactions, name: id };
      const timeoutMs = ending === 'timeout' ? TRANSACTION_TIMEOUT_MS : 10_000;
      const written = await runInTransaction({ ...options, timeoutMs }, async () => {
        const rows: RegisterRow[] = [];
        for (const keys of groups) rows.push(...(await this.#query(WRITE_SQL, [keys, id])));
        if (ending === 'rollback') throw new Undone('rolled back on purpose');
        if (ending === 'timeout') await never();
        return rows;
      });
      return { written };
    });
  }

  read(keys: readonly string[], level: Level, maxStalenessMs = 1_000): Promise<Outcome> {
    const choice: ReadConsistencyChoice = level === 'bounded' ? bounded({ maxStalenessMs }) : level;
    const operation = {
      op: 'read',
      level,
      writes: [],
      ...(level === 'bounded' && { maxStalenessMs }),
    } as const;
    return this.#perform(
      operation,
      () => 'failed',
      async () => {
        const rows = await withReadConsistency(choice, () => this.#query(READ_SQL, [keys]));
        return { reads: rows.map(observed), pairs: twinsIn(rows) };
      },
    );
  }

  /** A read-only transaction with one snapshot, and one statement for each key. */
  readOnlyTransaction(keys: readonly string[]): Promise<Outcome> {
    const operation = { op: 'read-only-transaction', level: 'session', writes: [] } as const;
    return this.#perform(
      operation,
      () => 'failed',
      async () => {
        const rows: RegisterRow[] = [];
        await runInTransaction(
          { manager: this.pool.transactions, readOnly: true, isolation: 'REPEATABLE READ' },
          async () => {
            for (const key of keys) rows.push(...(await this.#query(READ_SQL, [[key]])));
          },
        );
        return { reads: rows.map(observed), pairs: twinsIn(rows) };
      },
    );
  }

  /** Several concurrent operations, as one request may have them; they share its session. */
  async atOnce(work: readonly (() => Promise<Outcome>)[]): Promise<void> {
    this.#shared = new Session(this.#position);
    await Promise.all(work.map((operation) => operation()));
    this.#position = this.#shared.position;
    this.#shared = undefined;
  }

  async #query(sql: string, values: readonly unknown[]): Promise<readonly RegisterRow[]> {
    const result: QueryResult<RegisterRow> = await this.pool.query<RegisterRow>(sql, [...values]);
    return result.rows;
  }

  /** Runs it as a separate request, whose session starts where the previous one's ended. */
  async #perform(
    operation: Operation,
    outcomeOf: (error: unknown) => Outcome,
    work: (id: string) => Promise<Findings>,
  ): Promise<Outcome> {
    const id = `${this.name}.${++this.#count}`;
    const session = this.#shared ?? new Session(this.#position);
    const before = session.position;
    const trace = new RouteTrace();
    const startMs = performance.now();
    let findings: Findings = {};
    let outcome: Outcome = 'ok';
    let error: unknown;
    try {
      findings = await session.run(() => trace.record(() => work(id)));
    } catch (caught) {
      error = caught;
      outcome = outcomeOf(caught);
    }
    const endMs = performance.now();
    this.#position = session.position;
    const { node, role, reason } = trace.entries.at(-1) ?? {};
    this.recorder.add({
      line: 'operation',
      id,
      session: this.name,
      phase: this.phase,
      via: 'pool',
      ...operation,
      ...(findings.written && { writes: findings.written.map(({ key, version }) => ({ key, version })) }),
      reads: findings.reads ?? [],
      pairs: findings.pairs ?? [],
      tokenIn: tokenOf(before),
      tokenOut: tokenOf(session.position),
      node,
      role,
      reason,
      timeline: session.position?.timeline,
      startMs,
      endMs,
      outcome,
      error: error === undefined ? undefined : describeError(error),
    });
    return outcome;
  }
}

/** The offset of the LSN in an encoded position, in bytes. */
const LSN_AT = 12;

function tokenOf(position: Position | undefined): TokenPosition | undefined {
  return (
    position && {
      timeline: position.timeline,
      lsn: String(Buffer.from(walPositions.encode(position)).readBigUInt64BE(LSN_AT)),
    }
  );
}

function twinsIn(rows: readonly RegisterRow[]): Pair[] {
  const versions = new Map(rows.map(({ key, version }) => [key, version]));
  return rows.flatMap(({ key, version }) => {
    if (!key.endsWith('/left')) return [];
    const what = key.slice(0, -'/left'.length);
    const other = versions.get(`${what}/right`);
    return other === undefined ? [] : [{ what, values: [version, other] as const }];
  });
}

/** The transaction's time limit ends the wait. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
