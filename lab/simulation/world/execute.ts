import type { Backend, OpenTransaction } from './backend';
import { commit } from './commit';
import { control } from './control';
import { serverError } from './errors';
import { readRows, snapshotFor } from './read';
import { READS } from './read-texts';
import type { Server } from './server';
import * as sql from './sql';
import type { Answer, Result, Sent } from './statement';
import { writeRows } from './write';

/** The text that stands for the library's question for the position. */
export const POSITION = /^SELECT \(CASE WHEN NOT pg_is_in_recovery/;

const HIDDEN_WRITES: ReadonlySet<string> = new Set(sql.HIDDEN_WRITES);

type Reply = (answer: Answer) => void;

/** Runs one statement of a backend, and replies when it is answered. */
export function execute(server: Server, backend: Backend, sent: Sent, reply: Reply): void {
  const { text } = sent;
  const answered = (outcome: { result?: Result; error?: Error }) => {
    if (outcome.error && backend.transaction?.isBlock) fail(backend);
    reply({ result: outcome.result, error: outcome.error, status: backend.status });
  };
  // Statements of the load carry values; those that begin or end something, and questions, carry none.
  const isOfLoad = sent.values !== undefined;
  if (!isOfLoad && control(server, backend, text, answered)) return;
  if (backend.transaction?.isFailed) {
    answered({ error: serverError('25P02') });
    return;
  }
  if (!isOfLoad && POSITION.test(text)) {
    const { facts } = server;
    sent.onRun?.();
    reply({ facts, result: { command: 'SELECT', rowCount: 1, rows: [] }, status: backend.status });
    return;
  }
  if (text === sql.SET_STATE) {
    backend.state.add('tenant');
    answered({ result: { command: 'SET', rowCount: 0, rows: [] } });
    return;
  }
  const open = backend.transaction;
  const transaction = open ?? backend.begin(false);
  server.world.oracle.ran(server, backend, sent);
  run(server, backend, transaction, sent, (outcome) => {
    if (open || backend.isGone) answered(outcome);
    else if (outcome.error) {
      backend.abandon();
      answered(outcome);
    } else commit(server, backend, () => answered(outcome));
  });
}

/** The transaction has failed: its locks are free, and only its end, or a savepoint, is accepted. */
function fail(backend: Backend): void {
  if (backend.transaction) backend.transaction.isFailed = true;
}

function run(
  server: Server,
  backend: Backend,
  transaction: OpenTransaction,
  { text, values }: Sent,
  done: (outcome: { result?: Result; error?: Error }) => void,
): void {
  const [keys, writer, request] = values ?? [[], '', undefined];
  switch (text) {
    case sql.READ:
    case sql.CURSOR:
    case sql.RECALL:
    case sql.SLOW_READ: {
      if (!server.isPrimary && server.conflicts > 0 && server.world.prng.chance(server.conflicts)) {
        done({ error: serverError('40001', 'canceling statement due to conflict with recovery') });
        return;
      }
      const snapshot = snapshotFor(server, transaction);
      const outcome = () => done({ result: readRows(server, transaction, snapshot, keys) });
      if (text === sql.SLOW_READ) slowly(server, backend, outcome, done);
      else outcome();
      return;
    }
    case sql.WRITE:
    case sql.REMEMBER:
    case sql.HIDDEN_WRITE:
      if (!server.isPrimary || transaction.isReadOnly) {
        done({ error: serverError('25006') });
        return;
      }
      writeRows(server, backend, transaction, { keys, writer, request, isOnce: text === sql.REMEMBER }, done);
      return;
    case sql.FAILING:
      done({ error: serverError('22012', 'division by zero') });
      return;
    default:
      if (READS.has(text)) {
        run(server, backend, transaction, { text: sql.READ, values }, done);
        return;
      }
      if (HIDDEN_WRITES.has(text)) {
        run(server, backend, transaction, { text: sql.HIDDEN_WRITE, values }, done);
        return;
      }
      done({ error: serverError('42601', `syntax error at or near "${text}"`) });
  }
}

function slowly(
  server: Server,
  backend: Backend,
  outcome: () => void,
  done: (outcome: { error: Error }) => void,
): void {
  const { scheduler, prng, settings } = server.world;
  const takesMs = prng.between(5, 200) * server.slowness;
  const isTooLong = takesMs > settings.statementTimeoutMs;
  const end = (go: () => void) => {
    backend.interrupt = undefined;
    timer.cancel();
    if (!backend.isGone) go();
  };
  const timer = scheduler.in(Math.min(takesMs, settings.statementTimeoutMs), () =>
    end(isTooLong ? () => done({ error: serverError('57014') }) : outcome),
  );
  backend.interrupt = () => end(() => done({ error: serverError('57014') }));
}
