import { chooseLane, type LaneLoad } from './lane-choice';

const IDLE = { name: 'idle', inFlight: 0, isStalled: false, usualMs: 0.05, headAgeMs: () => 0 };
const BUSY = { ...IDLE, name: 'busy', inFlight: 10 };
const FULL = { ...BUSY, name: 'full', inFlight: 64 };
const HEAVY = { ...BUSY, name: 'heavy', usualMs: 3 };
const OLD = { ...BUSY, name: 'old', headAgeMs: () => 20 };
const STALLED = { ...BUSY, name: 'stalled', isStalled: true, inFlight: 1 };

type Named = LaneLoad & { readonly name: string };

function choose(lanes: Named[], random = () => 0) {
  const { lane, wantsMore } = chooseLane(lanes, { maxDepth: 64, nowMs: 0, random });
  return [lane?.name, wantsMore];
}

describe('the choice of a lane', () => {
  it.each<[string, Named[], string | undefined, boolean]>([
    ['none there: one more is wanted', [], undefined, true],
    ['short reads are packed onto the first', [BUSY, IDLE], 'busy', false],
    ['a full one is passed over', [FULL, IDLE], 'idle', false],
    ['a stalled one is passed over', [STALLED, BUSY], 'busy', false],
    ['all full or stalled: one more is wanted', [FULL, STALLED], undefined, true],
    ['heavy reads take an idle one', [HEAVY, IDLE], 'idle', false],
    ['heavy reads without an idle one want one more', [HEAVY], 'heavy', true],
    ['what may be slow is avoided', [OLD, BUSY], 'busy', false],
    ['what may be slow is used while another is made', [OLD], 'old', true],
  ])('%s', (_, lanes, name, wantsMore) => {
    expect(choose(lanes)).toEqual([name, wantsMore]);
  });

  it('takes the less loaded of two random heavy ones', () => {
    const lanes = [HEAVY, { ...HEAVY, name: 'less', inFlight: 3 }, { ...HEAVY, name: 'least', inFlight: 1 }];
    const throwing =
      (...values: number[]) =>
      () =>
        values.shift() ?? 0;
    expect(choose(lanes, throwing(0, 0.4))).toEqual(['less', true]);
    expect(choose(lanes, throwing(0.9, 0.4))).toEqual(['least', true]);
    expect(choose(lanes, throwing(0, 0))).toEqual(['heavy', true]);
  });
});
