import { transactionOutcome } from '../../../consistency/load/outcome';
import type { TransactionOptions } from '../../../../libs/db-routing/src/transaction/options';
import type { Prng } from '../../time/prng';
import * as sql from '../../world/sql';
import type { Caller } from '../caller';
import type { Service } from '../service';
import { alone, asRead, asWritten, inTransaction } from '../statements';

/** Keys of their own: no token promises what such a commit has written, so only its request must see it. */
const KEYS = 6;
const DURABILITIES: readonly TransactionOptions[] = [
  { durability: 'off', issuesToken: false },
  { name: 'relaxed-by-rule' },
  { durability: 'remote_write' },
  { durability: 'local' },
  { name: 'local-by-rule' },
];

/** A transaction whose COMMIT waits for less or more than usual, and a read of its request that sees it. */
export async function relaxed(caller: Caller, service: Service, prng: Prng): Promise<void> {
  const key = `relaxed/${prng.whole(1, KEYS)}`;
  const options = prng.pick(DURABILITIES);
  const operation = { op: 'transaction', writes: [{ key }] } as const;
  const { outcome } = await caller.perform(service, operation, transactionOutcome, (id) =>
    service.parts.transactions.run(options, async () =>
      asWritten(await service.query(sql.WRITE, inTransaction(id, [key]))),
    ),
  );
  if (outcome !== 'ok' || service.routing.level !== undefined) return;
  const reading = { op: 'read', level: 'session', writes: [] } as const;
  await caller.perform(
    service,
    reading,
    () => 'failed',
    async (id) => asRead(await service.query(sql.READ, alone(id, [key]))),
  );
}
