import { Counter, Histogram, type Registry } from 'prom-client';
import type { StatementReport } from '../execution/reports';
import { BoundedLabel } from './bounded-label';
import { removeNode } from './node-series';
import { listen, type ObservedPool, type Stop } from './observed-pool';

/** Reasons are words of the library and names of configured rules. */
const MAX_REASONS = 100;
const SPILLED = 'no-fit-replica';
const HEDGE = 'hedge';

/** From half a millisecond, for an indexed read on a lane, to longer than any request waits. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts statements by node, reason and outcome, and measures how long they take. */
export function observeStatements(pool: ObservedPool, registry: Registry): Stop {
  const registers = [registry];
  const reasons = new BoundedLabel(MAX_REASONS);
  const statements = new Counter({
    name: 'db_routing_statements_total',
    help:
      'Statements sent to a node, by the role that the node had, the reason for its choice, and ' +
      'the outcome. A read that was tried on two nodes is counted on both.',
    labelNames: ['node', 'role', 'work', 'reason', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'db_routing_statement_duration_seconds',
    help: 'Time from the choice of the node to its answer, including the wait for a connection.',
    labelNames: ['node', 'work', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const retries = new Counter({
    name: 'db_routing_read_retries_total',
    help: 'Reads that failed on this node and were tried on another one.',
    labelNames: ['node'],
    registers,
  });
  const hedged = new Counter({
    name: 'db_routing_hedged_reads_total',
    help:
      'Late reads that were also sent to this node, by their outcome here; ' +
      'answered: this node was faster.',
    labelNames: ['node', 'outcome'],
    registers,
  });
  const spilled = new Counter({
    name: 'db_routing_spilled_reads_total',
    help: 'Reads sent to the primary because no replica was fit to serve them.',
    registers,
  });
  const stops = [
    listen(pool, 'statement', ({ node, role, work, reason, outcome, durationMs }: StatementReport) => {
      statements.inc({ node, role, work, reason: reasons.of(reason), outcome });
      durations.observe({ node, work, outcome }, durationMs / 1_000);
      if (outcome === 'retried') retries.inc({ node });
      if (reason === HEDGE) hedged.inc({ node, outcome });
      if (work === 'read' && reason === SPILLED) spilled.inc();
    }),
    listen(pool, 'nodeChange', ({ before, now }) => {
      if (before && !now) void removeNode([statements, durations, retries, hedged], before.address.name);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
