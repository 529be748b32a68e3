import type { FaultRow } from '../row';
import { replicaKilled } from './replica-killed';

/** In the order of the contract; those that share a cluster stand together. */
export const rows: readonly FaultRow[] = [replicaKilled];
