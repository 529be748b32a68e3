import { ConnectionLostError, readFrom, withReadConsistency } from 'db-routing';
import type { Outcome } from '../../consistency/history/lines';
import { transactionOutcome, writeOutcome } from '../../consistency/load/outcome';
import { Choice, type Prng } from '../time/prng';
import * as sql from '../world/sql';
import type { Caller, Ended, Findings } from './caller';
import { RequestLimits } from '../library';
import { someKeys } from './keys';
import { pauseOf } from './reads';
import type { Asked } from './routing/asked';
import { withAsked } from './routing/with-asked';
import type { Service } from './service';
import { alone, asWritten, inTransaction, rowsOf, timelineOf } from './statements';

/** An autocommit write. */
export function write(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const keys = someKeys(prng);
  return caller.perform(service, writeOf(keys), writeOutcome, (id) =>
    withReadConsistency(prng.pick(['session', 'eventual']), () =>
      // A hint for its reads does not move a write.
      readFrom('reporting', () => service.query(sql.WRITE, alone(id, keys))).then(asWritten),
    ),
  );
}

/** A write that is taken for a read until a server refuses it. A rule gives some an exclusive connection. */
export function hiddenWrite(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const keys = someKeys(prng);
  const level = prng.pick(['session', 'eventual', 'strong'] as const);
  const asked: Asked = { read: { text: '' }, level, ...(prng.chance(0.3) && { handler: 'Slow.touch' }) };
  return caller.perform(service, writeOf(keys), hiddenOutcome, async (id) =>
    withAsked(asked, async () =>
      asWritten(await service.query(prng.pick(sql.HIDDEN_WRITES), alone(id, keys))),
    ),
  );
}

function writeOf(keys: readonly string[]) {
  return { op: 'write', writes: keys.map((key) => ({ key })) } as const;
}

/** As a read, it has written nothing, also when its connection was lost. */
function hiddenOutcome(error: unknown): Outcome {
  return error instanceof ConnectionLostError ? 'failed' : writeOutcome(error);
}

/** A request with an idempotency key, sent again with the same key while its outcome is unknown. */
export async function order(
  caller: Caller,
  service: Service,
  prng: Prng,
  services: readonly Service[],
): Promise<void> {
  const request = `request-${caller.nextId()}`;
  let at = service;
  for (let attempt = 1; attempt <= 4; attempt++) {
    const { outcome } = await orderOnce(caller, at, request);
    if (outcome !== 'unknown') return;
    await pauseOf(at, prng.between(5, 500));
    at = prng.pick(services);
  }
}

function orderOnce(caller: Caller, service: Service, request: string): Promise<Ended> {
  const operation = { op: 'transaction', writes: [{ key: 'order' }], request } as const;
  return caller.perform(service, operation, transactionOutcome, (id) =>
    service.parts.transactions.run({ name: id }, async (): Promise<Findings> => {
      const remembered = await service.query(sql.REMEMBER, inTransaction(id, [`request/${request}`]));
      if (remembered.rowCount === 1) {
        const made = await service.query(sql.WRITE, inTransaction(id, [`order/${id}`], request));
        return asWritten(made);
      }
      const before = await service.query(sql.RECALL, inTransaction(id, [`request/${request}`]));
      const by = rowsOf(before)[0]?.writer ?? 'no one';
      return {
        written: [{ key: `order/${by}`, version: 1, writer: by }],
        timeline: timelineOf(before),
      };
    }),
  );
}

/** The share of clients that go away while they wait for the end of their transaction. */
const LEAVING = 0.3;
/** More than any call takes. */
const LONGEST_CALL_MS = 20_000;

const STYLES = new Choice({ commit: 6, rollback: 1, leave: 1, state: 2, destroy: 1 });

/** A client held by hand: it begins and ends its own transaction, or leaves state behind. */
export function byHand(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const keys = someKeys(prng);
  const style = prng.choose(STYLES);
  const operation = { op: 'transaction', writes: keys.map((key) => ({ key })) } as const;
  const sent = { hasCommit: false };
  const isAutocommit = style === 'state';
  const outcomeOf = (error: unknown) =>
    isAutocommit ? writeOutcome(error) : sent.hasCommit ? transactionOutcome(error) : 'failed';
  return caller.perform(service, operation, outcomeOf, async (id): Promise<Findings> => {
    const client = service.connect();
    let reason: Error | undefined;
    try {
      if (isAutocommit) {
        await client.query(sql.SET_STATE);
        const owner = { id, isInTransaction: false, mayHaveState: true };
        return asWritten(await client.query(sql.WRITE, [keys, id, undefined, owner] as unknown[]));
      }
      await client.query('BEGIN');
      const result = await client.query(sql.WRITE, inTransaction(id, keys) as unknown as unknown[]);
      await pauseOf(service, prng.between(0, 5));
      if (style === 'leave' || style === 'destroy') {
        if (style === 'destroy') reason = new Error('the caller gives up');
        throw new Undone('released with an open transaction');
      }
      sent.hasCommit = style === 'commit';
      await leaving(service, prng.stream(id), () => client.query(sent.hasCommit ? 'COMMIT' : 'ROLLBACK'));
      if (style === 'rollback') throw new Undone('rolled back on purpose');
      return asWritten(result);
    } finally {
      client.release(reason);
    }
  });
}

/** Runs `work`; some clients go away while it is under way. */
async function leaving(service: Service, prng: Prng, work: () => Promise<unknown>): Promise<void> {
  if (!prng.chance(LEAVING)) {
    await work();
    return;
  }
  const limits = new RequestLimits(service.clock, LONGEST_CALL_MS);
  const leave = service.world.scheduler.in(prng.between(0, 3), () => limits.abort(), service.clock);
  await limits.apply(work).finally(() => leave.cancel());
}

/** Why a caller did not commit. */
export class Undone extends Error {
  override readonly name = 'Undone';
}
