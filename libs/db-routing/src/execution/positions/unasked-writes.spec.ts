import { PoolSession } from '../../consistency/pool-session';
import type { ServerPositions } from './server-positions';
import { UnaskedWrites } from './unasked-writes';

/** A primary that is asked for its position, and answers when the test lets it. */
class Primary {
  readonly questions: ((isKnown: boolean | Error) => void)[] = [];

  ofOwnWrites(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.questions.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  }
}

const settled = (waiting: readonly (Promise<boolean> | undefined)[]) =>
  Promise.all(waiting.map(async (covered) => covered));

describe('the writes of the pool that have not asked for their positions', () => {
  let own: PoolSession;
  let primary: Primary;
  let unasked: UnaskedWrites;

  beforeEach(() => {
    own = new PoolSession();
    primary = new Primary();
    unasked = new UnaskedWrites(own, primary as unknown as ServerPositions);
  });

  it('need no question when there are none', () => {
    expect(unasked.covered()).toBeUndefined();
    expect(primary.questions).toHaveLength(0);
  });

  it('need one question for all of them, and for all who wait', async () => {
    own.wroteUnasked();
    own.wroteUnasked();
    const waiting = [unasked.covered(), unasked.covered()];
    primary.questions[0]?.(true);
    expect(await settled(waiting)).toEqual([true, true]);
    expect(primary.questions).toHaveLength(1);
    expect(unasked.covered()).toBeUndefined();
  });

  it('need another one when they are answered while one is on its way', async () => {
    own.wroteUnasked();
    const first = unasked.covered();
    own.wroteUnasked();
    const later = [unasked.covered(), unasked.covered()];
    let isLaterOver = false;
    void later[0]?.then(() => (isLaterOver = true));
    primary.questions[0]?.(true);
    expect(await first).toBe(true);
    expect(unasked.covered()).toBeDefined();
    await new Promise(setImmediate);
    expect(isLaterOver).toBe(false);
    expect(primary.questions).toHaveLength(2);
    primary.questions[1]?.(true);
    expect(await settled(later)).toEqual([true, true]);
    expect(unasked.covered()).toBeUndefined();
  });

  it('are asked for again after a question that no primary has answered', async () => {
    own.wroteUnasked();
    const first = unasked.covered();
    primary.questions[0]?.(new Error('no primary'));
    expect(await first).toBe(false);
    const second = unasked.covered();
    primary.questions[1]?.(false);
    expect(await second).toBe(false);
    expect(unasked.covered()).toBeDefined();
  });

  it('leave a session that begins with them to the primary until their position is known', async () => {
    own.wroteUnasked();
    const session = unasked.sessionOfWrites();
    expect(session.hasUnplacedWrites).toBe(true);
    primary.questions[0]?.(true);
    await session.settled;
    expect(session.hasUnplacedWrites).toBe(false);
  });
});

describe("the pool's own session", () => {
  const asked = (own: PoolSession, writes: number) =>
    Array.from({ length: writes }, () => own.asksBehind('write'));

  it('asks behind writes that a read may follow, and not in a run of writes', () => {
    const own = new PoolSession();
    expect(asked(own, 10)).toEqual([...Array<boolean>(8).fill(true), false, false]);
    own.consult();
    expect(asked(own, 9)).toEqual([...Array<boolean>(8).fill(true), false]);
  });

  it('asks behind each write when its position may be told without waiting', () => {
    expect(asked(new PoolSession({ isTold: true }), 10)).toEqual(Array<boolean>(10).fill(true));
  });
});
