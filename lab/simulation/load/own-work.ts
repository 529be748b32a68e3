import { Choice, type Prng } from '../time/prng';
import type { Caller } from './caller';
import { ownRead } from './reads';
import type { Service } from './service';
import { transaction } from './transactions/transactions';
import { byHand, write } from './writes';

const WAYS = new Choice({ write: 6, transaction: 1, 'by-hand': 1 });
/** More than the pool asks for the position of, one by one. */
const MOST_WRITES = 16;

/** Work of code that runs in no session: it writes once or many times, and reads what was written last. */
export async function ownWork(caller: Caller, service: Service, prng: Prng): Promise<void> {
  for (let left = prng.whole(1, MOST_WRITES); left > 0; left--) {
    const way = prng.choose(WAYS);
    if (way === 'write') await write(caller, service, prng);
    else if (way === 'transaction') await transaction(caller, service, prng);
    else await byHand(caller, service, prng);
  }
  await ownRead(service, prng);
}
