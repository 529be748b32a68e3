import { Lsn } from '../postgres/position/lsn';
import { Session } from './session';

const at = (timeline: number, lsn: bigint) => ({ systemId: 'cluster', timeline, log: new Lsn(lsn) });

describe('a session', () => {
  it('follows a primary to its timeline, which may lack the rest of the older one', () => {
    const session = new Session(at(1, 100n));
    session.advance(at(2, 90n));
    expect(session.position).toEqual(at(2, 90n));
  });

  it('follows a replica to a newer timeline only when it has replayed what the session has seen', () => {
    const session = new Session(at(1, 100n));
    session.seeOnReplica(at(2, 90n));
    expect(session.position).toEqual(at(1, 100n));
    session.seeOnReplica(at(2, 100n));
    expect(session.position).toEqual(at(2, 100n));
  });

  it('begins where its first replica is', () => {
    const session = new Session();
    session.seeOnReplica(at(2, 90n));
    expect(session.position).toEqual(at(2, 90n));
  });
});
