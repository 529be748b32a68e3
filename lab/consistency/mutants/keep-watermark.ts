import { LaneAnswers } from '../../../libs/db-routing/src/postgres/lanes/lane-answers';
import { replaceMethod } from './replace';

/** What is private to the class, to its source only. */
interface Internals {
  readonly owner: { readonly node: string };
}

const highest = new Map<string, bigint>();

/** Mutant: what a connection has proven is remembered of its node, and believed of the connections that come after it. */
replaceMethod(LaneAnswers, 'hasProven', (hasProven, lane) => (read) => {
  const { node } = (lane as unknown as Internals).owner;
  const known = highest.get(node) ?? 0n;
  const { watermark = 0n } = lane;
  if (watermark > known) highest.set(node, watermark);
  return hasProven(read) || known >= (read.atLeast ?? 0n);
});
