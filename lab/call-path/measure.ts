import { stat } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { setTimeout as delay } from 'node:timers/promises';
import { type Call, CallOrder } from './call-order';
import { type CalledFunction, calledFunctions, Coverage } from './coverage';
import { beforeNextWrite } from './socket-write';
import type { Read } from './warm-pool';

export interface Measured {
  /**
   * What was called from RoutedPool.query until the bytes reached the socket, in the order of the first
   * calls.
   */
  readonly down: readonly CalledFunction[];
  /** What was called from then until the caller had the answer. */
  readonly back: readonly CalledFunction[];
  readonly calls: readonly Call[];
}

type Counted = Pick<Measured, 'down' | 'back'>;

/** The pool checks lanes every 25 ms while they are in use; the measured read starts when they are idle. */
const UNTIL_AT_REST_MS = 200;
const READS_TO_RECOVER = 200;
/** A monitor's probe may be answered at the same moment. */
const MAX_TRIES = 5;

/**
 * Follows a read: two reads are counted, one between them records the order, and all must take the same path.
 */
export async function measure(read: Read): Promise<Measured> {
  const session = new Session();
  session.connect();
  try {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const counted = await count(session, read);
      const calls = await follow(session, read, counted.down);
      const again = await count(session, read);
      const order = new Map(calls.map(({ of }, at) => [of.key, at] as const).reverse());
      if (!isSame(counted.down, again.down) || order.size !== counted.down.length) continue;
      const down = [...counted.down].sort(
        (one, other) => (order.get(one.key) ?? 0) - (order.get(other.key) ?? 0),
      );
      return { down, back: inBoth(counted.back, again.back), calls };
    }
  } finally {
    session.disconnect();
  }
  throw new Error(`reads went different ways, ${MAX_TRIES} times in a row`);
}

async function count(session: Session, read: Read): Promise<Counted> {
  const coverage = new Coverage(session);
  try {
    await atRest(read);
    let down: Profiler.ScriptCoverage[] = [];
    beforeNextWrite(() => (down = coverage.take()));
    coverage.take();
    await read();
    const back = coverage.take();
    return { down: calledFunctions(down), back: calledFunctions(back) };
  } finally {
    coverage.end();
  }
}

async function follow(session: Session, read: Read, functions: readonly CalledFunction[]): Promise<Call[]> {
  const order = new CallOrder(session, functions);
  try {
    await atRest(read);
    order.begin();
    beforeNextWrite(() => order.pause());
    await read();
    return order.calls;
  } finally {
    order.close();
  }
}

/**
 * Resolves in the event loop's poll phase, so that no timer runs before a lane writes in the next phase.
 * Before that, it makes reads at normal speed: an inspected read takes so long that the pool takes its
 * replica for slow.
 */
async function atRest(read: Read): Promise<void> {
  for (let done = 0; done < READS_TO_RECOVER; done++) await read();
  await delay(UNTIL_AT_REST_MS);
  await new Promise<void>((resolve) => stat('.', () => resolve()));
}

/** A timer that ran in between appears in one of them only. */
function inBoth(one: readonly CalledFunction[], other: readonly CalledFunction[]): CalledFunction[] {
  const keys = new Set(other.map(({ key }) => key));
  return one.filter(({ key }) => keys.has(key));
}

function isSame(one: readonly CalledFunction[], other: readonly CalledFunction[]): boolean {
  return one.length === other.length && inBoth(one, other).length === one.length;
}
