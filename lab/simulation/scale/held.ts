import { Session } from 'node:inspector';
import { askNow } from '../../call-path/inspector';
import type { Service } from '../load/service';

/** What a run holds at one moment. */
export interface Held {
  readonly minute: number;
  /** Entries of all maps and sets of the process: the library's and the world's. */
  readonly mapEntries: number;
  readonly timers: number;
  readonly connections: number;
  /** Reads under way, and callers that wait for a connection. */
  readonly waiting: number;
  readonly heapMiB: number;
}

export function held(services: readonly Service[], minute: number): Held {
  const mapEntries = entriesOf('Map') + entriesOf('Set');
  const stats = services.flatMap(({ parts }) => parts.nodes.stats);
  const sum = (numbers: readonly number[]) => numbers.reduce((left, right) => left + right, 0);
  return {
    minute,
    mapEntries,
    timers: sum(services.map(({ clock }) => clock.timers)),
    connections: sum(stats.map(({ open, lanes }) => open + lanes)),
    waiting: sum(stats.map(({ waiting, laneReads }) => waiting + laneReads)),
    // The question for the maps has collected the garbage.
    heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
  };
}

const COUNT = 'function () { let sum = 0; for (const each of this) sum += each.size || 0; return sum; }';

/** The sum of the sizes of all objects of the class that are alive. */
function entriesOf(name: 'Map' | 'Set'): number {
  const session = new Session();
  session.connect();
  try {
    const prototype = askNow(session, 'Runtime.evaluate', { expression: `${name}.prototype` }) as Evaluated;
    const { objects } = askNow(session, 'Runtime.queryObjects', {
      prototypeObjectId: prototype.result.objectId,
    }) as { objects: { objectId: string } };
    const counted = askNow(session, 'Runtime.callFunctionOn', {
      functionDeclaration: COUNT,
      objectId: objects.objectId,
      returnByValue: true,
    }) as Evaluated;
    return counted.result.value ?? Number.NaN;
  } finally {
    session.disconnect();
  }
}

interface Evaluated {
  readonly result: { readonly objectId?: string; readonly value?: number };
}
