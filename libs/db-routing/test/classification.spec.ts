import { writeFileSync } from 'node:fs';
import { Client } from 'pg';
import { CATALOG_SQL } from '../src/postgres/classify/catalog/catalog-query';
import { Lab, type Outcome, REPLICA_REFUSALS } from './classification-lab';
import { compareRouters } from './classification-routers';
import { FIXTURE_CATALOG_FILE, fixtureCatalog, STATEMENTS } from './classification-table';

describe('classification against a real replica', () => {
  let lab: Lab;
  const outcomes = new Map<string, Outcome>();

  beforeAll(async () => {
    lab = await Lab.start();
    if (process.env['UPDATE_FIXTURE_CATALOG'] !== undefined) {
      const rows = lab.catalogRows.map((row) => JSON.stringify(row)).join(',\n');
      writeFileSync(FIXTURE_CATALOG_FILE, `[\n${rows}\n]\n`);
    }
    for (const { text, as } of STATEMENTS) outcomes.set(text, await lab.tryOnReplica(text, as));
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  it('reads the catalog that the unit tests rely on (UPDATE_FIXTURE_CATALOG=1 writes it anew)', () => {
    expect(fixtureCatalog().signature).toBe(lab.catalogSignature);
  });

  it('reads the same catalog on the primary and with the least privileged role', async () => {
    const onPrimary = await lab.cluster.primary.query(CATALOG_SQL);
    expect(onPrimary.rows).toEqual(lab.catalogRows);
    const client = new Client({ connectionString: lab.cluster.replicas[0]!.url('monitor') });
    await client.connect();
    const asMonitor = await client.query(CATALOG_SQL).finally(() => client.end());
    expect(asMonitor.rows).toEqual(lab.catalogRows);
  });

  it.each(STATEMENTS.map((row) => [row.text, row] as const))(
    'judges by the real catalog as the table says: %s',
    (text, row) => {
      const { kind, target, reason, backendState } = lab.classifier.classify(text);
      expect({ kind, target, reason, backendState }).toEqual({
        kind: row.kind,
        target: row.target,
        reason: row.reason,
        backendState: row.backendState ?? 'none',
      });
    },
  );

  it.each(STATEMENTS.filter((row) => row.target === 'replica').map((row) => [row.text]))(
    'a read runs on the replica and leaves nothing there: %s',
    (text) => {
      expect(outcomes.get(text)).toEqual({ verdict: 'ran' });
    },
  );

  it.each(
    STATEMENTS.filter((row) => row.target === 'primary' && row.conservative === undefined).map(
      (row) => [row.text, row] as const,
    ),
  )('what goes to the primary is refused by the replica or leaves something there: %s', (text, row) => {
    const outcome = outcomes.get(text)!;
    const codes = row.refusedWith?.split('|') ?? [...REPLICA_REFUSALS];
    if (outcome.verdict === 'failed') expect(codes).toContain(outcome.code);
    else expect(outcome.verdict).toBe('left-something');
  });

  it.each(STATEMENTS.filter((row) => row.conservative !== undefined).map((row) => [row.text]))(
    'what goes to the primary out of caution would have run: %s',
    (text) => {
      expect(outcomes.get(text)).toEqual({ verdict: 'ran' });
    },
  );

  it('is never wrong in the dangerous direction, where routers by prefix are', () => {
    const scores = compareRouters(outcomes, (text) => lab.classifier.classify(text).target);
    expect(scores.parser.dangerous).toEqual([]);
    expect(scores.prefix.dangerous.length).toBeGreaterThan(0);
  });
});
