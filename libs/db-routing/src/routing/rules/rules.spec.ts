import { StatementClassifier } from '../../postgres/classify/classifier';
import type { QualifiedName } from '../../engine/statement';
import type { RoutingContext } from '../attributes';
import { checkGroups } from '../groups/replica-groups';
import { hintFor } from '../hints/ambient-hint';
import type { RoutePlan } from '../route-plan';
import { textFacts } from '../text/text-facts';
import { checkRules } from './check-rules';
import { RuleSet } from './rule-set';
import cases from './rules.cases.json';

const NODES = ['h1:1', 'h2:1', 'h3:1'];
const groups = checkGroups({ reporting: { nodes: ['h3:1'] } }, { nodes: NODES, minStalenessMs: 1000 });
const limits = { nodes: NODES, groups, minStalenessMs: 1000 };
const CONTEXT: RoutingContext = { user: 'shop', applicationName: 'test' };

function schemasOf({ schema, name }: QualifiedName): string[] {
  return schema === undefined ? [name.startsWith('old_') ? 'archive' : 'public'] : [schema];
}

function ruleSet(rules: unknown): RuleSet {
  const text = JSON.stringify(rules).replace(
    /FINGERPRINT OF ([^"]+)/g,
    (_, sql: string) => textFacts(sql).fingerprint,
  );
  return new RuleSet(checkRules(JSON.parse(text), limits), groups, schemasOf);
}

function show(plan: RoutePlan): string {
  const to = plan.isDenied ? 'denied' : (plan.group?.name ?? plan.target);
  return `${to} ${plan.isDenied ? `rule-${plan.rule?.name ?? plan.rule?.index ?? ''}` : plan.reason}`;
}

const rows = cases.flatMap(({ case: name, rules, routes }) =>
  (routes as [string, string, object?, string?][]).map(([sql, expected, context = {}, note]) => ({
    name,
    rules,
    sql,
    expected,
    context,
    note,
  })),
);

describe('routing rules', () => {
  const classifier = new StatementClassifier();
  beforeAll(() => StatementClassifier.load());

  it.each(rows)('$name: $sql -> $expected', ({ rules, sql, expected, context, note }) => {
    const set = ruleSet(rules);
    const statement = classifier.classify(sql);
    const plan = set.plan(statement, () => ({ ...CONTEXT, ...context }), undefined);
    expect(show(plan)).toBe(expected);
    if (note !== undefined) expect(plan.notes.join('\n')).toContain(note);
  });

  it('remembers a plan by text, rule and hint, and asks for the context only where a rule does', () => {
    const set = ruleSet([
      { match: { table: 'orders', subject: 'alice' }, role: 'primary' },
      { match: { table: 'products' }, role: 'primary' },
    ]);
    const asked = jest.fn(() => ({ ...CONTEXT, subject: 'alice' }));
    const products = classifier.classify('SELECT 1 FROM products');
    const plan = set.plan(products, asked, undefined);
    expect(set.plan(products, asked, undefined)).toBe(plan);
    expect(asked).not.toHaveBeenCalled();
    const hint = hintFor('reporting', {});
    expect(set.plan(products, asked, hint)).not.toBe(plan);
    expect(set.plan(products, asked, hint)).toBe(set.plan(products, asked, hint));

    const orders = classifier.classify('SELECT 1 FROM orders');
    expect(show(set.plan(orders, asked, undefined))).toBe('primary rule-0');
    expect(asked).toHaveBeenCalledTimes(1);
    expect(show(set.plan(orders, () => CONTEXT, undefined))).toBe('replica read');
  });

  it("prefers the hint in the statement's comment to the one in the code", () => {
    const set = ruleSet([]);
    const primary = hintFor('primary', {});
    const planOf = (sql: string) => show(set.plan(classifier.classify(sql), () => CONTEXT, primary));
    expect(planOf('SELECT 1')).toBe('primary hint');
    expect(planOf('/*+ route(reporting) */ SELECT 1')).toBe('reporting hint');
  });

  it('takes the stricter of two bounds on the staleness', () => {
    const set = ruleSet([{ consistency: 'bounded', maxStalenessMs: 3000 }]);
    const boundOf = (hintMs?: number) => {
      const hint = hintMs === undefined ? undefined : hintFor('reporting', { maxStalenessMs: hintMs });
      return set.plan(classifier.classify('SELECT 1'), () => CONTEXT, hint).maxStalenessMs;
    };
    expect([boundOf(), boundOf(2000), boundOf(9000)]).toEqual([3000, 2000, 3000]);
  });

  it('says what a shadow rule would have done', () => {
    const set = ruleSet([
      { name: 'trial', group: 'reporting', timeoutMs: 100, shadow: true },
      { name: 'second', deny: true, shadow: true },
    ]);
    const plan = set.plan(classifier.classify('SELECT 1'), () => CONTEXT, undefined);
    expect(show(plan)).toBe('replica read');
    expect(plan.shadow).toEqual({
      rule: { index: 0, name: 'trial' },
      would: 'group reporting, limit 100 ms',
      did: 'replica',
    });
    const write = set.plan(classifier.classify('DELETE FROM orders'), () => CONTEXT, undefined);
    expect(write.shadow).toMatchObject({ would: 'primary, limit 100 ms', did: 'primary' });
  });

  it('asks rules with conditions on statements neither for a transaction as a whole nor for its durability at BEGIN', () => {
    const set = ruleSet([
      { name: 'statement', match: { table: 'orders' }, group: 'reporting' },
      { name: 'whole', match: { transaction: 'Report.*' }, group: 'reporting' },
      { name: 'views', match: { table: 'views' }, durability: 'local' },
      { name: 'audit', match: { transaction: 'Audit.*' }, durability: 'remote_apply' },
    ]);
    const ruleOf = (transaction: string) => set.transactionRule({ ...CONTEXT, transaction })?.name;
    expect([ruleOf('Report.daily'), ruleOf('Place')]).toEqual(['whole', undefined]);
    const insert = classifier.classify('INSERT INTO views VALUES (1)');
    expect(set.durabilityRule({ ...CONTEXT, transaction: 'Audit.log' })?.name).toBe('audit');
    expect(set.durabilityRule({ ...CONTEXT, transaction: 'View.count' })).toBeUndefined();
    expect(set.durabilityRule({ ...CONTEXT, transaction: 'View.count' }, insert)?.name).toBe('views');
  });
});
