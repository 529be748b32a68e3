import type { LogPosition } from '../../../libs/db-routing/src/engine/position';
import type * as Answers from '../../../libs/db-routing/src/postgres/lanes/lane/lane-answers';
import { internal } from '../../db-routing-internals';
import { replaceMethod } from './replace';

const { LaneAnswers } = internal('postgres/lanes/lane/lane-answers') as typeof Answers;

/** What is private to the class, to its source only. */
interface Internals {
  readonly owner: { readonly node: string };
}

const highest = new Map<string, LogPosition>();

/** Mutant: what a connection has proven is remembered of its node, and believed of the connections that come after it. */
replaceMethod(LaneAnswers, 'hasProven', (hasProven, lane) => (read) => {
  const { node } = (lane as unknown as Internals).owner;
  const known = highest.get(node);
  const { watermark } = lane;
  if (watermark && !known?.has(watermark)) highest.set(node, watermark);
  return hasProven(read) || read.atLeast === undefined || known?.has(read.atLeast) === true;
});
