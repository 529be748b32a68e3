import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { HttpClient } from '../../load/http-client';
import { delayMeasurement, type FaultRow, noFailedRead } from '../row';
import { Relay } from './relay';
import { freePort } from '../../services/service-process';
import { Session } from '../../load/session';

const TTL_SECONDS = 1;
const LIMIT_MS = TTL_SECONDS * 1_000 + 2_000;
const DRAIN_LIMIT_MS = 5_000;
const NAME = 'replica.faults.test';
/** Two addresses of this machine on which no other server listens. */
const OLD_ADDRESS = '127.0.0.2';
const NEW_ADDRESS = '127.0.0.3';

/**
 * An instance whose replica has a DNS name, which first resolves to one replica's address, then to another's.
 */
export const dnsChange: FaultRow = {
  name: 'dns-change',
  fault: 'DNS change',
  guarantee: 'a name resolves to another node while the service runs',
  bar: `new address used ≤ TTL + 2 s (${LIMIT_MS / 1_000} s here); old one drained; no failed read`,
  run: async ({ rig, observe }) => {
    const [first, second] = rig.replicas;
    const port = await freePort();
    const file = join(tmpdir(), `faults-names-${randomUUID()}.json`);
    const relays = { old: new Relay(first.directPort), new: new Relay(second.directPort) };
    await relays.old.listen(OLD_ADDRESS, port);
    await relays.new.listen(NEW_ADDRESS, port);
    const point = (address: string) => writeFileSync(file, JSON.stringify({ [NAME]: address }));
    point(OLD_ADDRESS);
    const url = rig.cluster.url('order_service', { nodes: [rig.cluster.primary] });
    const http = new HttpClient(6_000);
    try {
      const service = await rig.startService('order-service', {
        preload: [join(__dirname, '..', '..', 'services', 'preload', 'names.js')],
        environment: {
          DATABASE_URL: url.replace(/\/shop$/, `,${NAME}:${port}/shop`),
          DATABASE_DISCOVERY: 'dns',
          DATABASE_DISCOVERY_INTERVAL_MS: String(TTL_SECONDS * 1_000),
          FAULTS_NAMES_FILE: file,
          FAULTS_NAMES_TTL_SECONDS: String(TTL_SECONDS),
        },
      });
      const session = await Session.open('dns-change-reader', false);
      const read = () =>
        http.ask([service.url], { method: 'GET', path: '/products?limit=1', headers: session.headers() });
      await until('reads through the old address', async () => {
        await read();
        return relays.old.open >= 2;
      });
      const changedMs = performance.now();
      point(NEW_ADDRESS);
      let failedReads = 0;
      const delayOf = async (what: string, isSo: () => boolean, timeoutMs: number) => {
        const poll = async () => {
          if ((await read()).status !== 200) failedReads += 1;
          return isSo();
        };
        return until(what, poll, { timeoutMs }).then(
          () => performance.now() - changedMs,
          () => undefined,
        );
      };
      // One for probes, and one for reads.
      const used = await delayOf('the new address to be used', () => relays.new.open >= 2, LIMIT_MS + 2_000);
      const drained = await delayOf('the old one to be left', () => relays.old.open === 0, DRAIN_LIMIT_MS);
      await observe(200);
      await service.stop();
      return [
        delayMeasurement('new address used after', used, LIMIT_MS),
        delayMeasurement('old one drained after', drained, LIMIT_MS + DRAIN_LIMIT_MS),
        { what: 'failed reads of the instance', measured: String(failedReads), isMet: failedReads === 0 },
      ];
    } finally {
      http.close();
      await relays.old.close();
      await relays.new.close();
      rmSync(file, { force: true });
    }
  },
  conclude: noFailedRead,
};
