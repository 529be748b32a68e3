import { Timeline, type Version } from '../world/timeline';
import { ProcessWrites } from './process-writes';

describe('what a process has written', () => {
  const key = 'relaxed/2';

  function judge(crashes: boolean): unknown[] {
    const timeline = new Timeline(1, undefined, 0);
    const found: unknown[] = [];
    const oracle = { found: (...finding: unknown[]) => void found.push(finding) };
    const world = { timelines: [timeline], oracle } as never;
    const version: Version = {
      key,
      version: 2,
      writer: 's7.152',
      request: undefined,
      timeline,
      lsn: 20,
      visibleAs: 1,
      visibleAtMs: 1,
      isSeenEarly: false,
    };
    timeline.append({ lsn: 20, versions: [version] });
    const writes = new ProcessWrites('one', world);
    writes.acknowledged([{ key, version: 2, writer: 's7.152' }], 1);
    if (crashes) timeline.truncate(10);
    writes.expected([key])([{ key, version: 1, writer: 's3.141' }]);
    return found;
  }

  it('must be seen by code without a session', () => {
    expect(judge(false)).toEqual([
      ['process-reads-its-writes', 'one saw version 1 of relaxed/2 outside any session, after it wrote 2'],
    ]);
  });

  it('need not be seen where a crash has undone it (seed 1400182)', () => {
    expect(judge(true)).toEqual([]);
  });
});
