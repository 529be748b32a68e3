import { EventEmitter } from 'node:events';
import type { PoolClient } from 'pg';
import { ClientEvents } from './client-events';

describe('the events of a client', () => {
  let client: EventEmitter;
  let events: ClientEvents;
  let told: unknown[];

  beforeEach(() => {
    client = new EventEmitter();
    events = new ClientEvents(client as unknown as PoolClient);
    told = [];
  });

  const lendTo = (name: string): void => {
    events.lend((error) => told.push([name, error.message]));
    events.forward((event, message) => told.push([name, event, message]));
  };

  it('go to the borrower of their time', () => {
    lendTo('first');
    client.emit('notice', 1);
    events.takeBack();
    client.emit('notice', 2);
    client.emit('error', new Error('3'));
    lendTo('second');
    client.emit('notification', 4);
    client.emit('error', new Error('5'));
    expect(told).toEqual([
      ['first', 'notice', 1],
      ['second', 'notification', 4],
      ['second', '5'],
    ]);
  });

  it('are not those of the borrower before, to one that asks for errors only', () => {
    lendTo('first');
    events.takeBack();
    events.lend(() => undefined);
    client.emit('notice', 1);
    expect(told).toEqual([]);
  });

  it('are only errors for a borrower that has given its connection up', () => {
    lendTo('first');
    events.stopForwarding();
    client.emit('notice', 1);
    client.emit('error', new Error('2'));
    expect(told).toEqual([['first', '2']]);
  });

  it('add no listener for each borrower', () => {
    const count = () => client.eventNames().map((name) => client.listenerCount(name));
    const before = count();
    lendTo('first');
    expect(count()).toEqual(before);
  });
});
