import { isNoisy, spreadOf } from './bench/src/statistics';

describe('the spread of rounds', () => {
  it('is their range as a share of the median, without the outermost quarters', () => {
    expect(spreadOf([100])).toBe(0);
    expect(spreadOf([95, 100, 105])).toBeCloseTo(0.1);
    expect(spreadOf([1, 98, 100, 102, 500])).toBeCloseTo(0.04);
  });

  it('makes a row noisy above a tenth', () => {
    expect(isNoisy([90, 100, 111])).toBe(true);
    expect(isNoisy([1, 98, 100, 102, 500])).toBe(false);
    expect(isNoisy([7])).toBe(false);
  });
});
