import { HttpClient } from '../../load/http-client';
import { parseRoute } from '../../load/operation';
import { failOver } from './failover';
import { delayMeasurement, type FaultRow, type Measurement, noFailedRead } from '../row';
import { Session } from '../../load/session';

/** A token from the old timeline does not show how far a node of the new one is. */
export const timelineChange: FaultRow = {
  name: 'timeline-change',
  fault: 'timeline change',
  guarantee:
    'positions of the old timeline are not compared with the new one; the other replica follows and returns',
  bar: 'old-timeline token → primary; follower back ≤ 5 s after it streams; no failed read',
  changesCluster: true,
  run: async (context) => {
    const { rig, health, observe } = context;
    const session = await Session.open('timeline-change-reader', true);
    const http = new HttpClient(6_000);
    const ask = () =>
      http.ask([rig.order.url], { method: 'GET', path: '/products?limit=1', headers: session.headers() });
    await observe(1_000);
    const token = (await ask()).headers['consistency-token'];
    if (typeof token === 'string') session.consistencyToken = token;
    await rig.cluster.primary.stop('fast');
    const { primary, other, resumed } = await failOver(context);
    const answer = await ask();
    await other.follow(primary);
    const back = await health.returned(other.name, performance.now(), 15_000);
    await observe(1_000);
    http.close();
    return [resumed, tokenMeasurement(token, answer), delayMeasurement('follower back after', back, 5_000)];
  },
  conclude: noFailedRead,
};

function tokenMeasurement(
  token: string | string[] | undefined,
  answer: { status: number; headers: Record<string, string | string[] | undefined> },
): Measurement {
  const what = 'read with an old-timeline token';
  if (token === undefined) {
    return { what, measured: 'not possible yet: the services issue no Consistency-Token', isMet: false };
  }
  const role = parseRoute(answer.headers['x-db-route']).at(-1)?.role ?? 'nowhere';
  return {
    what,
    measured: `${answer.status} from ${role}`,
    isMet: answer.status === 200 && role === 'primary',
  };
}
