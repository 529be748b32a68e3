import { RegisterSession } from '../load/register-session';
import { registerKeys } from '../load/register-table';
import { rounds } from './rounds';
import type { Scenario } from './scenario';

export const releaseTimedOutClient: Scenario = {
  name: 'release-timed-out-client',
  what: 'transactions reach their time limit while idle, and others write after them',
  async run(lab, recorder) {
    const [first, second, third] = registerKeys.singles.map((key) => [key]);
    const sessions = ['late', 'next', 'other'].map(
      (name) => new RegisterSession(name, 'scenario', lab.pool, recorder),
    );
    const [late, next, other] = sessions;
    if (!first || !second || !third || !late || !next || !other) return;
    await rounds(5, 0, async () => {
      await late.transaction([first], 'timeout');
      await next.write(second);
      await next.read(second, 'session');
      await other.transaction([third]);
      await other.read(first, 'strong');
    });
    await lab.untilWell();
  },
};
