import { describeMachine } from '../machine';
import type { Result } from './result';
import { type Section, sectionsOf } from './sections';

/** Works with a table for each number of callers show this one, of the many. */
const SHOWN_CASE = '32 callers';

/** docs/benchmarks.md, all of it. */
export function docsPage(result: Result): string {
  const { verdicts, notes, machine, plan, startedAt } = result;
  return [
    '# Benchmarks',
    '',
    `Written by \`npm run lab -- bench --write-docs\` on ${startedAt.slice(0, 10)}. Not edited by hand.`,
    '',
    `Everybody is measured on the same primary and two replicas, with the same pool sizes and callers, each in a process of its own, in
     turns, ${plan.rounds} rounds; figures are medians with the least and the most. Absolute figures say little about another
     machine; ratios say more. This one: ${describeMachine(machine)}.`,
    '',
    '## Bars',
    '',
    `Ratios of medians in this run, with 32 callers where not said otherwise. By CPU time: how many times as much CPU time the other one takes
     for an operation, client and servers together. With two cores that are busy both ratios are the same; on a machine that has other
     things to do as well, the second is the one to trust.`,
    '',
    ...table(
      ['what', 'bar', 'measured', 'by CPU time', ''],
      verdicts.map(({ what, bar, measured, byCpu, isMet }) => [
        what,
        bar,
        measured,
        byCpu ?? '',
        isMet ? 'met' : '**not met**',
      ]),
    ),
    '',
    ...sectionsOf(result).flatMap(renderSection),
    ...(notes.length === 0
      ? []
      : ['## Notes', '', ...notes.map(({ work, text }) => `- ${work}: ${text}`), '']),
  ].join('\n');
}

function renderSection({ name, title, header, cases }: Section): string[] {
  const shown = cases.some((each) => each.name === SHOWN_CASE)
    ? cases.filter((each) => each.name === SHOWN_CASE)
    : cases;
  const rows = shown.flatMap((each) =>
    each.rows.map(({ contender, cells }) => [
      ...(shown.length > 1 ? [each.name] : []),
      contender,
      ...header.slice(1).map((_, index) => cells[index] ?? ''),
    ]),
  );
  const [only] = shown;
  const about = shown.length === 1 && only !== undefined ? `${title}; ${only.name}.` : `${title}.`;
  return [
    `## ${name}`,
    '',
    about,
    '',
    ...table([...(shown.length > 1 ? ['case'] : []), ...header], rows),
    '',
  ];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
