import type { FeedEvent } from '@app/service-kit';
import { quantileOf } from './quantile';
import { RateMeter, sumOf } from './rate-meter';

const NODE = 'db1:5432';

function eventAt(seconds: number, reads: number, countedSince = 'start'): FeedEvent {
  return {
    service: 'order-service',
    countedSince,
    at: new Date(seconds * 1_000).toISOString(),
    primary: null,
    noPrimaryBecause: '',
    nodes: [],
    counts: [
      {
        node: NODE,
        kinds: { read: reads, write: 2, 'in-transaction': 3, retried: 0, hedged: 1 },
        failed: 0,
        latency: [reads, 0, 0],
      },
    ],
    samples: [],
  };
}

describe('rates of full counts', () => {
  it('are differences by time, and stay while there is no newer event', () => {
    const meter = new RateMeter();
    meter.begin([1, 2]);
    expect(meter.measure(eventAt(10, 100)).size).toBe(0);
    const later = eventAt(12, 400);
    expect(meter.measure(later).get(NODE)).toMatchObject({ reads: 150, writes: 0, latency: [300, 0, 0] });
    expect(meter.measure(later).get(NODE)).toMatchObject({ reads: 150 });
  });

  it('start again when the service has restarted, and are never negative', () => {
    const meter = new RateMeter();
    meter.measure(eventAt(10, 100));
    expect(meter.measure(eventAt(11, 5, 'restart')).size).toBe(0);
    expect(meter.measure(eventAt(12, 15, 'restart')).get(NODE)).toMatchObject({ reads: 10 });
  });

  it('of several services add up', () => {
    const one = { reads: 1, writes: 2, retried: 0, hedged: 0, failed: 1, latency: [1, 2] };
    expect(sumOf([one, { ...one, latency: [0, 0, 5] }])).toMatchObject({
      reads: 2,
      writes: 4,
      latency: [1, 2, 5],
    });
    expect(sumOf([])).toMatchObject({ reads: 0, latency: [] });
  });
});

it.each<[number, number[], number | null]>([
  [0.5, [1, 1, 0], 1],
  [0.99, [98, 1, 1], 2],
  [0.99, [0, 0, 4], 2],
  [0.5, [0, 0, 0], null],
])('the quantile %d of %j is %p', (share, counts, expected) => {
  expect(quantileOf(share, counts, [1, 2])).toBe(expected);
});
