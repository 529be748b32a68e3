import { describeMachine } from '../machine';
import type { Result } from './result';
import { sectionsOf } from './sections';
import { targetsOf } from './targets';

/** Tables for the terminal, with the verdicts last. */
export function textReport(result: Result): string {
  const lines: string[] = [];
  for (const { name, title, header, cases } of sectionsOf(result)) {
    lines.push('', `${name}: ${title}`);
    for (const { name: circumstances, rows } of cases) {
      lines.push(
        '',
        ...table([
          [circumstances, ...header.slice(1)],
          ...rows.map(({ contender, cells }) => [`  ${contender}`, ...cells]),
        ]),
      );
    }
  }
  if (result.notes.length > 0)
    lines.push('', 'Notes', ...result.notes.map(({ work, text }) => `  ${work}: ${text}`));
  if (result.verdicts.length > 0) {
    lines.push('', 'Targets: ratios of medians in this run, with 32 callers unless stated otherwise');
  }
  for (const { title, note, header, rows } of targetsOf(result.verdicts)) {
    const verdicts = rows.map(({ cells, isMet, isNoisy }) => [
      ...cells,
      `${isMet ? 'met' : 'NOT MET'}${isNoisy ? ', noisy' : ''}`,
    ]);
    lines.push('', `${title}: ${note}`, '', ...table([header, ...verdicts]));
  }
  lines.push('', `${describeMachine(result.machine)}; ${Math.round(result.durationMs / 1_000)} s`);
  return lines.join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
