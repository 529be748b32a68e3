import type { Backend } from './backend';
import { commit } from './commit';
import type { Server } from './server';
import type { Result } from './statement';

type Answered = (outcome: { result?: Result; error?: Error }) => void;

const CONTROL =
  /^(BEGIN|COMMIT|ROLLBACK TO SAVEPOINT|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT|SET LOCAL|DISCARD ALL)\b/;

/** Runs a statement that begins or ends something; returns false for any other. */
export function control(server: Server, backend: Backend, text: string, answered: Answered): boolean {
  const command = CONTROL.exec(text)?.[1];
  if (command === undefined) return false;
  const name = text.slice(text.lastIndexOf(' ') + 1);
  const { transaction } = backend;
  const done = (tag = command) => answered({ result: { command: tag, rowCount: 0, rows: [] } });
  switch (command) {
    case 'BEGIN':
      if (!transaction) backend.begin(true, text);
      done();
      break;
    case 'COMMIT':
      if (transaction?.isFailed) {
        backend.abandon();
        done('ROLLBACK');
      } else commit(server, backend, done);
      break;
    case 'ROLLBACK':
      backend.abandon();
      done();
      break;
    case 'SAVEPOINT':
      transaction?.savepoints.push({ name, drafts: new Map(transaction.drafts ?? []) });
      done();
      break;
    case 'RELEASE SAVEPOINT':
      release(backend, name);
      done('RELEASE');
      break;
    case 'ROLLBACK TO SAVEPOINT':
      rollBackTo(backend, name);
      done('ROLLBACK');
      break;
    case 'SET LOCAL':
      if (transaction && text.includes('synchronous_commit')) transaction.durability = name;
      done('SET');
      break;
    default:
      backend.state.clear();
      done('DISCARD');
  }
  return true;
}

function release({ transaction }: Backend, name: string): void {
  const index = transaction?.savepoints.findLastIndex((savepoint) => savepoint.name === name) ?? -1;
  if (index >= 0) transaction?.savepoints.splice(index);
}

function rollBackTo({ transaction }: Backend, name: string): void {
  const index = transaction?.savepoints.findLastIndex((savepoint) => savepoint.name === name) ?? -1;
  const savepoint = transaction?.savepoints[index];
  if (!transaction || !savepoint) return;
  transaction.savepoints.splice(index + 1);
  transaction.drafts = new Map(savepoint.drafts);
  transaction.isFailed = false;
}
