import type { FinalLine, HistoryLine, OperationLine } from '../history/lines';
import { checkHistory } from './check-history';

export const KEY = 'register/1';

/** An operation that takes ten milliseconds. */
function operation(id: string, atMs: number, given: Partial<OperationLine> = {}): OperationLine {
  return {
    line: 'operation',
    id,
    session: 'alice',
    phase: 'spec',
    via: 'pool',
    op: 'read',
    writes: [],
    reads: [],
    startMs: atMs,
    endMs: atMs + 10,
    outcome: 'ok',
    ...given,
  };
}

export const wrote = (id: string, atMs: number, version: number, given: Partial<OperationLine> = {}) =>
  operation(id, atMs, { op: 'write', role: 'primary', writes: [{ key: KEY, version }], ...given });
export const saw = (id: string, atMs: number, version: number, given: Partial<OperationLine> = {}) =>
  operation(id, atMs, { level: 'session', role: 'replica', reads: [{ key: KEY, version }], ...given });
export const kept = (version: number, writer: string, given: Partial<FinalLine> = {}): FinalLine => ({
  line: 'final',
  key: KEY,
  version,
  writer,
  ...given,
});

/** `guarantee (level): operation` of each violation. */
export function found(...lines: HistoryLine[]): string[] {
  return checkHistory(lines).violations.map(
    ({ guarantee, level = 'none', operation: of = 'final' }) => `${guarantee} (${level}): ${of}`,
  );
}
