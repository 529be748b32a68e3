import type { Clock } from '../../clock';
import type { Probe, ProbeAnswer } from '../../engine/probe';
import { Lsn } from '../../postgres/position/lsn';
import { RenewableProbe } from './renewable-probe';

const MIN_RENEWAL_MS = 1_000;

/** A probe that is answered when the test says so. */
class HeldProbe implements Probe {
  isOpen = false;
  answer: (error?: Error) => void = () => undefined;

  ask(): Promise<ProbeAnswer> {
    this.isOpen = true;
    return new Promise((resolve, reject) => {
      this.answer = (error) => (error ? reject(error) : resolve(ANSWER));
    });
  }

  close(): void {
    this.isOpen = false;
    this.answer(new Error('closed'));
  }
}

const ANSWER: ProbeAnswer = {
  role: 'primary',
  systemId: 'cluster',
  timeline: 1,
  log: new Lsn(0n),
  serverVersion: 180_004,
  startedAt: 'once',
};

describe('a probe that can be renewed', () => {
  let made: HeldProbe[];
  let nowMs: number;
  let probe: RenewableProbe;

  beforeEach(() => {
    made = [];
    nowMs = 0;
    const clock = { now: () => nowMs } as Clock;
    const newProbe = () => {
      const held = new HeldProbe();
      made.push(held);
      return held;
    };
    probe = new RenewableProbe({ newProbe, clock, minRenewalMs: MIN_RENEWAL_MS });
  });

  const asked = async (answered: number) => {
    const answer = probe.ask();
    made[answered]!.answer();
    await answer;
  };

  it('keeps its connection until the name is in doubt', async () => {
    await asked(0);
    await asked(0);
    probe.doubt();
    await asked(1);
    await asked(1);
    expect(made.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it('is not renewed again at once', async () => {
    probe.doubt();
    await asked(1);
    probe.doubt();
    await asked(1);
    nowMs = MIN_RENEWAL_MS;
    await asked(2);
    expect(made.map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
  });

  it('keeps its connection where a new one gets no answer', async () => {
    await asked(0);
    probe.doubt();
    const answer = probe.ask();
    made[1]!.answer(new Error('too many connections'));
    await new Promise((resolve) => setImmediate(resolve));
    made[0]!.answer();
    await answer;
    expect(made.map(({ isOpen }) => isOpen)).toEqual([true, false]);
  });

  it.each([
    ['before the new connection has answered', () => undefined],
    ['when the new connection has just answered', () => made[1]!.answer()],
  ])('leaves no connection when it is closed %s', async (_, first) => {
    await asked(0);
    probe.doubt();
    const answer = probe.ask();
    first();
    probe.close();
    await answer.catch(() => undefined);
    expect(made.map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });
});
