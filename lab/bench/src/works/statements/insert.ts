import { randomUUID } from 'node:crypto';
import type { StatementWork } from './statement-work';

export const insert: StatementWork = {
  name: 'insert',
  title: 'A single row, inserted',
  isWrite: true,
  operation(peer) {
    const { insert: insertOne } = peer;
    return insertOne && (async () => (await insertOne(randomUUID())) === 1);
  },
};
