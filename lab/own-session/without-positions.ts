import { AsyncLocalStorage } from 'node:async_hooks';
import type * as Connections from '../../libs/db-routing/src/postgres/connections/node-connection';
import { internal } from '../db-routing-internals';

const { NodeConnection } = internal('postgres/connections/node-connection') as typeof Connections;

type Ask = typeof NodeConnection.prototype.ask;

const isOff = new AsyncLocalStorage<boolean>();
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with a connection of its own below
const ask: Ask = NodeConnection.prototype.ask;
let last: Awaited<ReturnType<Ask>>['position'];

/** A write does not ask for a position: it gets the previous one, as if asking cost nothing. */
NodeConnection.prototype.ask = async function (read) {
  if (isOff.getStore() === true && last) {
    const { result } = await ask.call(this, { ...read, wantsPosition: false });
    return { result, position: last };
  }
  const answer = await ask.call(this, read);
  last = answer.position ?? last;
  return answer;
};

export function withoutPositions<R>(work: () => R): R {
  return isOff.run(true, work);
}
