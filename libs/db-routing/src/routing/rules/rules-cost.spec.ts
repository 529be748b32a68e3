import { StatementClassifier } from '../../postgres/classify/classifier';
import { checkGroups } from '../groups/replica-groups';
import { checkRules } from './check-rules';
import { RuleSet } from './rule-set';

const RULES = 50;
const CALLS = 200_000;

/** Nanoseconds per call in the best of five rounds, which other work on the machine disturbs least. */
function costNs(work: () => void): number {
  const rounds = Array.from({ length: 5 }, () => {
    const startedAt = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call += 1) work();
    return Number(process.hrtime.bigint() - startedAt) / CALLS;
  });
  return Math.min(...rounds);
}

describe(`the cost of ${RULES} rules (printed, as it depends on the machine)`, () => {
  const classifier = new StatementClassifier();
  const groups = checkGroups({}, { nodes: [], minStalenessMs: 1 });
  const limits = { nodes: [], groups, minStalenessMs: 1 };
  const context = { user: 'shop', applicationName: 'test', subject: 'alice' };
  const compile = (rules: unknown) => new RuleSet(checkRules(rules, limits), groups, () => ['public']);
  const filler = Array.from({ length: RULES - 1 }, (_, n) => ({
    match: { text: `^select .* from t${n}_.*`, table: `t${n}_*` },
    role: 'primary',
  }));
  beforeAll(() => StatementClassifier.load());

  it('is that of a look-up for a text seen before, and of one test for each rule on the caller', () => {
    const statement = classifier.classify('SELECT * FROM orders WHERE id = $1');
    const textOnly = compile([...filler, { match: { table: 'orders' }, role: 'primary' }]);
    const personal = compile([...filler, { match: { table: 'orders', subject: 'alice' }, role: 'primary' }]);
    const none = compile([]);
    const plan = textOnly.plan(statement, () => context, undefined);
    const tests = jest.fn(() => ['public']);
    const counted = new RuleSet(
      checkRules([...filler, { match: { schema: 'public' }, role: 'primary' }], limits),
      groups,
      tests,
    );
    for (let n = 0; n < 100; n += 1) counted.plan(statement, () => context, undefined);
    const testsOfOne = tests.mock.calls.length;

    const ns = [none, textOnly, personal].map((rules) =>
      costNs(() => rules.plan(statement, () => context, undefined)).toFixed(0),
    );
    process.stdout.write(
      `a plan for a text seen before: without rules ${ns[0]} ns, with ${RULES} rules on texts ${ns[1]} ns, ` +
        `with one among them that asks for the subject ${ns[2]} ns\n`,
    );
    expect(plan.reason).toBe(`rule-${RULES - 1}`);
    expect(textOnly.plan(statement, () => context, undefined)).toBe(plan);
    // Conditions on a text are tested once, however often the text occurs.
    expect(testsOfOne).toBeLessThanOrEqual(RULES);
  });
});
