import cases from './node-state.cases.json';
import { judge, type HealthLimits, type NodeHealth, type Observation, UNJUDGED } from './node-state';

const limits: HealthLimits = { maxStalenessMs: 1000, readmitStalenessMs: 500, missesUntilDown: 2 };

function observation(code: string): Observation {
  const [kind, value] = code.split(':');
  switch (kind) {
    case 'r':
      return { kind: 'answered', role: 'replica', stalenessMs: value === '?' ? undefined : Number(value) };
    case 'p':
      return { kind: 'answered', role: 'primary', stalenessMs: 0 };
    case 'u':
      return { kind: 'answered', role: 'unknown', stalenessMs: undefined };
    case 'foreign':
      return { kind: 'answered', role: 'replica', stalenessMs: 0, impediment: 'another cluster' };
    case 'pending':
      return { kind: 'answered', role: 'primary', stalenessMs: 0, pending: 'not certain yet' };
    case 'fail':
      return { kind: 'statement-failed', error: 'broken pipe' };
    case 'removed':
      return { kind: 'removed' };
    case 'miss':
      return { kind: 'missed', error: 'timeout' };
    default:
      throw new Error(`no such observation: ${code}`);
  }
}

describe('the state of a node', () => {
  it.each(cases)('$name', ({ seen, states }) => {
    let health: NodeHealth = UNJUDGED;
    const passed = seen.map((code) => (health = judge(health, observation(code), limits)).state);
    expect(passed).toEqual(states);
  });

  it('says the measured value and the limit', () => {
    expect(judge(UNJUDGED, observation('r:2500'), limits).reason).toBe('up to 2500 ms stale, limit 1000 ms');
  });
});
