import { withReadConsistency } from 'db-routing';
import type { TransactionOptions } from '../../../libs/db-routing/src/transaction/options';
import type { Level } from '../../consistency/history/lines';
import { SimCursor } from '../engine/sim-cursor';
import type { Prng } from '../time/prng';
import * as sql from '../world/sql';
import type { Result, Row } from '../world/statement';
import { ambientWith } from '../library';
import { RouteExpectation } from '../checks/route-expectation';
import type { Caller, Ended, Findings } from './caller';
import { someKeys } from './keys';
import { WatchedTrace } from '../checks/watched-trace';
import type { Asked } from './routing/asked';
import { RoutedOperation } from './routing/routed-operation';
import { withAsked } from './routing/with-asked';
import type { Service } from './service';
import { alone, asRead, inTransaction, rowsOf, timelineOf } from './statements';

const failed = () => 'failed' as const;

/** An autocommit read, which asks for a level, a group or a node in one of many ways. */
export function read(caller: Caller, service: Service, prng: Prng, asked: Asked): Promise<Ended> {
  const keys = prng.chance(0.3) ? [...someKeys(prng), ...someKeys(prng)] : someKeys(prng);
  const expectation = new RouteExpectation(service.routing);
  const operation = new RoutedOperation('read', asked.level, expectation);
  return caller
    .perform(service, operation, failed, (id) =>
      withAsked(asked, () => {
        expectation.ask(asked);
        return service.query(asked.read.text, alone(id, keys));
      }).then(asRead),
    )
    .then((ended) => {
      expectation.end(ended.error);
      return ended;
    });
}

/** A read of code that runs in no session: it sees what its process has written. */
export async function ownRead(service: Service, prng: Prng): Promise<void> {
  const keys = service.watch.writes.latestKeys;
  const level = prng.pick(['session', 'strong'] as const);
  const judge = service.watch.writes.expected(keys);
  const trace = new WatchedTrace(service.watch);
  try {
    const result = await ambientWith([trace.ambient])(() =>
      withReadConsistency(level, () => service.query(sql.READ, alone('own', keys))),
    );
    judge(rowsOf(result));
  } catch {
    // A read that no node can serve fails.
  }
  trace.end();
}

const LEVELS: readonly Level[] = ['session', 'session', 'session', 'eventual', 'bounded', 'strong'];

/** A read-only transaction: one snapshot, one statement for each key. It is placed as a whole. */
export async function readOnlyTransaction(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const keys = [...someKeys(prng), ...someKeys(prng)];
  const level = prng.pick(LEVELS);
  const transaction = prng.chance(0.3) ? `nightly-${caller.name}` : caller.name;
  const asked: Asked = {
    read: { text: '' },
    level,
    transaction,
    ...(level === 'bounded' && { maxStalenessMs: 2_000 }),
    ...(prng.chance(0.2) && { hint: { to: prng.pick(['reporting', 'capped', 'primary']) } }),
    ...(prng.chance(0.1) && { subject: 'boss' }),
  };
  const expectation = new RouteExpectation(service.routing);
  const operation = new RoutedOperation('read-only-transaction', level, expectation);
  const isDeferrable = prng.chance(0.05);
  const options: TransactionOptions = isDeferrable
    ? { name: transaction, readOnly: true, isolation: 'SERIALIZABLE', deferrable: true }
    : { name: transaction, readOnly: true, isolation: 'REPEATABLE READ' };
  const ended = await caller.perform(service, operation, failed, (id) =>
    withAsked(asked, () => {
      if (!isDeferrable) expectation.ask(asked);
      return service.parts.transactions.run(options, () => readOneByOne(service, id, keys));
    }),
  );
  expectation.end(ended.error);
  return ended;
}

async function readOneByOne(service: Service, id: string, keys: readonly string[]): Promise<Findings> {
  const rows: Row[] = [];
  let timeline: number | undefined;
  for (const key of new Set(keys)) {
    const result = await service.query(sql.READ, inTransaction(id, [key]));
    rows.push(...rowsOf(result));
    timeline = timelineOf(result);
  }
  return { rows, timeline };
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
