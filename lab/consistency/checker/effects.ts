import type { OperationLine, Pair } from '../history/lines';
import { grouped, type HistoryIndex } from './history-index';
import { type Violation, violationOf } from './violation';

/** Every acknowledged write is in the final state. */
export function lostViolations(history: HistoryIndex): Violation[] {
  return history.operations
    .filter(({ outcome, writes }) => outcome === 'ok' && writes.length > 0)
    .flatMap((operation) =>
      operation.writes
        .filter(({ key, version = 0 }) => !history.survived(key, version, operation.id))
        .filter(({ key, version = 0 }) => operation.request === undefined || !history.survived(key, version))
        .filter(({ key, version }) => !history.isLost(key, version, writerOf(key, operation)))
        .map(({ key, version }) =>
          violationOf('acknowledged-writes-kept', operation, `${key} version ${String(version)} is gone`),
        ),
    );
}

/** A repeated request is answered with what its first attempt has made: `order/` and that operation. */
function writerOf(key: string, { id, request }: OperationLine): string {
  return request === undefined ? id : key.slice(key.indexOf('/') + 1);
}

/** A write that was reported as failed is not in the final state, and no read has shown it. */
export function ghostViolations(history: HistoryIndex): Violation[] {
  const { operations, finals } = history;
  const failed = new Set(operations.flatMap(({ id, outcome }) => (outcome === 'failed' ? [id] : [])));
  const isFailed = (id: string | undefined): boolean => id !== undefined && failed.has(id);
  const kept = new Set(
    operations.flatMap(({ request, outcome }) =>
      request !== undefined && outcome !== 'failed' ? [request] : [],
    ),
  );
  const requests = grouped(
    operations.filter(({ request }) => request !== undefined && !kept.has(request)),
    ({ request }) => request ?? '',
  );
  return [
    ...finals.flatMap(({ key, version, writer, request }) => {
      const byRequest = typeof request === 'string' ? requests.get(request)?.at(-1)?.id : undefined;
      const culprit = history.byId((isFailed(writer) ? writer : byRequest) ?? '');
      if (!culprit) return [];
      return [
        violationOf(
          'failed-writes-absent',
          culprit,
          `${key} version ${version} is there, though it was reported as failed: ${culprit.error ?? 'no error'}`,
        ),
      ];
    }),
    ...operations
      .filter(({ reads }) => reads.some(({ writer }) => isFailed(writer)))
      .flatMap((operation) =>
        operation.reads
          .filter(({ writer }) => isFailed(writer))
          .map(({ key, version, writer }) =>
            violationOf(
              'failed-writes-absent',
              operation,
              `${key} showed version ${version} of ${writer ?? ''}, which was reported as failed`,
            ),
          ),
      ),
  ];
}

/** A request that is repeated with its key has one effect and one answer. */
export function repeatViolations({ operations, finals }: HistoryIndex): Violation[] {
  const answered = grouped(
    operations.filter(({ request, outcome }) => request !== undefined && outcome === 'ok'),
    ({ request }) => request ?? '',
  );
  const made = grouped(
    finals.filter(({ request }) => typeof request === 'string'),
    ({ request }) => request ?? '',
  );
  return [
    ...[...answered.values()].flatMap((same) => {
      const keys = new Set(same.flatMap(({ writes }) => writes.map(({ key }) => key)));
      const last = same.at(-1);
      if (keys.size < 2 || !last) return [];
      return [
        violationOf(
          'one-effect-per-request',
          last,
          `one request was answered with ${[...keys].join(' and ')}`,
        ),
      ];
    }),
    ...[...made].flatMap(([request, same]) =>
      same.length < 2
        ? []
        : [
            ofFinalState(
              'one-effect-per-request',
              `request ${request} has made ${same.map(({ key }) => key).join(' and ')}`,
            ),
          ],
    ),
    ...finals
      .filter(({ request }) => request === null)
      .map(({ key }) => ofFinalState('one-effect-per-request', `no known request has made ${key}`)),
  ];
}

/** A snapshot shows all or nothing of what one transaction has written. */
export function atomicityViolations({ operations, finals }: HistoryIndex): Violation[] {
  return [
    ...operations
      .filter(({ pairs }) => pairs?.some(isTorn))
      .flatMap((operation) =>
        torn(operation.pairs).map((message) => violationOf('all-or-nothing', operation, message)),
      ),
    ...finals.flatMap(({ pairs }) => torn(pairs).map((message) => ofFinalState('all-or-nothing', message))),
  ];
}

export function replicaWriteViolations({ operations }: HistoryIndex): Violation[] {
  return operations
    .filter(({ writes, role }: OperationLine) => writes.length > 0 && role === 'replica')
    .map((operation) => violationOf('no-write-on-a-replica', operation, 'it was sent to a replica'));
}

function isTorn({ values: [one, other] }: Pair): boolean {
  return one !== other;
}

function torn(pairs: readonly Pair[] = []): string[] {
  return pairs.filter(isTorn).map(({ what, values }) => `${what} was seen as ${values.join(' and ')}`);
}

function ofFinalState(guarantee: Violation['guarantee'], message: string): Violation {
  return { guarantee, level: undefined, operation: undefined, message: `in the end: ${message}` };
}
