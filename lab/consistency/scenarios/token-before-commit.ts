import { RegisterSession } from '../load/register-session';
import { registerKeys } from '../load/register-table';
import { rounds } from './rounds';
import type { Scenario } from './scenario';

const DELAY_MS = 300;

export const tokenBeforeCommit: Scenario = {
  name: 'token-before-commit',
  what: 'a session reads what it has just committed, while replicas lack only that commit',
  async run(lab, recorder) {
    for (const replica of lab.rig.replicas) await replica.setApplyDelay(DELAY_MS);
    await lab.untilWell();
    const session = new RegisterSession('commit', 'scenario', lab.pool, recorder);
    const [key = ''] = registerKeys.singles;
    await rounds(10, 3 * DELAY_MS, async (number) => {
      await (number % 2 === 0 ? session.transaction([[key]]) : session.write([key]));
      await session.read([key], 'session');
    });
    for (const replica of lab.rig.replicas) await replica.setApplyDelay(0);
    await lab.untilWell();
  },
};
