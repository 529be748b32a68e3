import type { PostgresCluster } from '@app/postgres-cluster';
import { type HttpAnswer, HttpClient } from '../../load/http-client';
import { parseRoute } from '../../load/operation';
import { type FaultContext, type FaultRow, type Measurement, noFailedRead } from '../row';
import { Session } from '../../load/session';

/** Enough orders for one customer's summary to run so long that a VACUUM can conflict with it. */
const LONG_HISTORY_ORDERS = 120_000;
const READERS = 4;
const ROUNDS = 8;
/** The first replica, one more replica, and the primary. */
const MAX_ATTEMPTS = 3;

export const recoveryConflict: FaultRow = {
  name: 'recovery-conflict',
  fault: 'recovery conflict',
  guarantee: 'a cancelled read is retried on another node, and the node stays in the routing',
  bar: 'no failed read; ≤ 1 retry on a replica, then the primary; node not marked down',
  changesCluster: true,
  run: async ({ rig, health, observe }: FaultContext) => {
    const { cluster } = rig;
    const customer = 'recovery-conflict-long';
    for (const replica of rig.replicas) {
      await replica.query('ALTER SYSTEM SET max_standby_streaming_delay = 0');
      await replica.query('SELECT pg_reload_conf()');
    }
    await fillHistory(cluster, customer);
    await cluster.waitForReplication();
    await rig.untilFit();
    const fromMs = performance.now();
    const conflictsBefore = await conflicts(cluster);
    const reader = new LongReader(rig.history.url, await Session.open(customer, false));
    const reading = reader.start();
    await observe(500);
    for (let round = 0; round < ROUNDS; round++) {
      await cluster.primary.query(`DELETE FROM orders WHERE customer_id = 'recovery-conflict-dead-${round}'`);
      await cluster.primary.query('VACUUM orders');
      await observe(250);
    }
    await cluster.waitForReplication();
    reader.stop();
    await reading;
    const caused = (await conflicts(cluster)) - conflictsBefore;
    const dropped = rig.replicas.flatMap(({ name }) =>
      health.statesSince(name, fromMs).filter(({ state }) => state !== 'up'),
    );
    return [
      { what: 'reads cancelled by the server', measured: String(caused), isMet: caused > 0 },
      ...reader.measurements(),
      {
        what: 'times a node left the routing',
        measured: dropped.length === 0 ? '0' : `${dropped.length} (${dropped[0]?.reason ?? ''})`,
        isMet: dropped.length === 0,
      },
    ];
  },
  conclude: noFailedRead,
};

/** One customer with a long history, and rows to delete while a read runs. */
async function fillHistory(cluster: PostgresCluster, customer: string): Promise<void> {
  const insert = `INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
    SELECT gen_random_uuid(), $1, 'cancelled', 1, 1, now() - n * interval '1 minute' FROM generate_series(1, $2) n`;
  await cluster.primary.query(insert, [customer, LONG_HISTORY_ORDERS]);
  for (let round = 0; round < ROUNDS; round++) {
    await cluster.primary.query(insert, [`recovery-conflict-dead-${round}`, 500]);
  }
  await cluster.primary.query('VACUUM ANALYZE orders');
}

async function conflicts(cluster: PostgresCluster): Promise<number> {
  let sum = 0;
  for (const replica of cluster.replicas) {
    const { rows } = await replica.query<{ conflicts: number }>(
      'SELECT sum(conflicts)::int AS conflicts FROM pg_stat_database',
    );
    sum += rows[0]?.conflicts ?? 0;
  }
  return sum;
}

/** Requests the long summary repeatedly, several times concurrently. */
class LongReader {
  readonly #http = new HttpClient(6_000);
  readonly #answers: HttpAnswer[] = [];
  #isStopped = false;

  constructor(
    private readonly url: string,
    private readonly session: Session,
  ) {}

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: READERS }, () => this.#read()));
    this.#http.close();
  }

  stop(): void {
    this.#isStopped = true;
  }

  measurements(): Measurement[] {
    const failures = this.#answers.filter(({ status }) => status !== 200);
    const attempts = Math.max(
      ...this.#answers.map(({ headers }) => parseRoute(headers['x-db-route']).length),
    );
    return [
      {
        what: 'long reads failed',
        measured: `${failures.length} of ${this.#answers.length}`,
        isMet: failures.length === 0 && this.#answers.length > 0,
      },
      {
        what: 'most nodes tried for one long read',
        measured: String(attempts),
        isMet: attempts <= MAX_ATTEMPTS,
      },
    ];
  }

  async #read(): Promise<void> {
    while (!this.#isStopped) {
      const asked = { method: 'GET', path: '/history/summary', headers: this.session.headers() } as const;
      this.#answers.push(await this.#http.ask([this.url], asked));
    }
  }
}
