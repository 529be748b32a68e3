import { history } from './history';
import { insert } from './insert';
import { orderWithItems } from './order-with-items';
import { placeOrder } from './place-order';
import { rawRead } from './raw-read';
import { read } from './read';
import type { StatementWork } from './statement-work';

export const statementWorks: readonly StatementWork[] = [
  rawRead,
  read,
  orderWithItems,
  history,
  insert,
  placeOrder,
];

export function statementWork(name: string): StatementWork {
  const work = statementWorks.find((candidate) => candidate.name === name);
  if (work === undefined) throw new TypeError(`There is no work ${name}.`);
  return work;
}
