import type { Propagation } from '../../../../libs/db-routing/src/transaction/options';
import { transactionOutcome, writeOutcome } from '../../../consistency/load/outcome';
import type { Prng } from '../../time/prng';
import * as sql from '../../world/sql';
import type { Caller, Ended } from '../caller';
import { single } from '../keys';
import type { Service } from '../service';
import { alone, asWritten, inTransaction } from '../statements';

const MODES: readonly Propagation[] = ['SUPPORTS', 'NOT_SUPPORTED', 'NEVER', 'NESTED', 'REQUIRES_NEW'];
/** They begin a transaction where there is none. */
const BEGINNING = new Set<Propagation>(['NESTED', 'REQUIRES_NEW']);

/** A scope that no transaction surrounds. */
export function withoutTransaction(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const key = single(prng);
  const propagation = prng.pick(MODES) as 'NEVER';
  const begins = BEGINNING.has(propagation);
  const operation = { op: begins ? 'transaction' : 'write', writes: [{ key }] } as const;
  return caller.perform(service, operation, begins ? transactionOutcome : writeOutcome, (id) =>
    service.parts.transactions.run({ propagation }, async () =>
      asWritten(await service.query(sql.WRITE, (begins ? inTransaction : alone)(id, [key]))),
    ),
  );
}
