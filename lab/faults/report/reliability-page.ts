import { ORDER_TIMEOUT_MS, READ_TIMEOUT_MS } from '../load/load';
import { measuredText } from './text-report';
import type { LoadSummary, RowResult } from '../run-row';
import { formatMs } from '../load/statistics';

/** docs/reliability.md. */
export function reliabilityPage(results: readonly RowResult[], machine: string): string {
  const invariants = results[0]?.invariants.map(({ what }) => `- ${what}`) ?? [];
  return `# Reliability

Every row is a fault that is injected for real into a primary and two streaming replicas, while both services are under
steady load over HTTP: reads and order placements, at a rate that does not slow down when answers do. This page is written by
\`npm run lab -- faults --write-docs\`; one row alone runs with \`--only NAME\`.

Measured on ${machine}.

| fault (\`--only\`) | guarantee | bar | measured | verdict |
|---|---|---|---|---|
${results.map(tableRow).join('\n')}

On every row, beside its own bar, these are checked; a row is \`met\` only when all of them hold:

${invariants.join('\n')}

## Beside plain TypeORM replication

The same fault at the same time under the same load, on the same cluster; TypeORM's own \`replication\` option with its defaults
and a connect timeout of 3 s. Its requests have no limit of their own; a caller gives a read up
after ${formatMs(READ_TIMEOUT_MS)} and an order after ${formatMs(ORDER_TIMEOUT_MS)}, with either.

| fault | | failed reads | stale reads | failed orders | what failed |
|---|---|---|---|---|---|
${results.flatMap(comparison).join('\n')}
`;
}

function tableRow(result: RowResult): string {
  const { name, fault, guarantee, bar, verdict } = result;
  const cells = [`${fault} (\`${name}\`)`, guarantee, bar, measuredText(result), verdict];
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

function comparison({ fault, load, peer }: RowResult): string[] {
  if (peer === undefined) return [];
  return [side(fault, 'this library', load), side('', 'plain TypeORM', peer)];
}

function side(fault: string, name: string, summary: LoadSummary): string {
  const { reads, failedReads, staleReads, orders, failedOrders, failures } = summary;
  const cells = [
    fault,
    name,
    `${failedReads} of ${reads}`,
    String(staleReads),
    `${failedOrders} of ${orders}`,
    failures === '' ? 'nothing' : failures,
  ];
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
