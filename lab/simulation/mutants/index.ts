import { CLUSTER } from './list/cluster';
import { LIMITS } from './list/limits';
import { SESSIONS } from './list/sessions';
import { TRANSACTIONS } from './list/transactions';
import { WRITES } from './list/writes';
import type { Mutant } from './mutant';

/** All mutants. Each bug that is ever found adds one. */
export const MUTANTS: readonly Mutant[] = [...SESSIONS, ...WRITES, ...TRANSACTIONS, ...LIMITS, ...CLUSTER];
