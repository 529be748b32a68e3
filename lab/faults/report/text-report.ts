import type { RowResult } from '../run-row';

const HEADINGS = ['fault', 'guarantee', 'bar', 'measured', 'verdict'];
const WIDTHS = [26, 34, 40, 56, 7];

/** The table for a terminal: one block of lines per row. */
export function textReport(results: readonly RowResult[], machine: string): string {
  const separator = WIDTHS.map((width) => '-'.repeat(width)).join('-+-');
  const table = [
    tableLines(HEADINGS),
    ...results.map((result) =>
      tableLines([result.fault, result.guarantee, result.bar, measuredText(result), result.verdict]),
    ),
  ].join(`\n${separator}\n`);
  const missed = results.filter(({ verdict }) => verdict !== 'met').map(({ name }) => name);
  const verdict =
    missed.length === 0 ? `All ${results.length} rows met their target.` : `Missed: ${missed.join(', ')}.`;
  return [table, peerTable(results), `${verdict}\nMeasured on ${machine}`].filter(Boolean).join('\n\n');
}

/** The row's measurements, and the invariants that did not hold. */
export function measuredText({ measurements, invariants }: RowResult): string {
  const broken = invariants.filter(({ isMet }) => !isMet);
  return [...measurements, ...broken]
    .map(({ what, measured, isMet }) => `${what} ${measured}${isMet ? '' : ' (MISSED)'}`)
    .join('; ');
}

function peerTable(results: readonly RowResult[]): string {
  const compared = results.filter(({ peer }) => peer !== undefined);
  if (compared.length === 0) return '';
  const lines = compared.flatMap(({ name, load, peer }) =>
    peer === undefined
      ? []
      : [
          `  ${name.padEnd(20)} reads failed ${share(load.failedReads, load.reads)} against ${share(peer.failedReads, peer.reads)}, ` +
            `stale ${load.staleReads} against ${peer.staleReads}, ` +
            `orders failed ${share(load.failedOrders, load.orders)} against ${share(peer.failedOrders, peer.orders)}`,
        ],
  );
  return ['For comparison, the same load on plain TypeORM replication (ours against theirs):', ...lines].join(
    '\n',
  );
}

function share(part: number, whole: number): string {
  return `${part} of ${whole}`;
}

function tableLines(cells: readonly string[]): string {
  const wrapped = cells.map((cell, column) => wrap(cell, WIDTHS[column] ?? 20));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    wrapped.map((cell, column) => (cell[line] ?? '').padEnd(WIDTHS[column] ?? 20)).join(' | '),
  ).join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line];
}
