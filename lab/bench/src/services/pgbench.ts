import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { READ_HISTORY, READ_ORDER, READ_ORDER_WITH_ITEMS } from '../peers/shop-sql';
import type { Stage } from '../stage';
import { isInstalled, run } from './command';

const SLOW_TO_CONNECT = 8;
/** Each connection prepares each statement within the measured time. */
const SCRIPTS = 8;

/**
 * PostgreSQL's load generator, in C, with prepared statements: what the servers can do when the client needs
 * almost no CPU time.
 */
export class Pgbench {
  private constructor(
    private readonly stage: Stage,
    private readonly directory: string,
  ) {}

  /** Undefined when the program is missing. */
  static find(stage: Stage): Pgbench | undefined {
    if (!isInstalled('pgbench')) return undefined;
    return new Pgbench(stage, mkdtempSync(join(tmpdir(), 'bench-pgbench-')));
  }

  /** Names of the statement works that it can run: those without a generated parameter. */
  static readonly works = ['raw-read', 'order-with-items', 'history'] as const;

  /** pgbench measures whole seconds and includes the time in which it connects. */
  static durationMs(callers: number): number {
    return callers > SLOW_TO_CONNECT ? 2_000 : 1_000;
  }

  /**
   * Transactions per second over both replicas, with the callers divided among them; one caller uses one
   * replica.
   */
  async measure(work: (typeof Pgbench.works)[number], callers: number): Promise<number> {
    const seconds = Pgbench.durationMs(callers) / 1_000;
    const { replicas } = this.stage;
    const scripts = this.#scripts(work).flatMap((file) => ['-f', file]);
    const shares = replicas.slice(0, callers).map((_, index, { length }) =>
      // The first replicas get the remainder.
      Math.ceil((callers - index) / length),
    );
    const rates = await Promise.all(
      shares.map(async (clients, index) => {
        const node = replicas[index];
        if (node === undefined) return 0;
        const { user, password } = this.stage.cluster.credentials('order_service');
        const printed = await run(
          'pgbench',
          [
            ...['-n', '-M', 'prepared', '-c', String(clients), '-j', '1', '-T', String(seconds)],
            ...scripts,
            ...['-h', node.host, '-p', String(node.directPort), '-U', user, 'shop'],
          ],
          { ...process.env, PGPASSWORD: password },
        );
        return rateOf(printed);
      }),
    );
    return rates.reduce((sum, rate) => sum + rate, 0);
  }

  async close(): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #scripts(work: (typeof Pgbench.works)[number]): string[] {
    const { orders, customers } = this.stage.shop;
    const [text, values] = {
      'raw-read': [READ_ORDER, orders.map(({ id }) => id)] as const,
      'order-with-items': [READ_ORDER_WITH_ITEMS, orders.map(({ id }) => id)] as const,
      history: [READ_HISTORY, customers] as const,
    }[work];
    return values.slice(0, SCRIPTS).map((value, index) => {
      const file = join(this.directory, `${work}-${index}.sql`);
      // Values from the seed contain no quote. pgbench ends a statement at the end of its line.
      writeFileSync(file, `${text.replace('$1', `'${value}'`).replaceAll(/\s+/g, ' ').trim()};\n`);
      return file;
    });
  }
}

function rateOf(printed: string): number {
  const rate = /tps = ([\d.]+)/.exec(printed)?.[1];
  if (printed.includes('actually processed: 0')) return 0;
  if (rate === undefined) throw new Error(`pgbench reported no rate:\n${printed}`);
  return Number(rate);
}
