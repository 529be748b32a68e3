import type { LogPosition } from '../../../libs/db-routing/src/engine/position';
import type * as Answers from '../../../libs/db-routing/src/postgres/lanes/lane/lane-answers';
import { internal } from '../../db-routing-internals';
import { replaceMethod } from './replace';

const { LaneAnswers } = internal('postgres/lanes/lane/lane-answers') as typeof Answers;

/** Private members of the class, which only its source can access. */
interface Internals {
  readonly owner: { readonly node: string };
}

const highest = new Map<string, LogPosition>();

/** Mutant: remembers what a connection has proven for its whole node, and trusts it for later connections. */
replaceMethod(LaneAnswers, 'hasProven', (hasProven, lane) => (read) => {
  const { node } = (lane as unknown as Internals).owner;
  const known = highest.get(node);
  const { watermark } = lane;
  if (watermark && !known?.has(watermark)) highest.set(node, watermark);
  return hasProven(read) || read.atLeast === undefined || known?.has(read.atLeast) === true;
});
