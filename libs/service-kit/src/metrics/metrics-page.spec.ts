import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ObservedPool, observePool } from 'db-routing/metrics';
import fastify from 'fastify';
import { Registry } from 'prom-client';
import { measureRequests } from './request-metrics';

const PAGE = join(__dirname, '../../../../docs/observability.md');

/** As prom-client returns it; its types omit the labels. */
interface Definition {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

const definitions = (): Definition[] => {
  const registry = new Registry();
  const topology = {
    nodes: [],
    primary: undefined,
    noPrimaryBecause: '',
    fitReplicas: [],
    staleReplicas: [],
  };
  // The set of metrics does not depend on the pool.
  const pool = Object.assign(new EventEmitter(), { topology, stats: [] }) as unknown as ObservedPool;
  observePool(pool, registry);
  measureRequests(fastify(), registry);
  return registry.getMetricsAsArray() as unknown as Definition[];
};

describe('the table in docs/observability.md', () => {
  it('has every metric of a service with its type, labels and meaning, and no others', () => {
    const [, section = ''] = /\n## Metrics\n(.*?)\n## /s.exec(readFileSync(PAGE, 'utf8')) ?? [];
    const rows = section.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm);
    const described = [...rows].map(([, name, type, labels, help]) => ({ name, type, labels, help }));
    const measured = definitions().map(({ name, type, help, labelNames }) => ({
      name,
      type,
      labels: labelNames.map((label) => `\`${label}\``).join(', '),
      help,
    }));
    expect(described).toEqual(measured.sort((one, other) => one.name.localeCompare(other.name)));
  });
});
