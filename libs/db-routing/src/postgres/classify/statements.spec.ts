import { fixtureCatalog, STATEMENTS } from '../../../test/classification-table';
import { StatementClassifier } from './classifier';

describe('the table of statements', () => {
  let classifier: StatementClassifier;

  beforeAll(async () => {
    await StatementClassifier.load();
    classifier = new StatementClassifier({ catalog: fixtureCatalog() });
  });

  it('has at least 400 rows, each text once', () => {
    expect(STATEMENTS.length).toBeGreaterThanOrEqual(400);
    expect(new Set(STATEMENTS.map(({ text }) => text)).size).toBe(STATEMENTS.length);
  });

  it.each(STATEMENTS.map((row) => [row.target, row.text, row] as const))('%s: %s', (_target, text, row) => {
    const { kind, target, reason, backendState } = classifier.classify(text);
    expect({ kind, target, reason, backendState }).toEqual({
      kind: row.kind,
      target: row.target,
      reason: row.reason,
      backendState: row.backendState ?? 'none',
    });
  });
});
