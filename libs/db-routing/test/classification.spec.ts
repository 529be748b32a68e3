import { writeFileSync } from 'node:fs';
import { Client } from 'pg';
import {
  CATALOG_SQL,
  catalogFromRows,
  type CatalogRow,
} from '../src/postgres/classify/catalog/catalog-query';
import { Lab, type Outcome, REPLICA_REFUSALS } from './classification-lab';
import { compareRouters } from './classification-routers';
import {
  FIXTURE_CATALOG_FILE,
  FIXTURE_CATALOG_ROWS,
  type StatementRow,
  STATEMENTS,
} from './classification-table';

/** Syntax errors; columns, parameters, functions, relations and other objects that do not exist. */
const UNKNOWN: ReadonlySet<string> = new Set(['42601', '42703', '42704', '42883', '42P01', '42P02']);

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

  const isKnown = ({ since = 0 }: StatementRow) => since <= lab.majorVersion;

  /** Where the server is older than the statement, it must not know it. */
  function judge(row: StatementRow, check: (outcome: Outcome) => void): void {
    const outcome = outcomes.get(row.text)!;
    if (isKnown(row)) check(outcome);
    else expect({ ...outcome, isUnknown: isUnknown(outcome) }).toMatchObject({ isUnknown: true });
  }

  it('reads the catalog that the unit tests rely on (UPDATE_FIXTURE_CATALOG=1 writes it anew)', () => {
    const signature = lab.majorVersion < 16 ? signatureUnqualified : signatureOf;
    expect(signature(lab.catalogRows)).toBe(signature(FIXTURE_CATALOG_ROWS));
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

  it.each(STATEMENTS.filter(({ target }) => target === 'replica').map((row) => [row.text, row] as const))(
    'a read runs on the replica and leaves nothing there: %s',
    (_text, row) => judge(row, (outcome) => expect(outcome).toEqual({ verdict: 'ran' })),
  );

  it.each(
    STATEMENTS.filter((row) => row.target === 'primary' && row.conservative === undefined).map(
      (row) => [row.text, row] as const,
    ),
  )('what goes to the primary is refused by the replica or leaves something there: %s', (_text, row) =>
    judge(row, (outcome) => {
      if (outcome.verdict === 'failed') expect(refusalsOf(row, lab.majorVersion)).toContain(outcome.code);
      else expect(outcome.verdict).toBe('left-something');
    }),
  );

  it.each(STATEMENTS.filter((row) => row.conservative !== undefined).map((row) => [row.text, row] as const))(
    'what goes to the primary out of caution would have run: %s',
    (_text, row) => judge(row, (outcome) => expect(outcome).toEqual({ verdict: 'ran' })),
  );

  it('is never wrong in the dangerous direction, where routers by prefix are', () => {
    const known = STATEMENTS.filter(isKnown);
    process.stdout.write(
      `PostgreSQL ${lab.majorVersion} lacks ${STATEMENTS.length - known.length} of ${STATEMENTS.length} statements.\n`,
    );
    const onKnown = new Map(known.map(({ text }) => [text, outcomes.get(text)!] as const));
    const scores = compareRouters(onKnown, (text) => lab.classifier.classify(text).target);
    expect(scores.parser.dangerous).toEqual([]);
    expect(scores.prefix.dangerous.length).toBeGreaterThan(0);
  });
});

function isUnknown(outcome: Outcome): boolean {
  return outcome.verdict === 'failed' && UNKNOWN.has(outcome.code);
}

function refusalsOf({ refusedWith, refusedBefore }: StatementRow, majorVersion: number): readonly string[] {
  if (refusedBefore !== undefined && majorVersion < refusedBefore.version) return [refusedBefore.with];
  return refusedWith?.split('|') ?? [...REPLICA_REFUSALS];
}

function signatureOf(rows: readonly CatalogRow[]): string {
  return catalogFromRows(rows).signature;
}

/** PostgreSQL 15 qualifies all columns in the definition of a view, later versions only where they must. */
function signatureUnqualified(rows: readonly CatalogRow[]): string {
  const text = JSON.stringify(rows, (key, value: unknown) =>
    key === 'definition' && typeof value === 'string' ? value.replace(/\b(?!lab\.)\w+\.(?=\w)/g, '') : value,
  );
  return signatureOf(JSON.parse(text) as CatalogRow[]);
}
