import { isRead, latencyMs, type Operation } from './operation';

export function reads(operations: readonly Operation[]): Operation[] {
  return operations.filter(isRead);
}

export function orders(operations: readonly Operation[]): Operation[] {
  return operations.filter(({ kind }) => kind === 'place');
}

export function failed(operations: readonly Operation[]): Operation[] {
  return operations.filter(({ outcome }) => outcome !== 'ok');
}

/** Operations that began within the window. */
export function within(operations: readonly Operation[], fromMs: number, toMs: number): Operation[] {
  return operations.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
}

/** The smallest latency that this share (0 to 1) of the operations does not exceed; NaN if there are none. */
export function percentileMs(operations: readonly Operation[], share: number): number {
  const sorted = operations.map(latencyMs).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function formatMs(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return 'never';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** The errors of failed operations with their counts, most frequent first. */
export function describeFailures(operations: readonly Operation[]): string {
  const counts = new Map<string, number>();
  for (const { kind, status, error = '' } of failed(operations)) {
    const detail = status === 0 ? error : `${status}${problemType(error)}`;
    counts.set(`${kind} ${detail}`, (counts.get(`${kind} ${detail}`) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([what, count]) => `${count} × ${what}`).join(', ');
}

function problemType(body: string): string {
  const type = /"type":"urn:problem:([^"]+)"/.exec(body)?.[1];
  return type === undefined ? '' : ` ${type}`;
}
