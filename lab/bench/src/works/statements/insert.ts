import { randomUUID } from 'node:crypto';
import { everyWriter } from '../../peers';
import { type StatementWork, WRITE_CALLERS } from './statement-work';

export const insert: StatementWork = {
  name: 'insert',
  title: 'A single row, inserted',
  isWrite: true,
  callers: WRITE_CALLERS,
  contenders: everyWriter,
  operation(peer) {
    const { insert: insertOne } = peer;
    return insertOne && (async () => (await insertOne(randomUUID())) === 1);
  },
};
