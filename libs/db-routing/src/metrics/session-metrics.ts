import { Counter, Histogram, type Registry } from 'prom-client';
import type { TokenOutcome } from '../execution/reports';
import { removeNode } from './node-series';
import { listen, type ObservedPool, type Stop } from './observed-pool';

const TOKEN_OUTCOMES: Readonly<Record<TokenOutcome, true>> = {
  accepted: true,
  malformed: true,
  forged: true,
  expired: true,
  foreign: true,
  ahead: true,
};
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Measures what reading one's own writes costs: tokens, and reads that wait for a replica. */
export function observeSessions(pool: ObservedPool, registry: Registry): Stop {
  const registers = [registry];
  const waits = new Histogram({
    name: 'db_routing_position_wait_seconds',
    help:
      'How long reads waited for the replica to replay what their session had seen, ' +
      'and whether it did so in time.',
    labelNames: ['node', 'reached'],
    buckets: SECONDS,
    registers,
  });
  const tokens = new Counter({
    name: 'db_routing_consistency_tokens_total',
    help: 'Consistency tokens of requests, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  // An alert sees the first increment only if there was a zero before it.
  for (const outcome of Object.keys(TOKEN_OUTCOMES)) tokens.inc({ outcome }, 0);
  const stops = [
    listen(pool, 'positionWait', ({ node, waitedMs, isReached }) =>
      waits.observe({ node, reached: String(isReached) }, waitedMs / 1_000),
    ),
    listen(pool, 'token', (outcome) => tokens.inc({ outcome })),
    listen(pool, 'nodeChange', ({ before, now }) => {
      if (before && !now) void removeNode([waits], before.address.name);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
