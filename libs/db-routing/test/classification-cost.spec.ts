import { StatementClassifier } from '../src/postgres/classify/classifier';
import { fixtureCatalog, STATEMENTS } from './classification-table';

/** As long as TypeORM's texts. */
const TEXTS = STATEMENTS.map(({ text }) => text).filter((text) => text.includes('"Order"."id" AS'));
const FLOOD = 100_000;
const CACHE_SIZE = 1000;

/** Nanoseconds per call in the best of five rounds, which other work on the machine disturbs least. */
function costNs(calls: number, work: (call: number) => void): number {
  const rounds = Array.from({ length: 5 }, () => {
    const startedAt = process.hrtime.bigint();
    for (let call = 0; call < calls; call += 1) work(call);
    return Number(process.hrtime.bigint() - startedAt) / calls;
  });
  return Math.min(...rounds);
}

describe('the cost of classification (printed, as it depends on the machine)', () => {
  beforeAll(() => StatementClassifier.load());

  it('is a look-up for a text seen before', () => {
    const classifier = new StatementClassifier({ catalog: fixtureCatalog() });
    const first = TEXTS.map((text) => classifier.classify(text));
    const sameStringNs = costNs(1_000_000, (call) => classifier.classify(TEXTS[call % TEXTS.length]!));
    // A query builder makes an equal string for each query, which must be hashed again.
    const copies = Array.from({ length: 20_000 }, (_, n) => Buffer.from(TEXTS[n % TEXTS.length]!).toString());
    const copyStartedAt = process.hrtime.bigint();
    for (const copy of copies) classifier.classify(copy);
    const equalStringNs = Number(process.hrtime.bigint() - copyStartedAt) / copies.length;
    const unseenNs = costNs(1000, (call) =>
      classifier.classify(`${TEXTS[call % TEXTS.length]!} -- ${Math.random()}`),
    );

    process.stdout.write(
      `a text seen before: ${sameStringNs.toFixed(0)} ns, as a new string ${equalStringNs.toFixed(0)} ns; ` +
        `never seen: ${(unseenNs / 1000).toFixed(0)} µs\n`,
    );
    expect(TEXTS.map((text) => classifier.classify(text))).toEqual(first);
    expect(sameStringNs).toBeLessThan(unseenNs / 10);
  });

  it(`stays within its bounds under ${FLOOD} distinct texts, and keeps the texts that are in use`, () => {
    const classifier = new StatementClassifier({ catalog: fixtureCatalog(), cacheSize: CACHE_SIZE });
    const inUse = TEXTS[0]!;
    const known = classifier.classify(inUse);
    globalThis.gc?.();
    const heapBefore = process.memoryUsage().heapUsed;
    const startedAt = performance.now();
    let most = 0;
    for (let n = 0; n < FLOOD; n += 1) {
      classifier.classify(`SELECT * FROM orders WHERE id = ${n}`);
      if (n % 100 === 0) expect(classifier.classify(inUse)).toBe(known);
      most = Math.max(most, classifier.cachedTexts);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const heapMb = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
    process.stdout.write(
      `${FLOOD} distinct texts: ${seconds.toFixed(1)} s, ${((seconds / FLOOD) * 1e6).toFixed(0)} µs each, ` +
        `at most ${most} remembered, heap ${heapMb.toFixed(1)} MB more\n`,
    );
    expect(most).toBeLessThanOrEqual(CACHE_SIZE);
  });
});
