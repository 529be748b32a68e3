import type { OperationLine } from './history/lines';
import { replicaShare } from './replica-share';

function operation(session: string, atMs: number, given: Partial<OperationLine>): OperationLine {
  return {
    line: 'operation',
    id: `${session}.${atMs}`,
    session,
    phase: 'spec',
    via: 'order-service',
    op: 'read',
    level: 'session',
    writes: [],
    reads: [],
    startMs: atMs,
    endMs: atMs,
    outcome: 'ok',
    role: 'replica',
    ...given,
  };
}

describe('the share of reads that replicas serve', () => {
  it('is compared with the share if sessions stayed on the primary after their own writes', () => {
    const write = {
      op: 'write',
      level: undefined,
      writes: [{ key: 'order/1', version: 1 }],
      role: 'primary',
    } as const;
    const share = replicaShare(
      [
        operation('alice', 0, write),
        operation('alice', 1_000, { role: 'primary' }),
        operation('alice', 1_999, {}),
        operation('alice', 2_000, {}),
        operation('bob', 1_000, {}),
        operation('bob', 1_100, { outcome: 'failed', role: undefined }),
      ],
      2_000,
    );
    expect(share).toEqual({ reads: 4, served: 0.75, withStickiness: 0.5 });
  });
});
