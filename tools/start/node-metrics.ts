import { type ClusterNode, UsageMeter } from '@app/postgres-cluster';
import { Counter, Gauge, Registry } from 'prom-client';

/**
 * Processor time and memory of each node on this machine, read whenever the metrics are. A node that does not
 * run has no sample.
 */
export function nodeMetrics(nodes: () => readonly Pick<ClusterNode, 'name' | 'pid'>[]): Registry {
  const registry = new Registry();
  const meter = new UsageMeter();
  new Counter({
    name: 'postgres_node_cpu_seconds_total',
    help: 'Processor time that the node has used since it started.',
    labelNames: ['node'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, pid } of nodes()) {
        const usage = meter.read(pid);
        if (usage !== undefined) this.inc({ node: name }, usage.cpuSeconds);
      }
    },
  });
  new Gauge({
    name: 'postgres_node_memory_bytes',
    help: 'Memory of all processes of the node; what they share, such as shared buffers, counts once.',
    labelNames: ['node'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, pid } of nodes()) {
        const bytes = meter.read(pid)?.memoryBytes;
        if (bytes !== undefined) this.set({ node: name }, bytes);
      }
    },
  });
  return registry;
}
