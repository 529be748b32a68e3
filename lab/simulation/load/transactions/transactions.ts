import { transactionOutcome } from '../../../consistency/load/outcome';
import type { TransactionOptions } from '../../../../libs/db-routing/src/transaction/options';
import type { Prng } from '../../time/prng';
import type { Caller, Ended } from '../caller';
import { someKeys } from '../keys';
import type { Service } from '../service';
import { TransactionRun } from './transaction-run';
import { SHAPES } from './transaction-shapes';

/** A managed transaction, in one of many shapes. */
export async function transaction(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const shape = prng.choose(SHAPES);
  const keys = someKeys(prng);
  const isRepeatable = prng.chance(0.2);
  const options: TransactionOptions = {
    ...(isRepeatable && { isolation: 'REPEATABLE READ' }),
    ...(prng.chance(0.3) && { retry: { attempts: 3, baseDelayMs: 5, maxDelayMs: 50 } }),
    ...(shape === 'timeout' && { timeoutMs: 60 }),
  };
  const operation = { op: 'transaction', writes: keys.map((key) => ({ key })) } as const;
  const run = new TransactionRun(caller, service, prng, keys, shape);
  const ended = await caller.perform(service, operation, transactionOutcome, (id) =>
    service.parts.transactions.run({ ...options, name: id }, () => run.work(id)),
  );
  run.judge(ended);
  return ended;
}
