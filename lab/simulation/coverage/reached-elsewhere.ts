/** Files whose branches no cluster, network or luck decides, and where they are tested. */
export const REACHED_ELSEWHERE: readonly { readonly path: string; readonly because: string }[] = [
  { path: 'consistency/consistent-fetch.ts', because: 'HTTP between services: consistent-fetch.spec.ts' },
  { path: 'consistency/session-memory.ts', because: 'HTTP clients without tokens: session-memory.spec.ts' },
  { path: 'cluster/discovery/lookup.ts', because: 'asks real name servers: test/connection-tls.spec' },
  { path: 'transaction/current.ts', because: 'finds the pool for decorators: test/transactions/context.spec.ts' },
  { path: 'transaction/decorator.ts', because: 'decorates methods: test/transactions/scopes/decorator.spec.ts' },
  { path: 'routing/explain.ts', because: 'explains routes to people: test/rules/rules.spec.ts' },
  { path: 'routing/rules/rule-schema.ts', because: 'checks options at start: check-rules.spec.ts' },
  { path: 'routing/rules/check-rules.ts', because: 'checks options at start: check-rules.spec.ts' },
  { path: 'routing/rules/configuration-issue.ts', because: 'words errors of options: check-rules.spec.ts' },
  { path: 'routing/rules/safe-pattern.ts', because: 'checks options at start: check-rules.spec.ts' },
  { path: 'execution/hedging/hedging-options.ts', because: 'checks options at start: hedging-options.spec.ts' },
];

export function leftOut(file: string): boolean {
  return REACHED_ELSEWHERE.some(({ path }) => file.startsWith(path));
}
