import fc from 'fast-check';
import { judge, type HealthLimits, type NodeHealth, type Observation, UNJUDGED } from './node-state';

const limits: HealthLimits = { maxStalenessMs: 1000, readmitStalenessMs: 500, missesUntilDown: 2 };

const observation: fc.Arbitrary<Observation> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 2000 }).map(answered) },
  { weight: 1, arbitrary: fc.constant<Observation>(answered(undefined)) },
  { weight: 1, arbitrary: fc.constant<Observation>({ kind: 'answered', role: 'primary', stalenessMs: 0 }) },
  {
    weight: 1,
    arbitrary: fc.constant<Observation>({ kind: 'answered', role: 'unknown', stalenessMs: undefined }),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Observation>({
      kind: 'answered',
      role: 'replica',
      stalenessMs: 0,
      impediment: 'foreign',
    }),
  },
  { weight: 2, arbitrary: fc.constant<Observation>({ kind: 'missed', error: 'timeout' }) },
  { weight: 1, arbitrary: fc.constant<Observation>({ kind: 'statement-failed', error: 'broken' }) },
);

function answered(stalenessMs: number | undefined): Observation {
  return { kind: 'answered', role: 'replica', stalenessMs };
}

function run(sequence: readonly Observation[]): NodeHealth[] {
  let health: NodeHealth = UNJUDGED;
  return sequence.map((seen) => (health = judge(health, seen, limits)));
}

function stalenessOf(seen: Observation | undefined): number {
  return seen?.kind === 'answered'
    ? (seen.stalenessMs ?? Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;
}

describe('any sequence of probes', () => {
  const RUNS = { numRuns: 10_000, seed: 20_261_121 };

  it('never makes a node fit that has not just proven it', () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 60 }), (sequence) => {
        return run(sequence).every(({ state }, n) => {
          const seen = sequence[n];
          const isProven =
            seen?.kind === 'answered' && !seen.impediment && stalenessOf(seen) <= limits.maxStalenessMs;
          return state !== 'up' || isProven;
        });
      }),
      RUNS,
    );
  });

  it('is recovered from by one fresh answer', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 60 }), (sequence) => {
        return run([...sequence, answered(limits.readmitStalenessMs)]).at(-1)?.state === 'up';
      }),
      RUNS,
    );
  });

  it('flaps only as often as the measurements cross both limits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 100 }), (measurements) => {
        const states = run(measurements.map(answered)).map(({ state }) => state);
        let crossings = 0;
        let isBehind = false;
        measurements.forEach((stalenessMs) => {
          if (!isBehind && stalenessMs > limits.maxStalenessMs) isBehind = true;
          else if (isBehind && stalenessMs <= limits.readmitStalenessMs) isBehind = false;
          else return;
          crossings += 1;
        });
        const changes = states.filter((state, n) => n > 0 && state !== states[n - 1]).length;
        return changes <= crossings;
      }),
      RUNS,
    );
  });
});
