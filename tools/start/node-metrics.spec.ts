import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeMetrics } from './node-metrics';

const PAGE = join(__dirname, '../../docs/observability.md');

/** As prom-client returns it; its types omit the labels. */
interface Definition {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

describe('the metrics of the nodes', () => {
  it('are those in the table of docs/observability.md', () => {
    const [, section = ''] = readFileSync(PAGE, 'utf8').split('## CPU and memory of each node\n');
    const rows = section.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm);
    const described = [...rows].map(([, name, type, labels, help]) => ({ name, type, labels, help }));
    const measured = nodeMetrics(() => []).getMetricsAsArray() as unknown as Definition[];
    expect(described).toEqual(
      measured.map(({ name, type, help, labelNames }) => ({
        name,
        type,
        labels: labelNames.map((label) => `\`${label}\``).join(', '),
        help,
      })),
    );
  });

  it('have samples of the nodes that run', async () => {
    const nodes = [
      { name: 'here:1', pid: process.pid },
      { name: 'stopped:2', pid: undefined },
    ];
    const text = await nodeMetrics(() => nodes).metrics();
    expect(text).toMatch(/^postgres_node_cpu_seconds_total\{node="here:1"\} [\d.]+$/m);
    expect(text).toMatch(/^postgres_node_memory_bytes\{node="here:1"\} \d+$/m);
    expect(text).not.toContain('stopped:2');
  });
});
