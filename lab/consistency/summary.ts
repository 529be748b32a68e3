import type { Verdict } from './checker/check-history';
import { grouped } from './checker/history-index';
import { GUARANTEES } from './checker/violation';
import type { FaultLine, HistoryLine, OperationLine } from './history/lines';

const SHOWN_VIOLATIONS = 10;
const SHOWN_ERRORS = 12;

/** Summarises the operations, the injected faults and the violations. */
export function summary(lines: readonly HistoryLine[], verdict: Verdict): string {
  const operations = lines.filter((line): line is OperationLine => line.line === 'operation');
  const faults = lines.filter((line): line is FaultLine => line.line === 'fault');
  return [
    `${operations.length} operations in ${new Set(operations.map(({ session }) => session)).size} sessions`,
    ...table(operations),
    '',
    `${faults.length} faults: ${counted(faults.map(({ name }) => name))}`,
    ...errorLines(operations),
    '',
    `eventual reads that missed a write: ${verdict.staleEventualReads}; bounded ones: ${verdict.staleBoundedReads}`,
    `reads of unacknowledged writes that a failover has undone: ${verdict.readsOfVanishedWrites}`,
    '',
    ...violationLines(verdict),
  ].join('\n');
}

function table(operations: readonly OperationLine[]): string[] {
  const rows = [...grouped(operations, ({ via, op, level = '' }) => `${via} ${op} ${level}`.trim())].sort();
  return rows.map(([what, own]) => {
    const ok = own.filter(({ outcome }) => outcome === 'ok');
    const outcomes = counted(own.map(({ outcome }) => outcome));
    return `  ${what.padEnd(40)} ${outcomes.padEnd(42)} by ${counted(ok.map(({ role }) => role ?? 'no node'))}`;
  });
}

function errorLines(operations: readonly OperationLine[]): string[] {
  const errors = operations.flatMap(({ op, outcome, error }) =>
    error === undefined ? [] : [`${op} ${outcome}: ${kindOf(error)}`],
  );
  const counts = [...grouped(errors, (error) => error)].sort(([, a], [, b]) => b.length - a.length);
  return counts.slice(0, SHOWN_ERRORS).map(([what, own]) => `  ${String(own.length).padStart(5)} × ${what}`);
}

/** Removes ids, times and addresses, which would make each message a kind of its own. */
function kindOf(error: string): string {
  const problem = /"type":"(urn:problem:[^"]+)"/.exec(error)?.[1];
  if (problem !== undefined) return `${error.slice(0, 3)} ${problem}`;
  return error.replaceAll(/'[^']*'|\d[\d.:]*/g, '…').slice(0, 110);
}

function violationLines({ violations }: Verdict): string[] {
  if (violations.length === 0) return [`no violation of any of ${GUARANTEES.length} guarantees`];
  const kinds = grouped(
    violations,
    ({ guarantee, level }) => `${guarantee}${level === undefined ? '' : ` (${level})`}`,
  );
  return [
    `${violations.length} VIOLATIONS: ${[...kinds].map(([kind, own]) => `${kind}: ${own.length}`).join(', ')}`,
    ...violations.slice(0, SHOWN_VIOLATIONS).map(({ guarantee, message }) => `  ${guarantee}: ${message}`),
  ];
}

function counted(names: readonly string[]): string {
  return [...grouped(names, (name) => name)].map(([name, own]) => `${own.length} ${name}`).join(', ');
}
