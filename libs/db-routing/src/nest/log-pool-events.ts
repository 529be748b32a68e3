import { systemClock } from '../clock';
import type { Logger } from '@nestjs/common';
import type { TokenOutcome } from '../execution/reports';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import { nodeNamed } from '../cluster/topology/snapshot';

/** At most one line per outcome in this time: forged tokens must not fill the log. */
const OBJECTION_PAUSE_MS = 10_000;

/** Logs every change of a node's state or role with the measured values, and the other events of the pool. */
export function logPoolEvents(pool: RoutedPool, logger: Logger): void {
  pool.on('nodeChange', ({ before, now }) => {
    const from = before ? `${before.role} ${before.state}` : 'new';
    const { name = '' } = (now ?? before)?.address ?? {};
    const merged = now ? undefined : nodeNamed(pool.topology, name);
    const gone = merged ? `another name of ${merged.address.name}` : 'gone';
    const to = now ? `${now.role} ${now.state}: ${now.reason}` : gone;
    const line = `node ${name}: ${from} -> ${to}`;
    if ((now ?? merged)?.state === 'up') logger.log(line);
    else logger.warn(line);
  });
  pool.on('shadow', ({ rule, statement, would, did }) => {
    if (would === did) return;
    logger.log(
      `rule ${rule.name ?? rule.index} on trial: ${would} instead of ${did}: ${statement.slice(0, 200)}`,
    );
  });
  const objections = new Map<TokenOutcome, { count: number; saidAtMs: number }>();
  pool.on('token', (outcome) => {
    if (outcome === 'accepted') return;
    const known = objections.get(outcome) ?? { count: 0, saidAtMs: -Infinity };
    objections.set(outcome, known);
    known.count += 1;
    const nowMs = systemClock.now();
    if (nowMs - known.saidAtMs < OBJECTION_PAUSE_MS) return;
    logger.warn(`Consistency-Token ${outcome}: ${known.count} since the last such line`);
    known.count = 0;
    known.saidAtMs = nowMs;
  });
  pool.on('warning', (error) => logger.warn(error.message));
  pool.on('hookError', (error, hook, transaction) =>
    logger.error(`${hook} hook of transaction '${transaction}' failed: ${String(error)}`),
  );
}
