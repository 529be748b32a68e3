import { describeMachine } from '../machine';
import { barChart, colourOf, escapeHtml } from './chart';
import type { Result } from './result';
import { type Section, sectionsOf } from './sections';
import { type Targets, targetsOf } from './targets';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
  h2 { margin-top: 2.5rem } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem }
  table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
  th, td { text-align: left; padding: 2px 10px 2px 0; border-bottom: 1px solid #e4e4e4; vertical-align: top }
  svg { width: 100%; height: auto } .grid { stroke: #e4e4e4 } .range { stroke: #222 } .axis { font-size: 11px; fill: #555 }
  .key { display: inline-block; margin-right: 1rem; font-size: 13px } .key i { display: inline-block; width: 10px; height: 10px; margin-right: 5px }
  .met { color: #16713a } .missed { color: #b3261e; font-weight: 600 } summary { cursor: pointer }`;

/** What a chart shows first; for other works, the metric measured first. */
const CHARTED: Readonly<Record<string, string>> = { tail: 'p99 ms' };

/** One file with no external resources. */
export function htmlReport(result: Result): string {
  const { verdicts, notes, machine, startedAt, plan } = result;
  const targets = targetsOf(verdicts).map(renderTargets);
  const remarks = notes.map(({ work, text }) => `<li>${escapeHtml(`${work}: ${text}`)}</li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Benchmarks</title><style>${STYLE}</style></head><body>
<h1>Benchmarks</h1>
<p>${escapeHtml(describeMachine(machine))}. ${escapeHtml(startedAt)}. Medians of ${plan.rounds} to ${plan.maxRounds} interleaved rounds; the thin lines show minimum and maximum.</p>
${targets.join('\n')}
${sectionsOf(result)
  .map((section) => renderSection(section, result))
  .join('\n')}
${remarks.length === 0 ? '' : `<h2>Notes</h2><ul>${remarks.join('\n')}</ul>`}
</body></html>
`;
}

function renderTargets({ title, note, header, rows }: Targets): string {
  const lines = rows.map(
    ({ cells, isMet, isNoisy }) =>
      `<tr>${cellsOf('td', cells)}<td class="${isMet ? 'met' : 'missed'}">` +
      `${isMet ? 'met' : 'not met'}${isNoisy ? ', noisy' : ''}</td></tr>`,
  );
  return `<h3>${escapeHtml(title)}</h3><p>${escapeHtml(note)}</p><table><tr>${cellsOf('th', header)}</tr>${lines.join('\n')}</table>`;
}

function renderSection({ name, title, header, cases }: Section, { figures }: Result): string {
  const contenders = [...new Set(figures.map(({ contender }) => contender))];
  const own = figures.filter(({ work }) => work === name);
  const metric = CHARTED[name] ?? own[0]?.metric ?? '';
  const charted = own.filter((figure) => figure.metric === metric);
  const keys = [...new Set(charted.map(({ contender }) => contender))].map(
    (contender) =>
      `<span class="key"><i style="background:${colourOf(contender, contenders)}"></i>${escapeHtml(contender)}</span>`,
  );
  const tables = cases.map(
    ({ name: circumstances, rows }) =>
      `<h3>${escapeHtml(circumstances)}</h3><table><tr>${cellsOf('th', header)}</tr>` +
      rows.map(({ contender, cells }) => `<tr>${cellsOf('td', [contender, ...cells])}</tr>`).join('\n') +
      '</table>',
  );
  return `<h2>${escapeHtml(title)}</h2><p>${escapeHtml(metric)}</p>${barChart(charted, contenders, metric)}
<p>${keys.join('')}</p><details><summary>all figures</summary>${tables.join('\n')}</details>`;
}

function cellsOf(tag: 'th' | 'td', values: readonly string[]): string {
  return values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join('');
}
