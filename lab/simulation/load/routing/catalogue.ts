import type { RoutingRule } from 'db-routing';
import { textFacts } from '../../library';
import { READ_TEXTS } from '../../world/read-texts';
import type { Asked } from './asked';

/** One rule that services may have, and when it matches: by plain comparisons, apart from the library. */
export interface KnownRule {
  readonly rule: RoutingRule;
  readonly matches: (asked: Asked) => boolean;
  /** Whether it looks at the statement, so that it cannot match a transaction as a whole. */
  readonly asksStatement?: boolean;
}

/** As the explanation of a statement names them. */
const OF_REPORTS = READ_TEXTS.filter(({ schema }) => schema === 'reporting').map(
  ({ text }) => textFacts(text).fingerprint,
);

/** Rules that decide where reads run. Some need the groups of the service. */
export const READ_RULES: readonly KnownRule[] = [
  {
    rule: {
      name: 'denied',
      match: { text: "^select .* 'denied' <>", kind: ['select', 'values'] },
      deny: true,
    },
    matches: ({ read }) => read.text.includes("'denied'"),
    asksStatement: true,
  },
  {
    rule: { name: 'vip', match: { subject: ['vip-*', 'boss'] }, role: 'primary' },
    matches: ({ subject = '' }) => subject.startsWith('vip-') || subject === 'boss',
  },
  {
    rule: { name: 'reports', match: { schema: 'reporting', table: 'reporting.*' }, group: 'reporting' },
    matches: ({ read }) => read.schema === 'reporting',
    asksStatement: true,
  },
  {
    rule: { name: 'batch', match: { tag: { app: 'batch-*' } }, group: 'capped', consistency: 'eventual' },
    matches: ({ read }) => read.tags?.['app']?.startsWith('batch-') === true,
    asksStatement: true,
  },
  {
    rule: {
      name: 'audit',
      match: { role: ['auditor', 'admin'] },
      consistency: 'bounded',
      maxStalenessMs: 2_000,
    },
    matches: ({ roles = [] }) => roles.includes('auditor') || roles.includes('admin'),
  },
  {
    rule: { name: 'strict', match: { tenant: 'acme' }, consistency: 'strong' },
    matches: ({ tenant }) => tenant === 'acme',
  },
  {
    rule: { name: 'slow', match: { handler: 'Slow.*' }, timeoutMs: 60 },
    matches: ({ handler = '' }) => handler.startsWith('Slow.'),
  },
  {
    rule: { match: { user: 'app', applicationName: 'db-*', handler: 'Nameless' }, role: 'replica' },
    matches: ({ handler }) => handler === 'Nameless',
  },
  {
    rule: { name: 'nightly', match: { transaction: 'nightly-*' }, group: 'reporting' },
    matches: ({ transaction = '' }) => transaction.startsWith('nightly-'),
  },
  {
    rule: { name: 'watched', match: { tenant: 'umbrella' }, role: 'primary', shadow: true },
    matches: ({ tenant }) => tenant === 'umbrella',
  },
  {
    rule: {
      name: 'watched-more',
      match: { schema: 'reporting', fingerprint: OF_REPORTS },
      timeoutMs: 900,
      shadow: true,
    },
    matches: ({ read }) => read.schema === 'reporting',
    asksStatement: true,
  },
];

/** Gives the reads of one handler their shares: none for the first node. */
export function sharesRule(weights: Readonly<Record<string, number>>): KnownRule {
  return {
    rule: { name: 'shares', match: { handler: 'Shares.*' }, weights },
    matches: ({ handler = '' }) => handler.startsWith('Shares.'),
  };
}

/** A rule that no read matches. */
export function forNoRead(rule: RoutingRule): KnownRule {
  return { rule, matches: () => false };
}

/** Rules that decide what a COMMIT waits for; the name of a transaction tells which matches. */
export const DURABILITY_RULES: readonly RoutingRule[] = [
  { name: 'relaxed', match: { transaction: 'relaxed-*' }, durability: 'off' },
  { name: 'local', match: { transaction: 'local-*' }, durability: 'local' },
  { name: 'orders', match: { kind: 'insert' }, durability: 'remote_apply' },
  { name: 'updates', match: { kind: 'update', table: 'register' }, durability: 'local' },
];
