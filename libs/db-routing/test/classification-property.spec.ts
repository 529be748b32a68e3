import fc from 'fast-check';
import { statements } from './classification-grammar';
import { Lab, REPLICA_REFUSALS } from './classification-lab';

const NUMBER_OF_STATEMENTS = 1500;
/** Fixed, so that a run can be repeated; CLASSIFICATION_SEED sets another seed. */
const SEED = Number(process.env['CLASSIFICATION_SEED'] ?? 2026);

const REFUSALS = new Set([...REPLICA_REFUSALS, 'XX000']);

describe('classification of generated statements', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.start();
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  it('never takes for a read what a replica refuses or what leaves something behind', async () => {
    const counts = { reads: 0, readsThatRan: 0, refusals: 0, unparseable: 0 };
    await fc.assert(
      fc.asyncProperty(statements, async (text) => {
        const { target, reason } = lab.classifier.classify(text);
        const outcome = await lab.tryOnReplica(text);
        const isRefused = outcome.verdict === 'failed' && REFUSALS.has(outcome.code);
        if (reason === 'unparseable') counts.unparseable += 1;
        if (isRefused) counts.refusals += 1;
        if (target === 'primary') return;
        counts.reads += 1;
        if (outcome.verdict === 'ran') counts.readsThatRan += 1;
        if (outcome.verdict !== 'failed') {
          expect(outcome).toEqual({ verdict: 'ran' });
          return;
        }
        expect(outcome).not.toHaveProperty('left');
        // PostgreSQL also gives 0A000 for a writing CTE in a subquery, on every node.
        if (isRefused) expect(await lab.failureOnPrimary(text)).toBe(outcome.code);
      }),
      { numRuns: NUMBER_OF_STATEMENTS, seed: SEED, endOnFailure: false },
    );
    process.stdout.write(`generated statements: ${NUMBER_OF_STATEMENTS}; ${JSON.stringify(counts)}\n`);
    // Otherwise the property would hold vacuously.
    expect(counts.reads).toBeGreaterThan(NUMBER_OF_STATEMENTS / 4);
    expect(counts.readsThatRan).toBeGreaterThan(counts.reads * 0.7);
    expect(counts.refusals).toBeGreaterThan(NUMBER_OF_STATEMENTS / 6);
    expect(counts.unparseable).toBeLessThan(NUMBER_OF_STATEMENTS / 100);
  });
});
