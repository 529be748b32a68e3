import { bounded, withReadConsistency } from 'db-routing';
import type { Level } from '../../consistency/history/lines';
import { SimCursor } from '../engine/sim-cursor';
import type { Prng } from '../time/prng';
import * as sql from '../world/sql';
import type { Result, Row } from '../world/statement';
import type { Caller, Ended, Findings } from './caller';
import { someKeys } from './keys';
import { WatchedTrace } from '../checks/watched-trace';
import type { Service } from './service';
import { alone, asRead, inTransaction, rowsOf, timelineOf } from './statements';

const failed = () => 'failed' as const;

export interface ReadOptions {
  readonly level: Level;
  readonly maxStalenessMs: number;
  readonly isSlow: boolean;
}

/** An autocommit read at one of the levels. */
export function read(caller: Caller, service: Service, prng: Prng, options: ReadOptions): Promise<Ended> {
  const { level, maxStalenessMs, isSlow } = options;
  const keys = prng.chance(0.3) ? [...someKeys(prng), ...someKeys(prng)] : someKeys(prng);
  const choice = level === 'bounded' ? bounded({ maxStalenessMs }) : level;
  const operation = {
    op: 'read',
    level,
    writes: [],
    ...(level === 'bounded' && { maxStalenessMs }),
  } as const;
  return caller.perform(service, operation, failed, async (id) =>
    asRead(
      await withReadConsistency(choice, () =>
        service.query(isSlow ? sql.SLOW_READ : sql.READ, alone(id, keys)),
      ),
    ),
  );
}

/** A read of code that runs in no session: it sees what its process has written. */
export async function ownRead(service: Service, prng: Prng): Promise<void> {
  const keys = someKeys(prng);
  const judge = service.watch.writes.expected(keys);
  const trace = new WatchedTrace(service.watch);
  try {
    const result = await trace.record(() =>
      withReadConsistency('session', () => service.query(sql.READ, alone('own', keys))),
    );
    judge(rowsOf(result));
  } catch {
    // A read that no node can serve fails.
  }
  trace.end();
}

/** A read-only transaction: one snapshot, one statement for each key. */
export function readOnlyTransaction(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const keys = [...someKeys(prng), ...someKeys(prng)];
  const operation = { op: 'read-only-transaction', level: 'session', writes: [] } as const;
  return caller.perform(service, operation, failed, (id) =>
    withReadConsistency('session', () =>
      service.parts.transactions.run(
        { name: id, readOnly: true, isolation: 'REPEATABLE READ' },
        async (): Promise<Findings> => {
          const rows: Row[] = [];
          let timeline: number | undefined;
          for (const key of new Set(keys)) {
            const result = await service.query(sql.READ, inTransaction(id, [key]));
            rows.push(...rowsOf(result));
            timeline = timelineOf(result);
          }
          return { rows, timeline };
        },
      ),
    ),
  );
}

/** A cursor, which holds its connection while the caller reads. */
export function cursor(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const keys = someKeys(prng);
  const holdMs = prng.between(0, 40);
  const operation = { op: 'read', level: 'session', writes: [] } as const;
  return caller.perform(service, operation, failed, async (id) => {
    const reading = new SimCursor(alone(id, keys), () => pauseOf(service, holdMs));
    await withReadConsistency('session', () => service.parts.statements.submit(reading as never));
    const { rows, seenAt } = (await reading.rows) as Result & { rows: Row[] };
    // Its position arrives after its end; a request waits for that before it answers.
    await service.parts.statements.session.settled;
    return { rows, timeline: seenAt?.timeline };
  });
}

export function pauseOf({ world, clock }: Service, ms: number): Promise<void> {
  return new Promise((resolve) => world.scheduler.in(ms, resolve, clock));
}
