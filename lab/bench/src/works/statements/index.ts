import { history } from './history';
import { insert } from './insert';
import { orderWithItems } from './order-with-items';
import { placeOrder } from './place-order';
import { rawRead } from './raw-read';
import { read } from './read';
import { rows } from './rows';
import type { StatementWork } from './statement-work';
import { twoRelations } from './two-relations';

/** Reads first, because what the writes store makes them slower. */
export const statementWorks: readonly StatementWork[] = [
  rawRead,
  read,
  orderWithItems,
  twoRelations,
  history,
  rows,
  insert,
  placeOrder,
];

export function statementWork(name: string): StatementWork {
  const work = statementWorks.find((candidate) => candidate.name === name);
  if (work === undefined) throw new TypeError(`There is no work ${name}.`);
  return work;
}
