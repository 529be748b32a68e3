import type { ServiceProcess } from '../../services/service-process';
import { delayMeasurement, type FaultRow } from '../row';
import { describeFailures, failed } from '../../load/statistics';

const READY_POLL_MS = 50;
const EXIT_LIMIT_MS = 15_000;
const NOT_READY_LIMIT_MS = 500;

/**
 * Two instances, with the behaviour of a load balancer: it asks which one is ready, and sends a request whose
 * connection was refused to the other.
 */
export const sigterm: FaultRow = {
  name: 'sigterm',
  fault: 'SIGTERM under load',
  guarantee: 'reports not ready at once; finishes requests in flight; then exits',
  bar: 'not ready ≤ 0.5 s; exit ≤ 15 s with code 0; no failed request',
  load: { readsPerSecond: 80 },
  run: async ({ rig, observe }) => {
    const leaving = await rig.startService('order-service');
    let turn = 0;
    let isReady = true;
    rig.orderTargets = () => {
      const staying = rig.order.url;
      if (!isReady) return [staying];
      return turn++ % 2 === 0 ? [leaving.url, staying] : [staying, leaving.url];
    };
    try {
      await observe(3_000);
      const signalledMs = performance.now();
      leaving.signal('SIGTERM');
      const notReadyMs = await untilNotReady(leaving, signalledMs + EXIT_LIMIT_MS);
      isReady = false;
      const endedMs = await Promise.race([
        leaving.ended,
        observe(EXIT_LIMIT_MS + 2_000).then(() => undefined),
      ]);
      await observe(1_000);
      return [
        delayMeasurement('not ready after', notReadyMs && notReadyMs - signalledMs, NOT_READY_LIMIT_MS),
        delayMeasurement(
          'exit after',
          endedMs === undefined ? undefined : endedMs - signalledMs,
          EXIT_LIMIT_MS,
        ),
        { what: 'exit code', measured: String(leaving.exitCode), isMet: leaving.exitCode === 0 },
      ];
    } finally {
      rig.orderTargets = () => [rig.order.url];
      await leaving.kill();
    }
  },
  conclude: (operations) => [
    {
      what: 'failed requests',
      measured: `${failed(operations).length} of ${operations.length} ${describeFailures(operations)}`.trim(),
      isMet: failed(operations).length === 0 && operations.length > 0,
    },
  ],
};

async function untilNotReady(service: ServiceProcess, deadlineMs: number): Promise<number | undefined> {
  while (performance.now() < deadlineMs) {
    const isReady = await fetch(`${service.url}/health/ready`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!isReady) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  return undefined;
}
