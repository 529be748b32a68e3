import type { Logger } from '@nestjs/common';
import type { RoutedPool } from '../pool/routed-pool';

/** One line for every change of a node's state or role, with what was measured. */
export function logPoolEvents(pool: RoutedPool, logger: Logger): void {
  pool.on('nodeChange', ({ before, now }) => {
    const line = `node ${now.address.name}: ${before.role} ${before.state} -> ${now.role} ${now.state}: ${now.reason}`;
    if (now.state === 'up') logger.log(line);
    else logger.warn(line);
  });
  pool.on('warning', (error) => logger.warn(error.message));
  pool.on('hookError', (error, hook, transaction) =>
    logger.error(`${hook} hook of transaction '${transaction}' failed: ${String(error)}`),
  );
}
