import { Timeline, type Version } from '../world/timeline';
import { finalLines } from './final-lines';

/** Writes the version at this position of the timeline. */
function write(timeline: Timeline, version: number, lsn: number): void {
  const made: Version = {
    key: 'k',
    version,
    writer: `w${version}`,
    request: undefined,
    timeline,
    lsn,
    visibleAs: 1,
    visibleAtMs: 0,
    isSeenEarly: false,
  };
  timeline.append({ lsn, versions: [made] });
}

describe('the end of a history', () => {
  // Timeline 2 begins while timeline 1 goes on; timeline 3 continues timeline 1, without timeline 2.
  const first = new Timeline(1, undefined, 0);
  const second = new Timeline(2, first, 10);
  const third = new Timeline(3, first, 20);
  write(first, 1, 10);
  write(first, 2, 20);
  write(second, 3, 30);
  write(third, 4, 30);
  const lines = [...finalLines({ leader: { timeline: third }, timelines: [first, second, third] })];
  const named = (line: string) =>
    lines.flatMap((each) => (each.line === line && 'version' in each ? [each.version] : []));

  it('tells what the cluster has, and what a failover has lost', () => {
    expect(named('final')).toEqual([1, 2, 4]);
    expect(named('lost')).toEqual([3]);
  });

  it('tells what a timeline never had although an older one and the last one do', () => {
    expect(lines.filter(({ line }) => line === 'missing')).toEqual([
      { line: 'missing', key: 'k', version: 2, writer: 'w2', timeline: 2 },
    ]);
  });
});
