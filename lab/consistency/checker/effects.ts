import type { OperationLine, Pair } from '../history/lines';
import { grouped, type HistoryIndex } from './history-index';
import { type Violation, violationOf } from './violation';

/** Every acknowledged write is in the final state. */
export function lostViolations(history: HistoryIndex): Violation[] {
  const violations: Violation[] = [];
  for (const operation of history.operations) {
    const { id, outcome, request, writes } = operation;
    if (outcome !== 'ok') continue;
    for (const { key, version } of writes) {
      const isKept =
        history.survived(key, version ?? 0, id) ||
        (request !== undefined && history.survived(key, version ?? 0)) ||
        history.isLost(key, version, writerOf(key, operation));
      if (isKept) continue;
      const message = `${key} version ${String(version)} is gone`;
      violations.push(violationOf('acknowledged-writes-kept', operation, message));
    }
  }
  return violations;
}

/** A repeated request is answered with what its first attempt has made: `order/` and that operation. */
function writerOf(key: string, { id, request }: OperationLine): string {
  return request === undefined ? id : key.slice(key.indexOf('/') + 1);
}

/** A write that was reported as failed is not in the final state, and no read has shown it. */
export function ghostViolations(history: HistoryIndex): Violation[] {
  const { operations, finals } = history;
  const failed = new Set<string>();
  const kept = new Set<string>();
  for (const { id, request, outcome } of operations) {
    if (outcome === 'failed') failed.add(id);
    else if (request !== undefined) kept.add(request);
  }
  const isFailed = (id: string | undefined): boolean => id !== undefined && failed.has(id);
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
