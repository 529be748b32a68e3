import { RegisterSession } from '../load/register-session';
import { registerKeys } from '../load/register-table';
import { rounds } from './rounds';
import type { Scenario } from './scenario';

/** More than a run of this schedule writes. */
const JUNK_BYTES = 2_000_000;

/**
 * The old primary continues, unseen by the pool, and the replica that still follows it gets further than the
 * new primary, on its own timeline. Its LSN looks later than any token's, but it has none of the new writes.
 */
export const ignoreTimeline: Scenario = {
  name: 'ignore-timeline',
  what: 'a replica stays on the old timeline and replays past every LSN of the new one',
  async run(lab, recorder) {
    const { cluster, replicas } = lab.rig;
    const old = cluster.primary;
    const [next, left] = replicas;
    old.link.cut();
    await next.promote();
    await old.query('SELECT pg_logical_emit_message(false, $1, repeat($1, $2))', ['x', JUNK_BYTES]);
    await old.query('CHECKPOINT');
    const session = new RegisterSession('timeline', 'scenario', lab.pool, recorder);
    const keys = [registerKeys.singles[0] ?? ''];
    await rounds(20, 100, async () => {
      await session.write(keys);
      await session.read(keys, 'session');
    });
    await old.kill();
    await old.link.restore();
    await left.follow(next);
    await old.follow(next);
    await lab.untilWell();
  },
};
