import type { Logger } from '@nestjs/common';
import type { RoutedPool } from '../pool/routed-pool';

/** One line for every change of a node's state or role, with what was measured. */
export function logPoolEvents(pool: RoutedPool, logger: Logger): void {
  pool.on('nodeChange', ({ before, now }) => {
    const from = before ? `${before.role} ${before.state}` : 'new';
    const to = now ? `${now.role} ${now.state}: ${now.reason}` : 'gone';
    const line = `node ${(now ?? before)?.address.name ?? ''}: ${from} -> ${to}`;
    if (now?.state === 'up') logger.log(line);
    else logger.warn(line);
  });
  pool.on('shadow', ({ rule, statement, would, did }) => {
    if (would === did) return;
    logger.log(
      `rule ${rule.name ?? rule.index} on trial: ${would} instead of ${did}: ${statement.slice(0, 200)}`,
    );
  });
  pool.on('warning', (error) => logger.warn(error.message));
  pool.on('hookError', (error, hook, transaction) =>
    logger.error(`${hook} hook of transaction '${transaction}' failed: ${String(error)}`),
  );
}
